// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// The record types that Gatepost asks for.
public enum RecordType {
    A(1),
    CNAME(5),
    MX(15),
    TXT(16),
    AAAA(28),
    TLSA(52);

    private final int code;

    RecordType(int code) {
        this.code = code;
    }

    /// The type's number in the IANA registry of DNS parameters.
    public int code() {
        return code;
    }
}
