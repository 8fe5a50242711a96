// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.xbill.DNS.Name;

/// Why records are not secure.
///
/// @param zone the zone in which the trouble lies
/// @param sentence one line for people that names record set, key and what is wrong; printable ASCII
record ValidationReason(Kind kind, Name zone, String sentence) {
    private static final int MAX_LENGTH = 300;

    /// What can be wrong, those first that say most: with several signatures at fault, the first of these is
    /// told.
    enum Kind {
        WORK_BOUND(0),
        SIGNATURE_EXPIRED(7),
        SIGNATURE_NOT_YET_VALID(8),
        SIGNATURE_WRONG(6),
        SIGNATURE_MALFORMED(6),
        WILDCARD_UNPROVEN(12),
        KEY_UNUSABLE(11),
        KEY_MISSING(9),
        SIGNER_WRONG(6),
        ALGORITHM_UNSUPPORTED(1),
        SIGNATURE_MISSING(10),
        DS_MISMATCH(9),
        DENIAL_UNPROVEN(12),
        /// From here on: why records are insecure, and not bogus.
        UNSIGNED_DELEGATION(0),
        OPT_OUT(0),
        CHAIN_UNSUPPORTED(1),
        NSEC3_ITERATIONS(27),
        DECLARED_INSECURE(0),
        NO_ANCHOR(5);

        private final int extendedError;

        Kind(int extendedError) {
            this.extendedError = extendedError;
        }

        /// The code in the IANA registry of extended DNS errors (RFC 8914 §4); 0 is "other".
        int extendedError() {
            return extendedError;
        }
    }

    ValidationReason {
        String printable = sentence.replaceAll("[^ -~]", "?");
        sentence = printable.length() > MAX_LENGTH ? printable.substring(0, MAX_LENGTH) + "..." : printable;
    }

    /// The same trouble, met on the way down from the trust anchor.
    ValidationReason onTheWayTo(Name cut) {
        return new ValidationReason(kind, zone, "the chain of trust breaks at zone " + cut + " - " + sentence);
    }
}
