// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;

/// RFC 8460 §4.4.
final class ReportWriterTest {
    private static final FailedSession SESSION = new FailedSession(
            Optional.of("192.0.2.1"),
            Optional.of("mx.example.com"),
            Optional.of("mail.example.com"),
            Optional.of("2001:db8::25"),
            Optional.of("https://sender.example/why"),
            Optional.of("EXPIRED"));

    @Test
    void fieldsAreThoseOfTheRfc() {
        var failure = new FailureDetails("certificate-expired", SESSION, 3);
        var sts = new ReportedPolicy(
                "sts", List.of("version: STSv1", "mode: testing"), "example.com", List.of("*.example.com"));
        TlsReport report = report("id-1", new PolicyResult(sts, 5, 3, List.of(failure)));

        assertThat(text(report)).isEqualTo("""
                {"organization-name":"Sender Ltd",
                "date-range":{"start-datetime":"2026-11-27T00:00:00Z","end-datetime":"2026-11-27T23:59:59Z"},
                "contact-info":"tls@sender.example",
                "report-id":"id-1",
                "policies":[{
                "policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: testing"],
                "policy-domain":"example.com","mx-host":["*.example.com"]},
                "summary":{"total-successful-session-count":5,"total-failure-session-count":3},
                "failure-details":[{
                "result-type":"certificate-expired",
                "sending-mta-ip":"192.0.2.1",
                "receiving-mx-hostname":"mx.example.com",
                "receiving-mx-helo":"mail.example.com",
                "receiving-ip":"2001:db8::25",
                "failed-session-count":3,
                "additional-information":"https://sender.example/why",
                "failure-reason-code":"EXPIRED"}]}]}
                """.replace("\n", ""));
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        var none = new ReportedPolicy("no-policy-found", List.of(), "example.com", List.of());
        var failure = new FailureDetails("starttls-not-supported", FailedSession.UNKNOWN, 1);

        assertThat(text(report("id-2", new PolicyResult(none, 0, 1, List.of(failure)))))
                .contains("\"policy\":{\"policy-type\":\"no-policy-found\",\"policy-string\":[],"
                        + "\"policy-domain\":\"example.com\"}")
                .contains("[{\"result-type\":\"starttls-not-supported\",\"failed-session-count\":1}]")
                .doesNotContain("mx-host", "null");
    }

    @Test
    void charactersThatIJsonForbidsAreReplaced() { // RFC 7493 §2.1
        assertThat(text(report("a\ud800b\uffffc\ufdd0d\udbff\udffeé\u0001")))
                .contains("\"report-id\":\"a\ufffdb\ufffdc\ufffdd\ufffdé\\u0001\"");
    }

    @Test
    void countsAreWholeNumbersThatEveryReaderTakes() { // RFC 7493 §2.2
        var none = new ReportedPolicy("no-policy-found", List.of(), "example.com", List.of());
        assertThatIllegalArgumentException().isThrownBy(() -> new PolicyResult(none, -1, 0, List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new PolicyResult(none, 0, 1L << 53, List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new FailureDetails("x", SESSION, -1));
    }

    private static TlsReport report(String id, PolicyResult... policies) {
        return new TlsReport(
                "Sender Ltd",
                Instant.parse("2026-11-27T00:00:00Z"),
                Instant.parse("2026-11-27T23:59:59Z"),
                Optional.of("tls@sender.example"),
                id,
                List.of(policies));
    }

    private static String text(TlsReport report) {
        return new String(ReportWriter.write(report), StandardCharsets.UTF_8);
    }
}
