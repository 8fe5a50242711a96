// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Certificates as evidence shows them: bounded, printable, and with the digests that TLSA records would hold.
final class CertificateText {
    private static final int MOST_SHOWN = 6;
    private static final int LONGEST_NAME = 100;
    private static final int MOST_NAMES = 20;

    private CertificateText() {}

    /// Subject, then SHA-256 of certificate and key.
    static String certificate(X509Certificate certificate) {
        String subject =
                PrintableText.line(certificate.getSubjectX500Principal().getName(), LONGEST_NAME);
        return (subject.isEmpty() ? "no subject" : subject)
                + " (certificate SHA-256 " + TlsaData.fingerprint(certificate, TlsaData.CERT)
                + ", key SHA-256 " + TlsaData.fingerprint(certificate, TlsaData.SPKI) + ")";
    }

    static String chain(List<X509Certificate> chain) {
        return IntStream.range(0, Math.min(chain.size(), MOST_SHOWN))
                .mapToObj(depth -> depth + ": " + certificate(chain.get(depth)))
                .collect(Collectors.joining(", ", "", chain.size() > MOST_SHOWN ? ", …" : ""));
    }

    /// The names in a certificate, printable; the first twenty.
    static List<String> names(List<String> presented) {
        return presented.stream()
                .limit(MOST_NAMES)
                .map(name -> PrintableText.line(name, LONGEST_NAME))
                .toList();
    }
}
