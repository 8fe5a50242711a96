// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.dsn.NonDeliveryReport.FailedRecipient;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.SubReason;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedMessage;
import org.junit.jupiter.api.Test;

class NonDeliveryReportTest {
    private static final Instant ARRIVED = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String HEADER = "Subject: lunch\r\nFrom: <a@sender.example>\r\n";

    @Test
    void aReportHasItsThreePartsInOrder() { // RFC 6522 §3
        String[] parts = report("b@example.org", "the key is another").split("--=_gatepost_unique", -1);

        assertThat(parts).hasSize(5);
        assertThat(parts[0])
                .contains("\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n")
                .contains("\tboundary=\"=_gatepost_unique\"\r\n")
                .contains("\r\nAuto-Submitted: auto-replied\r\n")
                .contains("\r\nTo: <a@sender.example>\r\n");
        assertThat(parts[1]).startsWith("\r\nContent-Type: text/plain; charset=utf-8\r\n");
        assertThat(parts[2]).startsWith("\r\nContent-Type: message/delivery-status\r\n");
        assertThat(parts[3])
                .startsWith("\r\nContent-Type: text/rfc822-headers\r\n")
                .contains(HEADER);
        assertThat(parts[4]).isEqualTo("--\r\n");
    }

    @Test
    void theStatusPartNamesRecipientActionAndStatus() { // RFC 3464 §2.2, §2.3
        assertThat(status(report("b@example.org", "the key is another")))
                .startsWith("Reporting-MTA: dns; gateway.example\r\nArrival-Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n")
                .contains("\r\n\r\nFinal-Recipient: rfc822; b@example.org\r\nAction: failed\r\nStatus: 5.7.323\r\n")
                .contains("\r\nDiagnostic-Code: smtp; 550 5.7.323 tlsa-invalid: ")
                .contains("\r\nLast-Attempt-Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n");
    }

    @Test
    void aNonAsciiRecipientMakesTheReportInternational() { // RFC 6533 §3, §4
        String report = report("ü@example.org", "the key is another");

        assertThat(report)
                .contains("Content-Type: message/global-delivery-status\r\n")
                .contains("Final-Recipient: utf-8; ü@example.org\r\n")
                .contains("Content-Type: message/global-headers\r\n");
    }

    @Test
    void whatAPeerSaidAddsNoFieldAndNoLongLine() { // RFC 5322 §2.1.1
        String report = report("b@example.org", "evil\r\nAction: delivered\r\n" + "x".repeat(5000));

        assertThat(status(report)).doesNotContain("Action: delivered");
        assertThat(report.lines().filter(line -> line.startsWith("Action: "))).containsExactly("Action: failed");
        assertThat(Arrays.stream(report.split("\r\n", -1))).allMatch(line -> line.length() <= 998);
    }

    private static String report(String recipient, String evidence) {
        Mailbox sender = Mailbox.parse("a@sender.example");
        Mailbox mailbox = Mailbox.parse(recipient);
        var envelope = new Envelope(Optional.of(sender), List.of(mailbox), false, false, "client [192.0.2.1]");
        var failure = new DeliveryFailure.DaneMismatch(
                DomainName.parse("mx.example.org"), SubReason.EE_KEY_MISMATCH, evidence);
        var report = new NonDeliveryReport(
                DomainName.parse("gateway.example"),
                new QueuedMessage(new MessageId(1), envelope, ARRIVED, 100),
                List.of(new FailedRecipient(mailbox, failure, List.of(), List.of())));
        return new String(report.render(sender, HEADER, NOW, "unique"), StandardCharsets.UTF_8);
    }

    private static String status(String report) {
        String part = report.split("--=_gatepost_unique", -1)[2];
        return part.substring(part.indexOf("\r\n\r\n") + 4);
    }
}
