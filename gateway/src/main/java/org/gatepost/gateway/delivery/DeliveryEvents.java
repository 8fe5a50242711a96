// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.Locale;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;

/// Told what became of each recipient of each delivery, after it is durable. Called by the delivery's own thread,
/// so it must be quick, and must not throw.
@FunctionalInterface
public interface DeliveryEvents {
    /// @param step what follows from the result
    void attempted(MessageId message, Mailbox recipient, RecipientResult result, Step step);

    /// What becomes of the recipient.
    enum Step {
        /// Nothing more to do.
        DELIVERED,
        /// Tried again later.
        DEFERRED,
        /// Given up, and the sender told.
        RETURNED,
        /// Given up, with nobody to tell: the reverse-path is null, or the sender wanted no report.
        DROPPED;

        String inWords() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Nobody listens.
    static DeliveryEvents none() {
        return (message, recipient, result, step) -> {};
    }
}
