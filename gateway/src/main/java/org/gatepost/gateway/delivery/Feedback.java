// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.Collection;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.SubReason;

/// What a delivery showed of its destination, for how much it is given next.
public enum Feedback {
    /// A host took mail or refused it for good: it is up and has time for us.
    POSITIVE,
    /// No host could be reached, or one asked for less.
    NEGATIVE,
    /// Nothing was learned: no host was spoken to, it was about a recipient, or what failed was ours.
    NONE,
    /// Every host that the mail may go to has as many of our connections as it may have. None has taken or refused
    /// the message.
    HOST_FULL;

    static Feedback of(Collection<RecipientResult> results) {
        Feedback sum = NONE;
        for (RecipientResult result : results) {
            switch (of(result)) {
                case POSITIVE -> {
                    return POSITIVE;
                }
                case NEGATIVE -> sum = NEGATIVE;
                case NONE, HOST_FULL -> {}
            }
        }
        return sum;
    }

    private static Feedback of(RecipientResult result) {
        return switch (result) {
            case Delivered _ -> POSITIVE;
            case NotDelivered(DeliveryFailure failure, var _) ->
                switch (failure) {
                    case ConnectionFailed failed when failed.subReason() == SubReason.CONNECTION_LIMIT_REACHED -> NONE;
                    case ConnectionFailed _ -> NEGATIVE;
                    case PeerRejected rejected -> of(rejected);
                    default -> NONE;
                };
        };
    }

    /// A host asks for less by closing (421), by turning us away before it knows for whom the mail is, or by
    /// speaking of its own state (RFC 3463: X.3.x, the mail system) or of congestion (X.4.5). Any other temporary
    /// reply may be greylisting, which concerns one recipient.
    private static Feedback of(PeerRejected rejected) {
        if (rejected.replyCode() >= 500) {
            return POSITIVE;
        }
        boolean early = switch (rejected.command()) {
            case "banner", "EHLO", "STARTTLS", "MAIL" -> true;
            default -> false;
        };
        String status = rejected.enhancedCode().orElse("");
        return early || rejected.replyCode() == 421 || status.startsWith("4.3.") || status.equals("4.4.5")
                ? NEGATIVE
                : NONE;
    }
}
