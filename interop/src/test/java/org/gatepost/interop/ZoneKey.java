// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

/// A zone's key and what it is used for at the moment: a phase of a rollover is a list of these.
///
/// @param algorithm IANA's number
/// @param bits of an RSA modulus; of no account otherwise
/// @param published whether it is in the DNSKEY set
/// @param signing whether it makes signatures
/// @param delegated whether the parent has a DS record for it
record ZoneKey(int algorithm, int bits, Role role, boolean published, boolean signing, boolean delegated) {

    enum Role {
        /// Signs the DNSKEY set only.
        KSK,
        /// Signs everything else.
        ZSK,
        /// Signs everything, and has the SEP flag.
        COMBINED
    }

    static ZoneKey ksk(int algorithm) {
        return new ZoneKey(algorithm, 2048, Role.KSK, true, true, true);
    }

    static ZoneKey zsk(int algorithm) {
        return new ZoneKey(algorithm, 2048, Role.ZSK, true, true, false);
    }

    static ZoneKey combined(int algorithm) {
        return new ZoneKey(algorithm, 2048, Role.COMBINED, true, true, true);
    }

    ZoneKey withBits(int length) {
        return new ZoneKey(algorithm, length, role, published, signing, delegated);
    }

    /// In the DNSKEY set, but makes no signatures.
    ZoneKey idle() {
        return new ZoneKey(algorithm, bits, role, true, false, delegated);
    }

    /// Makes signatures, but is not in the DNSKEY set.
    ZoneKey unpublished() {
        return new ZoneKey(algorithm, bits, role, false, true, delegated);
    }

    /// Known to the parent, at most.
    ZoneKey outOfZone() {
        return new ZoneKey(algorithm, bits, role, false, false, delegated);
    }

    ZoneKey withDs() {
        return new ZoneKey(algorithm, bits, role, published, signing, true);
    }

    ZoneKey withoutDs() {
        return new ZoneKey(algorithm, bits, role, published, signing, false);
    }

    boolean isRsa() {
        return algorithm == 5 || algorithm == 7 || algorithm == 8 || algorithm == 10;
    }

    /// As BIND and ldns spell it; Knot knows it too.
    String mnemonic() {
        return switch (algorithm) {
            case 5 -> "RSASHA1";
            case 7 -> "RSASHA1-NSEC3-SHA1";
            case 8 -> "RSASHA256";
            case 10 -> "RSASHA512";
            case 13 -> "ECDSAP256SHA256";
            case 14 -> "ECDSAP384SHA384";
            case 15 -> "ED25519";
            case 16 -> "ED448";
            default -> throw new IllegalArgumentException("no tool here makes keys of algorithm " + algorithm);
        };
    }
}
