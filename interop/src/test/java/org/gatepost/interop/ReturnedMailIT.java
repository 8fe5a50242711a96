// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What may not be delivered comes back to the sender's own mailbox with the code and the text of the
/// specification, and its body never left the gateway.
@NeedsPeers
class ReturnedMailIT {
    private static final Duration REPORT = Duration.ofSeconds(60);
    private static final String BODY_MARK = "confidential-4711";

    private static GatewayProcess gateway;

    static Stream<Arguments> returned() {
        return Stream.of(
                arguments(
                        "C1",
                        "sts-no-starttls.test",
                        "551 5.7.4 STARTTLS is required by recipient domain's MTA-STS policy"),
                // Postfix refuses what is too new without saying what it has.
                arguments(
                        "C2",
                        "sts-tls11.test",
                        "551 5.7.6 MTA-STS requires TLS 1.2 or higher. TLS Version: below TLSv1.2"),
                arguments(
                        "C3",
                        "sts-other-mx.test",
                        "551 5.4.8 MX hosts of 'sts-other-mx.test' failed MTA-STS validation."),
                arguments(
                        "C4",
                        "sts-other-name.test",
                        "551 5.7.5 Remote certificate MUST have a subject alternative name matching the hostname (MTA-STS)"),
                arguments(
                        "C5",
                        "sts-expired.test",
                        "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: expired"),
                arguments(
                        "C5",
                        "sts-expired-exim.test",
                        "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: expired"),
                arguments(
                        "C5",
                        "sts-self-signed.test",
                        "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: untrusted-issuer"),
                arguments(
                        "C6",
                        "dane-no-starttls.test",
                        "550 5.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail."),
                arguments(
                        "C6",
                        "dane-unusable-plain.test",
                        "550 5.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail."),
                arguments(
                        "C7",
                        "dane-ta-expired.test",
                        "550 5.7.322 certificate-expired: Destination mail server's certificate is expired."),
                arguments("C8", "dane-mismatch.test", "550 5.7.323 tlsa-invalid: The domain failed DANE validation."),
                arguments(
                        "C8",
                        "dane-mismatch-exim.test",
                        "550 5.7.323 tlsa-invalid: The domain failed DANE validation."),
                arguments(
                        "C8",
                        "dane-ta-self-signed.test",
                        "550 5.7.323 tlsa-invalid: The domain failed DANE validation."),
                arguments(
                        "C8", "sts-dane-mismatch.test", "550 5.7.323 tlsa-invalid: The domain failed DANE validation."),
                arguments(
                        "C9",
                        "wrong-ds.test",
                        "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records"),
                arguments(
                        "C9",
                        "expired-signatures.test",
                        "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records"),
                arguments(
                        "C9",
                        "tlsa-forged.test",
                        "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records"),
                arguments(
                        "C10",
                        "dane-ta-other-name.test",
                        "550 5.7.325 certificate-host-mismatch: Remote certificate MUST have a common name or subject"
                                + " alternative name matching the hostname (DANE)"),
                arguments("C11", "tlsa-lame.test", "550 5.4.312 DNS query failed"),
                arguments("C12", "unreachable.test", "550 5.4.316 Connection refused"),
                arguments("C13", "null-mx.test", "556 5.1.10 Recipient address has null MX"),
                arguments("C16", "nowhere.test", "550 5.4.310 DNS domain 'nowhere.test' does not exist"));
    }

    @BeforeAll
    static void sendEverything() {
        var internet = MiniInternet.shared();
        gateway = GatewayProcess.start(Scratch.create("gateway"), GatewaySettings.in(internet));
        returned().map(row -> (String) row.get()[1]).forEach(domain -> {
            var result = Swaks.send(gateway.address(), sender(domain), recipient(domain), message(domain));
            assertThat(result.accepted()).as(result.transcript()).isTrue();
        });
    }

    @AfterAll
    static void stopGateway() {
        gateway.close();
    }

    @ParameterizedTest
    @MethodSource("returned")
    void theReportSaysWhyInTheWordsOfTheSpecification(String outcome, String domain, String diagnostic) {
        var stored = report(domain);
        var report = DeliveryReport.of(stored);

        assertThat(report.recipientFields())
                .as(outcome)
                .containsEntry("final-recipient", "rfc822; " + recipient(domain))
                .containsEntry("action", "failed")
                .containsEntry("status", diagnostic.split(" ", 3)[1])
                .containsEntry("diagnostic-code", "smtp; " + diagnostic);
        assertThat(report.messageFields()).containsEntry("reporting-mta", "dns; gateway.senders.test");
        assertThat(report.text()).contains(recipient(domain)).contains(diagnostic);
        assertThat(report.returnPath()).isEqualTo("<>");
        assertThat(report.contentType()).startsWith("multipart/report;").contains("report-type=delivery-status");
        assertThat(report.parts())
                .extracting(DeliveryReport.Part::type)
                .containsExactly("text/plain", "message/delivery-status", "text/rfc822-headers");
        assertThat(report.parts().getLast().content())
                .contains("Subject: returned from " + domain)
                .doesNotContain(BODY_MARK);
        assertThat(stored.header()).contains("\nAuto-Submitted: auto-replied\n");
    }

    @ParameterizedTest
    @MethodSource("returned")
    void nothingOfTheMessageReachedAPeer(String outcome, String domain, String diagnostic) {
        report(domain);
        var internet = MiniInternet.shared();

        assertThat(internet.postfix().log()).as(outcome + diagnostic).doesNotContain("message-id=<" + id(domain) + ">");
        assertThat(Stream.of(internet.postfix().mailbox(), internet.exim().mailbox())
                        .flatMap(mailbox -> mailbox.messages().stream()))
                .noneMatch(message -> message.text().contains(BODY_MARK + domain));
    }

    @Test
    void aReportOnAnInternationalRecipientNamesItInFull() {
        var recipient = new String("b\u00fccher@dane-mismatch.test".getBytes(UTF_8), ISO_8859_1);
        var returnTo = Destinations.SENDERS.recipient("international");
        var sent = "From: <" + returnTo + ">\nTo: <" + recipient + ">\nSubject: international\n\n" + BODY_MARK + "\n";
        try (var site = PostfixSender.start(Scratch.create("site"), gateway.address())) {
            site.sendToHeaderRecipients(returnTo, Scratch.create("message").writeOctets("message", sent));

            var report = DeliveryReport.of(
                    MiniInternet.shared().mailbox(Destinations.SENDERS).awaitMessageFor(returnTo, REPORT));

            assertThat(report.recipientFields())
                    .containsEntry("final-recipient", "utf-8; " + recipient)
                    .containsEntry("status", "5.7.323");
            assertThat(report.parts())
                    .extracting(DeliveryReport.Part::type)
                    .containsExactly("text/plain", "message/global-delivery-status", "message/global-headers");
        }
    }

    private static StoredMessage report(String domain) {
        try {
            return MiniInternet.shared().mailbox(Destinations.SENDERS).awaitMessageFor(sender(domain), REPORT);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + gateway.logTail(), e);
        }
    }

    /// A sender for each domain tells the reports apart.
    private static String sender(String domain) {
        return Destinations.SENDERS.recipient("returned-" + domain);
    }

    private static String recipient(String domain) {
        return "user@" + domain;
    }

    private static String id(String domain) {
        return domain + "@returned.example";
    }

    private static String message(String domain) {
        return String.join(
                "\r\n",
                "Date: Mon, 23 Nov 2026 12:00:00 +0000",
                "From: <" + sender(domain) + ">",
                "To: <" + recipient(domain) + ">",
                "Subject: returned from " + domain,
                "Message-ID: <" + id(domain) + ">",
                "",
                BODY_MARK + domain,
                "");
    }
}
