// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Optional;

/// What one policy says of a connection, before it is known whether the policy is enforced.
record Judgement(Optional<DeliveryFailure> failure, Optional<DaneMatch.Matched> match, String evidence) {
    static Judgement passed(String evidence) {
        return new Judgement(Optional.empty(), Optional.empty(), evidence);
    }

    static Judgement matched(DaneMatch.Matched match) {
        return new Judgement(Optional.empty(), Optional.of(match), match.evidence());
    }

    static Judgement failed(DeliveryFailure failure) {
        return new Judgement(Optional.of(failure), Optional.empty(), failure.evidence());
    }
}
