// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.gatepost.dns.ValidationReason.Kind;

/// What signed NSEC or NSEC3 records prove of a denial.
sealed interface Proof {
    record Proven() implements Proof {}

    /// They prove that nothing signed is denied here, but not that nothing is.
    ///
    /// @param kind [Kind#OPT_OUT] or [Kind#NSEC3_ITERATIONS]
    record Unsigned(Kind kind) implements Proof {}

    /// @param lacking what they do not prove, to follow "do not prove that"
    record Unproven(String lacking) implements Proof {}

    static Proof provenIf(boolean holds, String lacking) {
        return holds ? new Proven() : new Unproven(lacking);
    }
}
