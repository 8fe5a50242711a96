// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.List;
import org.gatepost.names.Mailbox;

/// One recipient of a message that is still to be served.
///
/// @param index its place in the envelope's list, from 0
/// @param attempts how many have been made
/// @param due when the next attempt may be made
/// @param history what the attempts gave, oldest first, as the gateway wrote it: one printable line each, bounded
///     by the store
/// @param delayReported whether the sender has been told that the message is late
/// @param sender the message's reverse-path as text; empty when it is null
public record QueuedRecipient(
        MessageId message,
        int index,
        Mailbox mailbox,
        int attempts,
        Instant due,
        List<String> history,
        boolean delayReported,
        String sender) {
    public QueuedRecipient {
        history = List.copyOf(history);
    }

    /// A recipient about whom the sender, who has no address, has not been told anything.
    public QueuedRecipient(
            MessageId message, int index, Mailbox mailbox, int attempts, Instant due, List<String> history) {
        this(message, index, mailbox, attempts, due, history, false, "");
    }

    public RecipientId id() {
        return new RecipientId(message, index);
    }
}
