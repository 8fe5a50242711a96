// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.List;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.TransportVerdict.Protection;

/// What became of one recipient in one delivery.
public sealed interface RecipientResult {
    /// Every host tried, in order.
    List<AttemptRecord> attempts();

    /// The peer took responsibility for the message.
    ///
    /// @param host which one, with its address
    /// @param dsnPassedOn whether the peer was told what the sender asks of reports, and reports itself
    record Delivered(
            String host, Protection protection, String reply, boolean dsnPassedOn, List<AttemptRecord> attempts)
            implements RecipientResult {
        public Delivered {
            attempts = List.copyOf(attempts);
        }
    }

    /// No host did.
    ///
    /// @param failure the one that stands for all
    record NotDelivered(DeliveryFailure failure, List<AttemptRecord> attempts) implements RecipientResult {
        public NotDelivered {
            attempts = List.copyOf(attempts);
        }
    }
}
