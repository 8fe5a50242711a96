// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import org.gatepost.names.Mailbox;

/// One recipient of a message that is still to be served.
///
/// @param index its place in the envelope's list, from 0
/// @param attempts how many have been made
/// @param due when the next attempt may be made
/// @param history what the attempts gave, oldest first, as the gateway wrote it: one printable line each, bounded
///     by the store
public record QueuedRecipient(
        MessageId message, int index, Mailbox mailbox, int attempts, Instant due, java.util.List<String> history) {
    public QueuedRecipient {
        history = java.util.List.copyOf(history);
    }
}
