// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.tls.DerElement;

/// How TLSA records and certificates are compared (RFC 6698 §2.1).
final class TlsaData {
    static final int DANE_TA = 2;
    static final int DANE_EE = 3;
    static final int CERT = 0;
    static final int SPKI = 1;
    static final int FULL = 0;
    static final int SHA2_256 = 1;
    static final int SHA2_512 = 2;

    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS", "DSA");

    private TlsaData() {}

    /// Whether the record can be matched at all: RFC 7672 §3.1 for usages, RFC 6698 §4.1 for the rest.
    static boolean isUsable(Tlsa record) {
        boolean known = (record.usage() == DANE_TA || record.usage() == DANE_EE)
                && (record.selector() == CERT || record.selector() == SPKI);
        return known
                && switch (record.matchingType()) {
                    case FULL -> isWellFormed(record);
                    case SHA2_256 -> record.associationOctets().length == 32;
                    case SHA2_512 -> record.associationOctets().length == 64;
                    default -> false;
                };
    }

    /// A DANE-EE record in full is only compared, so its shape will do; a DANE-TA record in full may have to
    /// serve as the trust anchor, so it must be readable.
    private static boolean isWellFormed(Tlsa record) {
        Optional<DerElement> data = DerElement.whole(record.associationOctets());
        if (record.selector() == CERT) {
            return data.filter(DerElement::isCertificate).isPresent()
                    && (record.usage() == DANE_EE || certificate(record).isPresent());
        }
        return data.filter(DerElement::isKeyInfo).isPresent()
                && (record.usage() == DANE_EE || key(record).isPresent());
    }

    static boolean matches(Tlsa record, X509Certificate certificate) {
        byte[] selected = record.selector() == CERT ? encoded(certificate) : DerElement.keyInfo(certificate);
        byte[] compared = switch (record.matchingType()) {
            case SHA2_256 -> digest("SHA-256", selected);
            case SHA2_512 -> digest("SHA-512", selected);
            default -> selected;
        };
        return Arrays.equals(compared, record.associationOctets());
    }

    /// The certificate that the record holds in full.
    static Optional<X509Certificate> certificate(Tlsa record) {
        byte[] octets = record.associationOctets();
        try {
            var parsed = (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(octets));
            return Arrays.equals(parsed.getEncoded(), octets) ? Optional.of(parsed) : Optional.empty();
        } catch (CertificateException e) {
            return Optional.empty();
        }
    }

    /// The bare key that the record holds in full.
    static Optional<PublicKey> key(Tlsa record) {
        var spec = new X509EncodedKeySpec(record.associationOctets());
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return Optional.of(KeyFactory.getInstance(algorithm).generatePublic(spec));
            } catch (InvalidKeySpecException e) {
                // Another algorithm's key: the next one may fit.
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("this Java runtime lacks " + algorithm, e);
            }
        }
        return Optional.empty();
    }

    /// What a record with this selector and SHA2-256 would say of the certificate, in hexadecimal.
    static String fingerprint(X509Certificate certificate, int selector) {
        return HexFormat.of()
                .formatHex(
                        digest("SHA-256", selector == CERT ? encoded(certificate) : DerElement.keyInfo(certificate)));
    }

    private static byte[] digest(String algorithm, byte[] octets) {
        try {
            return MessageDigest.getInstance(algorithm).digest(octets);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime lacks " + algorithm, e);
        }
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read cannot be written", e);
        }
    }
}
