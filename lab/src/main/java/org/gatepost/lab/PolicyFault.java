// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// What a policy host does in place of serving the policy.
public enum PolicyFault {
    NONE("serves its policy"),
    /// Nothing listens on the address.
    DOWN("is down"),
    NOT_FOUND("answers 404"),
    /// To the same path at another host; a client must not follow (RFC 8461 §3.3).
    REDIRECT("redirects"),
    WRONG_CONTENT_TYPE("serves text/html"),
    UNTRUSTED_CERTIFICATE("shows a certificate from an untrusted authority"),
    WRONG_NAME("shows a certificate for another name"),
    EXPIRED_CERTIFICATE("shows an expired certificate"),
    /// Takes the request and never answers.
    SLOW("never answers"),
    /// A valid policy followed by more than 64 KiB of unknown fields.
    OVERSIZED("serves more than 64 KiB");

    private final String description;

    PolicyFault(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }

    CertificateKind certificate() {
        return switch (this) {
            case NONE, DOWN, NOT_FOUND, REDIRECT, WRONG_CONTENT_TYPE, SLOW, OVERSIZED -> CertificateKind.GOOD;
            case UNTRUSTED_CERTIFICATE -> CertificateKind.UNTRUSTED;
            case WRONG_NAME -> CertificateKind.WRONG_NAME;
            case EXPIRED_CERTIFICATE -> CertificateKind.EXPIRED;
        };
    }
}
