// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.gatepost.names.DomainName;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(names = {"NATIVE", "JSSE"})
class TlsServerTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final TlsProvider provider;

    TlsServerTest(TlsProvider provider) {
        this.provider = provider;
    }

    private static Issued issued(KeyPair keys) {
        return new TestPki.Certificate("CN=mx").names("mx.example").keys(keys).issue();
    }

    private Path certificateFile(Issued issued) {
        return TestPki.write(folder, "cert.pem", TestPki.pem(issued.certificate()));
    }

    @ParameterizedTest
    @CsvSource({
        "EC, 256, PRIVATE KEY",
        "EC, 384, PRIVATE KEY",
        "EC, 256, EC PRIVATE KEY",
        "RSA, 2048, PRIVATE KEY",
        "RSA, 2048, RSA PRIVATE KEY"
    })
    void everyCommonFormOfKeyServes(String algorithm, int size, String label) throws Exception {
        Issued leaf = issued(TestPki.keys(algorithm, size));
        byte[] pkcs8 = leaf.key().getEncoded();
        byte[] der = label.equals("PRIVATE KEY")
                ? pkcs8
                : PrivateKeyInfo.getInstance(pkcs8)
                        .parsePrivateKey()
                        .toASN1Primitive()
                        .getEncoded("DER");
        if (label.equals("EC PRIVATE KEY")) {
            der = withCurve(leaf, der);
        }
        Path key = TestPki.write(folder, "key.pem", TestPki.pem(label, der));
        TlsServer server = TlsServer.fromPem(certificateFile(leaf), key, provider);
        assertThat(server.chain()).containsExactly(leaf.certificate());
        try (var loopback = new Loopback()) {
            Future<TlsChannel> accepted = loopback.async(() -> server.handshake(loopback.server, LIMIT));
            TlsChannel client = provider.client().handshake(loopback.client, DomainName.parse("mx.example"), LIMIT);
            assertThat(client.facts().leaf()).isEqualTo(leaf.certificate());
            Loopback.await(accepted).close();
        }
    }

    /// The form of RFC 5915 as tools write it: with the curve, which PKCS#8 keeps outside.
    private static byte[] withCurve(Issued leaf, byte[] inner) throws Exception {
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(leaf.key().getEncoded());
        var key = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(inner);
        return new org.bouncycastle.asn1.sec.ECPrivateKey(
                        256, key.getKey(), info.getPrivateKeyAlgorithm().getParameters())
                .getEncoded("DER");
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() {
        Path certificates = certificateFile(issued(TestPki.ecKeys()));
        Path key = TestPki.write(
                folder,
                "key.pem",
                TestPki.pem("PRIVATE KEY", TestPki.ecKeys().getPrivate().getEncoded()));
        assertThatThrownBy(() -> TlsServer.fromPem(certificates, key, provider))
                .isInstanceOf(PemFileException.class)
                .hasMessage(key + ": the private key does not belong to the first certificate of " + certificates);
    }

    @Test
    void aKeyOfAnotherKindThanTheCertificateIsRefused() {
        Path certificates = certificateFile(issued(TestPki.ecKeys()));
        Path key = TestPki.write(
                folder,
                "key.pem",
                TestPki.pem(
                        "PRIVATE KEY", TestPki.keys("RSA", 2048).getPrivate().getEncoded()));
        assertThatThrownBy(() -> TlsServer.fromPem(certificates, key, provider))
                .hasMessageContaining("does not belong");
    }

    @ParameterizedTest
    @CsvSource({
        "ENCRYPTED PRIVATE KEY, line 1: the private key must not be encrypted",
        "DSA PRIVATE KEY, line 1: keys of the form DSA PRIVATE KEY are not known",
        "EC PRIVATE KEY, line 1: the EC private key does not name its curve",
        "PRIVATE KEY, 'line 1: the private key is not an RSA, EC or EdDSA key'",
        "RSA PRIVATE KEY, 'line 1: the private key is not an RSA, EC or EdDSA key'",
        "CERTIFICATE, the file holds no private key in PEM form"
    })
    void aKeyThatCannotBeUsedNamesFileAndRule(String label, String rule) {
        Path certificates = certificateFile(issued(TestPki.ecKeys()));
        Path key = TestPki.write(folder, "key.pem", TestPki.pem(label, new byte[] {0x30, 3, 2, 1, 0}));
        assertThatThrownBy(() -> TlsServer.fromPem(certificates, key, provider))
                .isInstanceOf(PemFileException.class)
                .hasMessage(key + ": " + rule);
    }

    @Test
    void severalKeysAndMissingFilesAreRefused() {
        Issued leaf = issued(TestPki.ecKeys());
        String pem = TestPki.pem("PRIVATE KEY", leaf.key().getEncoded());
        Path two = TestPki.write(folder, "two.pem", pem + pem);
        Path none = folder.resolve("none.pem");
        Path certificates = certificateFile(leaf);
        assertThatThrownBy(() -> TlsServer.fromPem(certificates, two, provider))
                .hasMessage(two + ": the file holds several private keys");
        assertThatThrownBy(() -> TlsServer.fromPem(certificates, none, provider))
                .hasMessage(none + ": the file does not exist");
        assertThatThrownBy(() -> TlsServer.fromPem(none, two, provider)).hasMessage(none + ": the file does not exist");
        assertThatThrownBy(() -> TlsServer.fromPem(folder, two, provider))
                .hasMessage(folder + ": the file cannot be read");
        assertThatThrownBy(() -> TlsServer.of(List.of(), leaf.key(), provider))
                .hasMessage("a server needs a certificate");
    }
}
