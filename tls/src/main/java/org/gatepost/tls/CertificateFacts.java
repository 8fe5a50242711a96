// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/// What people want to know about a certificate, fit to be printed: no control characters, every part cut to
/// a length.
///
/// @param subject the distinguished name (RFC 2253), at most 200 characters
/// @param issuer likewise
/// @param names the dNSName subject alternative names, at most the first 50
/// @param namesLeftOut how many more there are
/// @param sha256 SHA-256 of the certificate, lower-case hexadecimal: the data of TLSA records `x 0 1`
/// @param spkiSha256 SHA-256 of its SubjectPublicKeyInfo, octet for octet: the data of TLSA records `x 1 1`
public record CertificateFacts(
        String subject,
        String issuer,
        List<String> names,
        int namesLeftOut,
        Instant notBefore,
        Instant notAfter,
        String sha256,
        String spkiSha256) {
    private static final int MAX_NAME = 200;
    private static final int MAX_NAMES = 50;

    public CertificateFacts {
        names = List.copyOf(names);
    }

    public static CertificateFacts of(X509Certificate certificate) {
        List<String> names = ReferenceNames.presentedNames(certificate);
        try {
            return new CertificateFacts(
                    Printable.line(certificate.getSubjectX500Principal().getName(), MAX_NAME),
                    Printable.line(certificate.getIssuerX500Principal().getName(), MAX_NAME),
                    names.stream()
                            .limit(MAX_NAMES)
                            .map(name -> Printable.line(name, MAX_NAME))
                            .toList(),
                    Math.max(0, names.size() - MAX_NAMES),
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant(),
                    sha256(certificate.getEncoded()),
                    sha256(DerElement.keyInfo(certificate)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a parsed certificate has no encoding", e);
        }
    }

    private static String sha256(byte[] octets) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
    }
}
