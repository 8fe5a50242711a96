// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.BodyPart;
import jakarta.mail.internet.ContentType;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.gatepost.gateway.reports.sending.OutgoingReport.Subject;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.tlsrpt.ReadReport;
import org.gatepost.tlsrpt.ReportReader;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// RFC 8460 §5.1, §5.3; the mail is read by Angus Mail.
final class ReportMessageTest {
    private static final LocalDate DAY = LocalDate.parse("2026-11-22");
    private static final DomainName DOMAIN = DomainName.parse("receiver.example");
    private static final String ID = "2026-11-22.0123456789abcdef@mx.sender.example";
    private static final Mailbox TO = Mailbox.parse("tls@receiver.example");
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:00Z");

    @TempDir
    Path folder;

    private Reporter reporter;

    @BeforeEach
    void makeReporter() throws Exception {
        reporter = TestKeys.reporter(folder);
    }

    private static PolicyResult result(int details) {
        List<FailureDetails> failures = new ArrayList<>();
        for (int i = 0; i < details; i++) {
            failures.add(new FailureDetails(
                    i % 2 == 0 ? "certificate-expired" : "validation-failure",
                    new FailedSession(
                            Optional.of("192.0.2.1"),
                            Optional.of("mx" + i + ".receiver.example"),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of("number " + i * 7919),
                            Optional.empty()),
                    i + 1));
        }
        long failed = failures.stream().mapToLong(FailureDetails::sessions).sum();
        return new PolicyResult(
                new ReportedPolicy("no-policy-found", List.of(), DOMAIN.ascii(), List.of()), 12, failed, failures);
    }

    private OutgoingReport report() {
        return OutgoingReport.of(reporter, DAY, DOMAIN, ID, List.of(result(2)));
    }

    private MimeMessage read() throws Exception {
        byte[] message = new ReportMessage(reporter, report()).render(TO, NOW);
        return new MimeMessage(null, new ByteArrayInputStream(message));
    }

    @Test
    void theHeaderIsThatOfTheStandard() throws Exception {
        MimeMessage message = read();
        assertThat(message.getSubject().replaceAll("\r\n", ""))
                .isEqualTo("Report Domain: receiver.example Submitter: sender.example Report-ID: <" + ID + ">");
        assertThat(message.getHeader("TLS-Report-Domain")).containsExactly("receiver.example");
        assertThat(message.getHeader("TLS-Report-Submitter")).containsExactly("sender.example");
        assertThat(message.getHeader("TLS-Required")).containsExactly("No"); // RFC 8689 §3
        assertThat(message.getHeader("From")).containsExactly("<tls-reports@sender.example>");
        assertThat(message.getHeader("To")).containsExactly("<tls@receiver.example>");
        assertThat(message.getHeader("Auto-Submitted")).containsExactly("auto-generated");
        assertThat(message.getSentDate()).isEqualTo(java.util.Date.from(NOW));
        assertThat(message.getMessageID()).endsWith(".2026-11-22.0123456789abcdef@mx.sender.example>");
        assertThat(message.getHeader("DKIM-Signature")).hasSize(2);
        ContentType type = new ContentType(message.getContentType());
        assertThat(type.getBaseType()).isEqualTo("multipart/report");
        assertThat(type.getParameter("report-type")).isEqualTo("tlsrpt");
    }

    @Test
    void theSecondPartHoldsTheReport() throws Exception {
        MimeMultipart parts = (MimeMultipart) read().getContent();
        assertThat(parts.getCount()).isEqualTo(2);
        assertThat(parts.getBodyPart(0).isMimeType("text/plain")).isTrue();
        assertThat((String) parts.getBodyPart(0).getContent())
                .contains("receiver.example")
                .contains("12 successful, 3 failed");
        BodyPart part = parts.getBodyPart(1);
        assertThat(part.isMimeType("application/tlsrpt+gzip")).isTrue();
        assertThat(part.getFileName())
                .isEqualTo("sender.example!receiver.example!1795305600!1795391999!202611220123456789abcdef.json.gz");
        byte[] json = new GZIPInputStream(part.getInputStream()).readAllBytes();
        assertThat(json).isEqualTo(report().json());
        assertThat(ReportReader.read(json)).isEqualTo(new ReadReport.Accepted(report().report(), List.of()));
    }

    @Test
    void everyTryMakesTheSameReportAndMessageId() throws Exception {
        assertThat(report().gzip()).isEqualTo(report().gzip());
        assertThat(read().getMessageID()).isEqualTo(read().getMessageID());
    }

    @Test
    void noLineIsTooLongAndAllAreAscii() {
        byte[] message = new ReportMessage(reporter, report()).render(TO, NOW);
        assertThat(message).doesNotContain((byte) 0x80);
        String text = new String(message, StandardCharsets.ISO_8859_1);
        assertThat(text.chars().allMatch(c -> c < 0x80)).isTrue();
        assertThat(text.replace("\r\n", "")).doesNotContain("\n").doesNotContain("\r");
        assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(998));
    }

    @Test
    void failuresPointToThePageThatExplainsThem() { // RFC 8460 §4.4, additional-information
        var informed = new Reporter(
                reporter.hostname(),
                reporter.from(),
                reporter.organization(),
                reporter.contact(),
                Optional.of(URI.create("https://postmaster.sender.example/tls")),
                reporter.keys());
        assertThat(OutgoingReport.of(informed, DAY, DOMAIN, ID, List.of(result(2)))
                        .report()
                        .policies()
                        .getFirst()
                        .failures())
                .extracting(failure -> failure.session().additionalInformation().orElseThrow())
                .containsExactly(
                        "https://postmaster.sender.example/tls#certificate-expired",
                        "https://postmaster.sender.example/tls#validation-failure");
    }

    @Test
    void aReportThatIsTooLargeKeepsItsCountsAndItsFrequentFailures() {
        PolicyResult large = result(2000);
        OutgoingReport folded = OutgoingReport.of(reporter, new Subject(DAY, DOMAIN, ID), List.of(large), 4096);
        assertThat(folded.gzip().length).isLessThanOrEqualTo(4096);
        PolicyResult shown = folded.report().policies().getFirst();
        assertThat(shown.failed()).isEqualTo(large.failed());
        assertThat(shown.failures().stream().mapToLong(FailureDetails::sessions).sum())
                .isEqualTo(large.failed());
        assertThat(shown.failures().getFirst().sessions()).isEqualTo(2000);
        assertThat(shown.failures().size()).isBetween(3, 1999);
        assertThat(shown.failures())
                .filteredOn(failure -> failure.session().equals(FailedSession.UNKNOWN))
                .extracting(FailureDetails::resultType)
                .containsExactlyInAnyOrder("certificate-expired", "validation-failure");
    }
}
