// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.Optional;
import org.gatepost.names.Mailbox;

/// An unfinished recipient as an operator looks at it, with what matters of its message.
///
/// @param sender empty for the null reverse-path
/// @param size of the content in octets
/// @param held since when it is on hold; empty while it is in service
/// @param failure what kept the last attempt from succeeding, in words parted by spaces; empty before the first
/// @param service where it stands in the service
public record QueueItem(
        QueuedRecipient recipient,
        Optional<Mailbox> sender,
        Instant arrived,
        long size,
        Optional<Instant> held,
        String failure,
        Service service) {
    public enum Service {
        /// In the queue: on hold, or until it is due and has its turn.
        WAITING,
        /// A delivery is under way.
        BEING_DELIVERED
    }

    public MessageId message() {
        return recipient.message();
    }
}
