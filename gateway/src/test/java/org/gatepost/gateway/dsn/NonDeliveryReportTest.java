// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.dsn.ReportedRecipient.Failed;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.SubReason;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedMessage;
import org.junit.jupiter.api.Test;

/// The structure of reports: RFC 6522, RFC 3464, RFC 6533. Their wording is tested where it is made.
class NonDeliveryReportTest {
    private static final Mailbox SENDER = Mailbox.parse("anna@client.test");
    private static final Instant NOW = Instant.parse("2026-11-23T22:00:00Z");
    private static final DeliveryFailure REFUSED =
            new PeerRejected("RCPT", 550, Optional.of("5.1.1"), "no such mailbox");

    private static String render(DeliveryFailure failure, String... mailboxes) {
        return renderWith(failure, "Subject: hello\r\n", mailboxes);
    }

    private static String renderWith(DeliveryFailure failure, String header, String... mailboxes) {
        List<Failed> failed = Arrays.stream(mailboxes)
                .map(mailbox -> new Failed(Mailbox.parse(mailbox), failure, List.of(), List.of()))
                .toList();
        var message = new QueuedMessage(
                new MessageId(7),
                new Envelope(
                        Optional.of(SENDER),
                        failed.stream().map(Failed::mailbox).toList(),
                        true,
                        true,
                        "test"),
                NOW,
                10);
        byte[] report = new NonDeliveryReport(DomainName.parse("gw.test"), message, failed)
                .render(SENDER, header, NOW, "0123456789abcdef");
        return new String(report, StandardCharsets.UTF_8);
    }

    private static String header(String report) {
        return report.substring(0, report.indexOf("\r\n\r\n") + 2);
    }

    private static List<String> parts(String report) {
        String[] parts = report.split("(?m)^--=_gatepost_0123456789abcdef(--)?\r\n", -1);
        return Arrays.asList(parts).subList(1, parts.length - 1);
    }

    /// The fields of the part that machines read, one group for the message and one for each recipient.
    private static List<String> groups(String report) {
        String part = parts(report).get(1);
        String body = part.substring(part.indexOf("\r\n\r\n") + 4);
        return Arrays.stream(body.split("\r\n\r\n", -1))
                .map(String::strip)
                .filter(group -> !group.isEmpty())
                .toList();
    }

    @Test
    void reportHasTheThreePartsOfRfc6522() {
        String report = render(REFUSED, "bert@example.test");

        assertThat(header(report)).contains("multipart/report", "report-type=delivery-status");
        assertThat(parts(report))
                .extracting(part -> part.lines().findFirst().orElse(""))
                .containsExactly(
                        "Content-Type: text/plain; charset=utf-8",
                        "Content-Type: message/delivery-status",
                        "Content-Type: text/rfc822-headers");
        assertThat(report).endsWith("--=_gatepost_0123456789abcdef--\r\n");
    }

    @Test
    void reportTellsThatItIsNoAnswerToAnswer() { // RFC 3834 §5
        assertThat(header(render(REFUSED, "bert@example.test"))).contains("\r\nAuto-Submitted: auto-replied\r\n");
    }

    @Test
    void everyRecipientHasAGroupOfItsOwn() { // RFC 3464 §2.1
        List<String> groups = groups(render(REFUSED, "bert@example.test", "carl@example.test"));

        assertThat(groups).hasSize(3);
        assertThat(groups.getFirst()).contains("Reporting-MTA: dns; gw.test");
        assertThat(groups.get(1))
                .contains("Final-Recipient: rfc822; bert@example.test", "Action: failed", "Status: 5.1.1");
        assertThat(groups.get(2)).contains("Final-Recipient: rfc822; carl@example.test");
    }

    @Test
    void internationalRecipientMakesTheReportInternational() { // RFC 6533 §3
        String report = render(REFUSED, "b\u00e9rt@example.test");

        assertThat(parts(report).get(1)).startsWith("Content-Type: message/global-delivery-status");
        assertThat(parts(report).get(2)).startsWith("Content-Type: message/global-headers");
        assertThat(groups(report).get(1)).contains("Final-Recipient: utf-8; b\u00e9rt@example.test");
    }

    @Test
    void wordsOfAPeerAddNoLine() {
        var hostile = new PeerRejected(
                "RCPT",
                550,
                Optional.of("5.1.1"),
                "no\r\nBcc: victim@example.test\r\n\r\n--=_gatepost_0123456789abcdef\r\n");

        String report = render(hostile, "bert@example.test");

        assertThat(report.lines()).noneMatch(line -> line.startsWith("Bcc:"));
        assertThat(parts(report)).hasSize(3);
    }

    @Test
    void evidenceAddsNoLine() {
        var hostile = new DeliveryFailure.ConnectionFailed(
                "mx.example.test", SubReason.CONNECTION_CLOSED, "a\r\nAction: delivered\n\u0000b");

        assertThat(render(hostile, "bert@example.test").lines())
                .noneMatch(line -> line.startsWith("Action: delivered"));
    }

    @Test
    void quotedLocalPartAddsNoField() {
        String report = render(REFUSED, "\"x> Bcc: <victim\"@example.test");

        assertThat(header(report).lines()).noneMatch(line -> line.startsWith("Bcc:"));
    }

    @Test
    void noLineIsLongerThanMailAllows() { // RFC 5322 §2.1.1
        var talkative = new DeliveryFailure.ConnectionFailed(
                "mx.example.test", SubReason.CONNECTION_CLOSED, "x".repeat(50_000));

        assertThat(render(talkative, "bert@example.test").lines())
                .allMatch(line -> line.getBytes(StandardCharsets.UTF_8).length <= 998);
    }

    @Test
    void reportWithoutTheOriginalHeaderIsWellFormed() {
        assertThat(parts(renderWith(REFUSED, "", "bert@example.test"))).hasSize(3);
    }

    @Test
    void eightBitPartMakesTheWholeReportEightBit() { // RFC 2045 §6.4
        assertThat(header(render(REFUSED, "bert@example.test"))).contains("Content-Transfer-Encoding: 7bit\r\n");
        assertThat(header(renderWith(REFUSED, "Subject: Grüße\r\n", "bert@example.test")))
                .contains("Content-Transfer-Encoding: 8bit\r\n");
    }

    @Test
    void statusPartIsAsciiWhateverThePeerSaid() { // RFC 3464 §2.1
        var foreign = new PeerRejected("RCPT", 550, Optional.of("5.1.1"), "неизвестный получатель");

        assertThat(parts(render(foreign, "bert@example.test")).get(1))
                .matches("\\p{ASCII}*")
                .contains("Diagnostic-Code: smtp; 550 5.1.1 ?");
    }

    @Test
    void lineIsCutByOctetsAndNeverWithinACharacter() { // RFC 5322 §2.1.1
        var failure = new DeliveryFailure.DaneMismatch(
                DomainName.parse("mx.test"), SubReason.EE_KEY_MISMATCH, "x" + "\ud83d\ude00".repeat(500));

        String report = render(failure, "bert@example.test");

        assertThat(report.lines().mapToInt(line -> line.getBytes(StandardCharsets.UTF_8).length))
                .allMatch(length -> length <= 998);
        assertThat(report).contains("\ud83d\ude00...").doesNotContain("?...");
    }
}
