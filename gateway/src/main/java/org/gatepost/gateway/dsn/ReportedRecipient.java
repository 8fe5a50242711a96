// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.util.List;
import org.gatepost.gateway.delivery.AttemptRecord;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;

/// A recipient about whom a sender is told something.
public sealed interface ReportedRecipient {
    Mailbox mailbox();

    /// A recipient that was given up.
    ///
    /// @param failure what stands for all attempts
    /// @param attempts of the last delivery
    /// @param history lines of the earlier ones, oldest first
    record Failed(Mailbox mailbox, DeliveryFailure failure, List<AttemptRecord> attempts, List<String> history)
            implements ReportedRecipient {
        public Failed {
            attempts = List.copyOf(attempts);
            history = List.copyOf(history);
        }
    }

    /// A recipient that is late, and still tried; as [Failed].
    record Delayed(Mailbox mailbox, DeliveryFailure failure, List<AttemptRecord> attempts, List<String> history)
            implements ReportedRecipient {
        public Delayed {
            attempts = List.copyOf(attempts);
            history = List.copyOf(history);
        }
    }

    /// A recipient whose message went to a host that reports nothing.
    ///
    /// @param host its name
    /// @param reply with which it took the message over
    record Relayed(Mailbox mailbox, String host, String reply) implements ReportedRecipient {}
}
