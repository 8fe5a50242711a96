// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.gatepost.dns.ValidationReason.Kind;

/// What signed NSEC or NSEC3 records say of a name at which a zone might be cut and that has no DS record.
sealed interface Delegation {
    /// No zone is cut here; one may be below.
    record None() implements Delegation {}

    /// The name does not exist, so no zone is cut here or below.
    record NothingBelow() implements Delegation {}

    /// An unsigned zone begins here, or may.
    ///
    /// @param kind [Kind#UNSIGNED_DELEGATION], [Kind#OPT_OUT] or [Kind#NSEC3_ITERATIONS]
    record Unsigned(Kind kind) implements Delegation {}

    record Unproven() implements Delegation {}
}
