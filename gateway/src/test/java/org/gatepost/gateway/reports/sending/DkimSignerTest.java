// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.gatepost.gateway.reports.sending.DkimSigner.Field;
import org.gatepost.names.DomainName;
import org.gatepost.tls.PemFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 6376, RFC 8301 and RFC 8463. Signatures are verified here with what the DNS record says; that others
/// verify them too is shown beside real verifiers.
final class DkimSignerTest {
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:00Z");
    private static final byte[] BODY = "one  line \r\n\r\nanother\r\n\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final List<Field> FIELDS = List.of(
            new Field("From", "<a@sender.example>"),
            new Field("Subject", "Report Domain: x\r\n Submitter:  y"),
            new Field("TLS-Required", "No"));

    @TempDir
    Path folder;

    private static String tag(String signature, String name) {
        String unfolded = signature.substring(signature.indexOf(':') + 1).replaceAll("[\r\n\t ]", "");
        for (String tag : unfolded.split(";", -1)) {
            if (tag.startsWith(name + "=")) {
                return tag.substring(name.length() + 1);
            }
        }
        throw new AssertionError("no tag " + name + " in " + signature);
    }

    /// The public key as a receiver takes it out of the record.
    private static PublicKey published(DkimKey key) throws Exception {
        byte[] p = Base64.getDecoder().decode(key.recordText().replaceAll(".*; p=", ""));
        if (key.recordText().contains("k=rsa;")) {
            return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(p));
        }
        assertThat(p).hasSize(32);
        boolean odd = (p[31] & 0x80) != 0;
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[31 - i] = i == 31 ? (byte) (p[i] & 0x7f) : p[i];
        }
        return KeyFactory.getInstance("Ed25519")
                .generatePublic(new EdECPublicKeySpec(
                        NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, bigEndian))));
    }

    private static boolean verifies(DkimKey key, String field, String canonicalFields) throws Exception {
        String withoutValue = field.substring(0, field.indexOf("b=", field.indexOf("h=From")) + 2);
        String own = withoutValue
                .replaceFirst("^DKIM-Signature: ", "dkim-signature:")
                .replaceAll("\r\n", "")
                .replaceAll("[ \t]+", " ");
        byte[] signed = (canonicalFields + own).getBytes(StandardCharsets.US_ASCII);
        boolean rsa = key.algorithm() == DkimKey.Algorithm.RSA_SHA256;
        Signature verifier = Signature.getInstance(rsa ? "SHA256withRSA" : "Ed25519");
        verifier.initVerify(published(key));
        verifier.update(rsa ? signed : MessageDigest.getInstance("SHA-256").digest(signed));
        return verifier.verify(Base64.getDecoder().decode(tag(field, "b")));
    }

    @Test
    void bothKindsOfSignatureVerifyWithThePublishedKey() throws Exception {
        for (DkimKey key : List.of(TestKeys.rsa(folder), TestKeys.ed25519(folder))) {
            String field = new DkimSigner(key).sign(FIELDS, BODY, NOW);
            String canonical =
                    "from:<a@sender.example>\r\nsubject:Report Domain: x Submitter: y\r\ntls-required:No\r\n";
            assertThat(verifies(key, field, canonical)).isTrue();
            assertThat(verifies(key, field, canonical.replace("No", "Yes"))).isFalse();
            assertThat(tag(field, "a")).isEqualTo(key.algorithm().toString());
            assertThat(tag(field, "bh"))
                    .isEqualTo(Base64.getEncoder()
                            .encodeToString(MessageDigest.getInstance("SHA-256")
                                    .digest("one line\r\n\r\nanother\r\n".getBytes(StandardCharsets.US_ASCII))));
        }
    }

    @Test
    void everyFieldIsSignedOnceMoreThanItIsThereAndNoLengthIsGiven() throws Exception { // RFC 6376 §8.15, RFC 8460 §3
        String field = new DkimSigner(TestKeys.rsa(folder)).sign(FIELDS, BODY, NOW);
        assertThat(tag(field, "h")).isEqualTo("From:Subject:TLS-Required:From:Subject:TLS-Required");
        assertThat(field).doesNotContain("l=");
        assertThat(field.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void anEmptyBodyStaysEmpty() { // RFC 6376 §3.4.4
        assertThat(DkimSigner.relaxedBody("\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .isEmpty();
        assertThat(DkimSigner.relaxedBody("x".getBytes(StandardCharsets.US_ASCII)))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("x\r\n");
    }

    @Test
    void theRecordNamesTheServiceOfReports() throws Exception { // RFC 8460 §3
        DkimKey key = TestKeys.rsa(folder);
        assertThat(key.recordName()).isEqualTo("r1._domainkey.sender.example");
        assertThat(key.recordText()).startsWith("v=DKIM1; k=rsa; s=tlsrpt; p=M");
        assertThat(key.zoneLine()).startsWith("r1._domainkey.sender.example. IN TXT ( \"v=DKIM1;");
        assertThat(key.zoneLine().split("\"", -1))
                .allSatisfy(text -> assertThat(text).hasSizeLessThanOrEqualTo(255));
        assertThat(key.zoneLine().replaceAll("^[^\"]*\"|\" \"|\" \\)$", "")).isEqualTo(key.recordText());
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 1536})
    void anRsaKeyThatIsTooShortIsRefused(int bits) throws Exception { // RFC 8301 §3.2
        Path file = TestKeys.pem(folder, "short.pem", TestKeys.generate("RSA", bits));
        assertThatThrownBy(() -> DkimKey.read(DomainName.parse("sender.example"), "s", file))
                .isInstanceOf(PemFileException.class)
                .hasMessageContaining("the RSA key has " + bits + " bits");
    }

    @Test
    void keysOfOtherKindsAreRefused() throws Exception {
        for (String kind : List.of("EC", "Ed448")) {
            Path file = TestKeys.pem(folder, "other.pem", TestKeys.generate(kind, kind.equals("EC") ? 256 : 448));
            assertThatThrownBy(() -> DkimKey.read(DomainName.parse("sender.example"), "s", file))
                    .isInstanceOf(PemFileException.class)
                    .hasMessageContaining("DKIM takes RSA and Ed25519 keys");
        }
    }
}
