// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/// How a TLSA record names a host's certificate: usage, selector and matching type (RFC 6698 §2.1),
/// or in what way it does not.
public enum TlsaKind {
    EE_KEY("3 1 1"),
    EE_CERTIFICATE("3 0 1"),
    TA_CERTIFICATE("2 0 1"),
    TA_KEY("2 1 1"),
    TA_CERTIFICATE_IN_FULL("2 0 0"),
    EE_KEY_OF_ANOTHER("3 1 1"),
    TA_CERTIFICATE_OF_ANOTHER("2 0 1"),
    /// Usage 1 is unusable for SMTP (RFC 7672 §3.1.3).
    UNUSABLE_USAGE("1 1 1"),
    /// No such matching type is assigned (RFC 6698 §7.4).
    UNUSABLE_MATCHING_TYPE("3 1 9");

    private static final String DIGEST_OF_ANOTHER = "00ff".repeat(16);

    private final String parameters;

    TlsaKind(String parameters) {
        this.parameters = parameters;
    }

    /// Usage, selector and matching type, such as `3 1 1`.
    public String parameters() {
        return parameters;
    }

    /// Whether the record is true of the host as it is before any fault.
    boolean matches() {
        return isUsable() && this != EE_KEY_OF_ANOTHER && this != TA_CERTIFICATE_OF_ANOTHER;
    }

    /// Whether a sender can make anything of the record (RFC 7672 §3.1.3).
    boolean isUsable() {
        return this != UNUSABLE_USAGE && this != UNUSABLE_MATCHING_TYPE;
    }

    /// The record's data in zone-file form, such as `3 1 1 0a1b…`.
    public String data(CertifiedKey certified) {
        return parameters + " " + association(certified);
    }

    private String association(CertifiedKey certified) {
        return switch (this) {
            case EE_KEY, UNUSABLE_USAGE, UNUSABLE_MATCHING_TYPE ->
                sha256(certified.leaf().getPublicKey().getEncoded());
            case EE_CERTIFICATE -> sha256(encoded(certified.leaf()));
            case TA_CERTIFICATE -> sha256(encoded(certified.issuer()));
            case TA_KEY -> sha256(certified.issuer().getPublicKey().getEncoded());
            case TA_CERTIFICATE_IN_FULL -> HexFormat.of().formatHex(encoded(certified.issuer()));
            case EE_KEY_OF_ANOTHER, TA_CERTIFICATE_OF_ANOTHER -> DIGEST_OF_ANOTHER;
        };
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate of the lab's own cannot be encoded", e);
        }
    }

    private static String sha256(byte[] octets) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }
}
