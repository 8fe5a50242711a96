// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// What the sending gateway honours in a scenario; everything by default.
public enum SenderSide {
    DANE_AND_MTA_STS("the sender honours everything"),
    ONLY_DANE("the sender honours only DANE"),
    ONLY_MTA_STS("the sender honours only MTA-STS"),
    NOTHING("the sender checks nothing"),
    /// Everything is honoured, and each message carries REQUIRETLS.
    REQUIRES_TLS("the sender demands REQUIRETLS");

    private final String description;

    SenderSide(String description) {
        this.description = description;
    }

    /// For people: a sentence part.
    public String description() {
        return description;
    }

    public boolean honoursDane() {
        return this == DANE_AND_MTA_STS || this == ONLY_DANE || requiresTls();
    }

    public boolean honoursMtaSts() {
        return this == DANE_AND_MTA_STS || this == ONLY_MTA_STS || requiresTls();
    }

    /// Whether messages carry REQUIRETLS (RFC 8689).
    public boolean requiresTls() {
        return this == REQUIRES_TLS;
    }
}
