// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

/// How a zone denies that something exists.
///
/// @param hashed NSEC3 instead of NSEC
/// @param iterations of the NSEC3 hash beyond the first
/// @param salted with eight octets
/// @param optOut unsigned delegations have no NSEC3 record of their own (RFC 5155 §6)
record Denial(boolean hashed, int iterations, boolean salted, boolean optOut) {
    static final Denial NSEC = new Denial(false, 0, false, false);
    /// As RFC 9276 wants it.
    static final Denial NSEC3 = new Denial(true, 0, false, false);

    static final Denial OPT_OUT = new Denial(true, 0, false, true);

    static Denial iterated(int iterations) {
        return new Denial(true, iterations, true, false);
    }

    /// For a domain name.
    String label() {
        return hashed ? optOut ? "optout" : "nsec3" : "nsec";
    }
}
