// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.List;

/// The certificate that a host of the lab shows.
public enum CertificateKind {
    GOOD("a good certificate"),
    WRONG_NAME("a certificate for another name"),
    EXPIRED("an expired certificate"),
    NOT_YET_VALID("a certificate that is not yet valid"),
    SELF_SIGNED("a self-signed certificate"),
    /// From an authority that is in nobody's trust store; with DANE-TA a domain's own authority.
    UNTRUSTED("a certificate from an untrusted authority"),
    UNTRUSTED_WRONG_NAME("a certificate from an untrusted authority, for another name"),
    UNTRUSTED_EXPIRED("an expired certificate from an untrusted authority"),
    UNTRUSTED_LEAF_ONLY("a certificate from an untrusted authority, without its issuer"),
    EXPIRED_INTERMEDIATE("a certificate below an expired intermediate");

    private final String description;

    CertificateKind(String description) {
        this.description = description;
    }

    /// For people: a noun with its article.
    public String description() {
        return description;
    }

    CertifiedKey issue(LabCa trusted, LabCa stranger, List<String> names) {
        List<String> otherNames = List.of("elsewhere.invalid");
        return switch (this) {
            case GOOD -> trusted.issue(names);
            case WRONG_NAME -> trusted.issue(otherNames);
            case EXPIRED -> trusted.issue(names, trusted.expired());
            case NOT_YET_VALID -> trusted.issue(names, trusted.future());
            case SELF_SIGNED -> trusted.selfSigned(names);
            case UNTRUSTED -> stranger.issue(names);
            case UNTRUSTED_WRONG_NAME -> stranger.issue(otherNames);
            case UNTRUSTED_EXPIRED -> stranger.issue(names, stranger.expired());
            case UNTRUSTED_LEAF_ONLY -> stranger.issue(names).withoutIntermediates();
            case EXPIRED_INTERMEDIATE -> trusted.issueBelowExpiredIntermediate(names);
        };
    }
}
