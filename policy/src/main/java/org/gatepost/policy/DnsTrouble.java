// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import org.gatepost.dns.Answer;

/// Failed lookups as delivery failures.
final class DnsTrouble {
    private DnsTrouble() {}

    /// Bogus is C9, whatever else left the question without an answer is C11.
    static DeliveryFailure failure(Answer.Failed<?> failed, SubReason ifBogus, SubReason otherwise) {
        return switch (failed.status()) {
            case BOGUS -> new DeliveryFailure.DnssecBogus(failed.question(), ifBogus, failed.failure());
            case SECURE, INSECURE, INDETERMINATE ->
                new DeliveryFailure.DnsLookupFailed(
                        failed.question(), otherwise, failed.failure().detail());
        };
    }
}
