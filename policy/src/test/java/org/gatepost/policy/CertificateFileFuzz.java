// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.gatepost.tls.CnFallback;
import org.gatepost.tls.PemFileException;
import org.gatepost.tls.ReferenceNames;
import org.gatepost.tls.TrustStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Arbitrary octets as a bundle of authorities: refused in one line, or certificates whose names and digests can be
/// shown.
final class CertificateFileFuzz {
    private static final Path FILE = file();

    private static Path file() {
        try {
            Path file = Files.createTempFile("gatepost-fuzz", ".pem");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        try {
            Files.write(FILE, octets);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            TrustStore.fromBundle(FILE).authorities().forEach(CertificateFileFuzz::show);
        } catch (PemFileException e) {
            assertThat(e.getMessage()).hasSizeLessThan(600).doesNotContainPattern("\\p{Cc}");
        }
    }

    private static void show(X509Certificate certificate) {
        assertThat(CertificateText.certificate(certificate))
                .hasSizeLessThan(400)
                .doesNotContainPattern("\\p{Cc}");
        assertThat(CertificateText.names(ReferenceNames.presentedNames(certificate, CnFallback.WITHOUT_DNS_NAMES)))
                .hasSizeLessThanOrEqualTo(20)
                .allSatisfy(name -> assertThat(name).hasSizeLessThan(210).doesNotContainPattern("\\p{Cc}"));
    }

    private static List<byte[]> seeds() {
        var root = TestCertificates.root("Root");
        String one = pem(root.certificate());
        String two = pem(root.server("mx.example.com", "*.example.com").certificate());
        return List.of(
                one.getBytes(StandardCharsets.US_ASCII),
                ("words before\n" + one + two).getBytes(StandardCharsets.US_ASCII),
                one.replace("END", "ENDE").getBytes(StandardCharsets.US_ASCII),
                one.replace('A', 'B').getBytes(StandardCharsets.US_ASCII));
    }

    private static String pem(X509Certificate certificate) {
        try {
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
            return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void bundlesAreRefusedInOneLineOrCanBeShown() {
        FuzzCases.run(CertificateFileFuzz::fuzzerTestOneInput, seeds(), 500);
    }

    @Test
    @Tag("slow")
    void bundlesAreRefusedInOneLineOrCanBeShownInManyMutations() {
        FuzzCases.run(CertificateFileFuzz::fuzzerTestOneInput, seeds(), 10_000);
    }
}
