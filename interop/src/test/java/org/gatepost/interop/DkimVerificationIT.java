// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.dkim.DkimVerifier;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReceivedReport.Signature;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Signatures that dkimpy makes verify, in every canonical form; changed messages do not.
@NeedsPeers
class DkimVerificationIT {
    private static final Scratch SCRATCH = Scratch.create("dkim");

    @ParameterizedTest
    @CsvSource({"simple, simple", "simple, relaxed", "relaxed, simple", "relaxed, relaxed"})
    void aSignatureOfDkimpyVerifies(String header, String body) {
        var key = SCRATCH.path(header + "-" + body + ".pem");
        Command.of(SCRATCH, "openssl genrsa -traditional -out")
                .and(key.toString(), "2048")
                .mustSucceed();
        var published = Command.of(SCRATCH, "openssl rsa -pubout -outform PEM -in")
                .and(key.toString())
                .mustSucceed()
                .replaceAll("-----[A-Z ]+-----|writing RSA key|\\s", "");
        var file = SCRATCH.writeOctets("message", ReportMessages.mail("dkim", "example.com"));

        var signed = Command.of(SCRATCH, "dkimsign --hcanon " + header + " --bcanon " + body)
                .and("s1", "sender.example", key.toString())
                .run(file)
                .output()
                .replace("\r\n", "\n")
                .replace("\n", "\r\n");

        var verifier = new DkimVerifier(answering("v=DKIM1; s=tlsrpt; p=" + published), Instant::now);
        var result = verifier.verify(octets(signed));
        assertThat(result.result()).as(result + "\n" + signed).isEqualTo(Signature.Result.PASS);
        assertThat(result.voucher()).contains(DomainName.parse("sender.example"));
        assertThat(verifier.verify(octets(signed.replace("A report", "No report")))
                        .result())
                .isEqualTo(Signature.Result.FAIL);
        assertThat(verifier.verify(octets(signed.replace("TLS reports <", "Others <")))
                        .result())
                .isEqualTo(Signature.Result.FAIL);
    }

    private static byte[] octets(String message) {
        return message.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// A resolver that has one TXT record for every name.
    private static Resolver answering(String text) {
        return (Resolver) Proxy.newProxyInstance(
                Resolver.class.getClassLoader(),
                new Class<?>[] {Resolver.class},
                (proxy, method, arguments) -> new Answer.Found<>(
                        new Question((DomainName) arguments[0], RecordType.TXT),
                        DnssecStatus.INSECURE,
                        List.of(new RecordData.Txt(text)),
                        List.of(),
                        Instant.MAX));
    }
}
