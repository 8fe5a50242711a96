// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Optional;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.resolution.ScriptedResolver;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReport.Signature.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 6376 §6.1, as RFC 8460 §3 needs it.
class DkimVerifierTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final DomainName SIGNER = DomainName.parse("sender.example");
    private static final String FROM = "From: Reports <tls@sender.example>\r\n";

    private final ScriptedResolver resolver = new ScriptedResolver();
    private final DkimVerifier verifier = new DkimVerifier(resolver, () -> NOW);
    private final KeyPair keys;

    DkimVerifierTest() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
        publish("");
    }

    private void publish(String tags) {
        resolver.found(
                "s1._domainkey.sender.example",
                RecordType.TXT,
                DnssecStatus.SECURE,
                new RecordData.Txt("v=DKIM1; " + tags + "p=" + TestSignature.published(keys)));
    }

    private Signature verify(String message) {
        return verifier.verify(message.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String signed(String tags, String header) {
        return new TestSignature(keys, SIGNER, "s1").sign(tags, header, "the body\r\n");
    }

    private static void assertFails(Signature signature, String says) {
        assertThat(signature.result()).isEqualTo(Result.FAIL);
        assertThat(signature.detail()).contains(says);
    }

    /// RFC 8463 §A.3: one message, signed by both algorithms.
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true"})
    void theExampleOfTheStandardVerifies(boolean ed25519, boolean rsa) {
        String signatures = "";
        if (ed25519) {
            signatures += StandardExample.ED25519_SIGNATURE;
            resolver.found(
                    "brisbane._domainkey.football.example.com",
                    RecordType.TXT,
                    DnssecStatus.INSECURE,
                    new RecordData.Txt(StandardExample.ED25519_KEY));
        }
        if (rsa) {
            signatures += StandardExample.RSA_SIGNATURE;
            resolver.found(
                    "test._domainkey.football.example.com",
                    RecordType.TXT,
                    DnssecStatus.INSECURE,
                    new RecordData.Txt(StandardExample.RSA_KEY));
        }
        Signature result = verify(signatures + StandardExample.MESSAGE);
        assertThat(result.result()).isEqualTo(Result.PASS);
        assertThat(result.domain()).contains(DomainName.parse("football.example.com"));
        assertThat(result.aligned()).isTrue();
        assertThat(result.detail()).contains("insecure");
        assertFails(verify(signatures + StandardExample.MESSAGE.replace("lost", "won")), "the body was changed");
        assertFails(verify(signatures + StandardExample.MESSAGE.replace("dinner", "lunch")), "the header was changed");
        assertFails(verify(signatures + "Subject: more\r\n" + StandardExample.MESSAGE), "the header was changed");
    }

    @Test
    void aSignatureOfTheAuthorsDomainPasses() {
        Signature result = verify(signed("", FROM));
        assertThat(result.result()).isEqualTo(Result.PASS);
        assertThat(result.voucher()).contains(SIGNER);
        assertThat(result.detail()).contains("s1._domainkey.sender.example").contains("secure");
    }

    @Test
    void mailWithoutASignatureHasNone() {
        assertThat(verify(FROM + "\r\nbody\r\n").result()).isEqualTo(Result.NONE);
    }

    /// RFC 8460 §3: the reporting domain's signature is wanted, not just anybody's.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            From: tls@sender.example                                    | true
            From: "a <b@other.example>" <tls@SENDER.example>            | true
            From: tls@mail.sender.example                               | true
            From: tls@other.example                                     | false
            From: tls@notsender.example                                 | false
            From: "tls@sender.example" <x@other.example>                | false
            From: tls@sender.example, x@other.example                   | false
            From: <x@other.example> <tls@sender.example>                | false
            From: no address                                            | false
            """)
    void onlyTheDomainThatTheReportComesFromVouches(String from, boolean aligned) {
        Signature result = verify(signed("", from + "\r\n"));
        assertThat(result.aligned()).isEqualTo(aligned);
        assertThat(result.voucher())
                .isEqualTo(aligned && result.result() == Result.PASS ? Optional.of(SIGNER) : Optional.empty());
    }

    @Test
    void theSubmitterCountsWhereItIsSigned() {
        String from = "From: x@other.example\r\n";
        String submitter = "TLS-Report-Submitter: sender.example\r\n";
        assertThat(verify(signed("", from + submitter)).voucher()).contains(SIGNER);
        assertThat(verify(submitter + signed("", from)).voucher()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            l=3;                | l=
            x=1795000000;       | expired
            i=a@other.example;  | i=
            q=http;             | not to be had by DNS
            v=2;                | stands twice
            c=odd/simple;       | canonicalization
            """)
    void aSignatureThatTheStandardsForbidFails(String tags, String says) {
        assertFails(verify(signed(tags, FROM)), says);
    }

    @Test
    void algorithmsThatProveNothingFail() {
        assertFails(verify(signed("", FROM).replace("a=rsa-sha256", "a=rsa-sha1")), "rsa-sha1");
        assertFails(verify(signed("", FROM).replace("h=from", "h=subject")), "does not cover From");
        assertFails(verify(signed("", FROM).replaceFirst("bh=", "bh=!")), "base64");
        assertFails(verify(signed("", FROM).replace("d=sender.example", "d=example")), "top-level");
        assertFails(verify(signed("", FROM + FROM)), "one From");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            s=tlsrpt;        | PASS
            s=email:tlsrpt;  | PASS
            s=*;             | PASS
            s=email;         | FAIL
            h=sha1;          | FAIL
            h=sha1:sha256;   | PASS
            k=ed25519;       | FAIL
            t=y;             | FAIL
            t=s:y;           | FAIL
            v=DKIM2;         | FAIL
            """)
    void whatTheKeyRecordSaysCounts(String tags, Result result) { // RFC 6376 §3.6.1, RFC 8460 §3
        publish(tags);
        assertThat(verify(signed("", FROM)).result()).isEqualTo(result);
    }

    @Test
    void aStrictKeyIsForItsOwnDomainOnly() {
        publish("t=s; ");
        assertThat(verify(signed("i=@sender.example;", FROM)).result()).isEqualTo(Result.PASS);
        assertFails(verify(signed("i=@sub.sender.example;", FROM)), "its own domain only");
    }

    @Test
    void aShortKeyProvesNothing() throws Exception { // RFC 8301 §3.2
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(768);
        KeyPair weak = generator.generateKeyPair();
        resolver.found(
                "s1._domainkey.sender.example",
                RecordType.TXT,
                DnssecStatus.SECURE,
                new RecordData.Txt("p=" + TestSignature.published(weak)));
        assertFails(verify(new TestSignature(weak, SIGNER, "s1").sign("", FROM, "x\r\n")), "768 bits");
    }

    @Test
    void aMissingRevokedOrAmbiguousKeyFails() {
        resolver.forget("s1._domainkey.sender.example", RecordType.TXT);
        assertFails(verify(signed("", FROM)), "no key at s1._domainkey.sender.example");
        resolver.found(
                "s1._domainkey.sender.example", RecordType.TXT, DnssecStatus.SECURE, new RecordData.Txt("v=DKIM1; p="));
        assertFails(verify(signed("", FROM)), "revoked");
        resolver.found(
                "s1._domainkey.sender.example",
                RecordType.TXT,
                DnssecStatus.SECURE,
                new RecordData.Txt("p=" + TestSignature.published(keys)),
                new RecordData.Txt("p="));
        assertFails(verify(signed("", FROM)), "several records");
    }

    /// Where not all fields are looked at, nobody knows where the body begins.
    @Test
    void aMessageWithTooManyFieldsFails() {
        assertFails(verify(signed("", FROM + "X: y\r\n".repeat(2_000))), "too many header fields");
    }

    @Test
    void troubleWithDnsIsNoVerdict() {
        resolver.failed("s1._domainkey.sender.example", RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        assertThat(verify(signed("", FROM)).result()).isEqualTo(Result.TEMPERROR);
        resolver.failed("s1._domainkey.sender.example", RecordType.TXT, DnsFailure.Reason.BOGUS);
        assertThat(verify(signed("", FROM)).result()).isEqualTo(Result.TEMPERROR);
    }

    @Test
    void theBestOfSeveralSignaturesCountsAndNotTooManyAreLookedAt() {
        String other = "DKIM-Signature: v=1; a=rsa-sha256; d=list.example; s=x; h=from; bh=YQ==; b=YQ==\r\n";
        assertThat(verify(other + signed("", FROM)).voucher()).contains(SIGNER);
        assertThat(verify(other.repeat(DkimVerifier.MOST_SIGNATURES) + signed("", FROM))
                        .result())
                .isEqualTo(Result.FAIL);
        assertThat(resolver.asked()).hasSizeLessThanOrEqualTo(2 + DkimVerifier.MOST_SIGNATURES);
    }
}
