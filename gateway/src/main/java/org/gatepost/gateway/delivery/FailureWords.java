// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.List;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.OutcomeRow;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.SubReason;

/// What kept a recipient waiting, in two words that the queue remembers: the code while it is retried, and the reason
/// below it, such as `4.7.323 ee-key-mismatch`.
public final class FailureWords {
    private FailureWords() {}

    public static String of(DeliveryFailure failure) {
        return OutcomeTable.temporary(failure).status() + " " + failure.subReason();
    }

    /// Whether a domain's MTA-STS policy was not met, so that another policy may let the mail go (C1–C5).
    public static boolean isMtaSts(String words) {
        return isOf(words, "C1", "C2", "C3", "C4", "C5");
    }

    /// Whether TLSA records were not met, so that other records may let the mail go (C6–C8, C10).
    public static boolean isDane(String words) {
        return isOf(words, "C6", "C7", "C8", "C10");
    }

    private static boolean isOf(String words, String... ids) {
        String[] parts = words.split(" ", -1);
        // A peer may use the same code in a reply of its own.
        if (parts.length != 2 || parts[1].equals(SubReason.PEER_REPLY.toString())) {
            return false;
        }
        for (OutcomeRow row : OutcomeTable.rows()) {
            boolean isCode = row.enhancedCode().substring(1).equals(parts[0].substring(Math.min(1, parts[0].length())));
            if (isCode && List.of(ids).contains(row.id())) {
                return true;
            }
        }
        return false;
    }
}
