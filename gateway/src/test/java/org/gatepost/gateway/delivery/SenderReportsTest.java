// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.gateway.delivery.DeliveryWorld.ANNA;
import static org.gatepost.gateway.delivery.DeliveryWorld.BERT;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.Envelope.Handling;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What senders are told, by what they asked for (RFC 3461). The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SenderReportsTest {
    private static final Mailbox SENDER = Mailbox.parse("sender@sender.test");
    private static final RecipientResult REFUSED = failed(550, "5.1.1");
    private static final RecipientResult LATER = failed(450, "4.2.0");
    private static final RecipientResult TAKEN = delivered(true);
    private static final RecipientResult TAKEN_BY_AN_OLD_HOST = delivered(false);
    private static final String CONTENT = "Subject: hello\r\n\r\nthe body\r\n";

    private final EmbeddedStore store;
    private final FaultySpool spool;
    private final List<String> steps = new ArrayList<>();
    private RandomGenerator random = new Random(1);
    private Instant now = DeliveryWorld.NOW;
    private Optional<Mailbox> sender = Optional.of(SENDER);
    private Handling handling = Handling.USUAL;
    private MessageDsn message = MessageDsn.NONE;
    private boolean smtpUtf8;
    private String content = CONTENT;
    private MessageId last = new MessageId(0);

    SenderReportsTest(@TempDir Path directory) {
        store = EmbeddedStore.open(directory);
        spool = new FaultySpool(store.spool());
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private static RecipientResult failed(int code, String enhanced) {
        return new NotDelivered(new PeerRejected("RCPT", code, Optional.of(enhanced), "no"), List.of());
    }

    private static RecipientResult delivered(boolean dsnPassedOn) {
        return new Delivered("mx.example.test[192.0.2.1]", Protection.NONE, "250 OK", dsnPassedOn, List.of());
    }

    private static RecipientDsn asked(String notify) {
        return RecipientDsn.NONE.with("NOTIFY", notify);
    }

    private void enqueue(RecipientDsn... recipients) {
        List<Mailbox> mailboxes = List.of(ANNA, BERT).subList(0, recipients.length);
        var envelope = new Envelope(
                sender, mailboxes, smtpUtf8, false, handling, new DsnRequest(message, List.of(recipients)), "test");
        try (Spool.Draft draft = spool.draft()) {
            draft.content().write(content.getBytes(StandardCharsets.UTF_8));
            last = draft.commit(envelope, now, now);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void run(RecipientResult anna, RecipientResult bert) {
        List<QueuedRecipient> due = new ArrayList<>(spool.lease(now, 10));
        List<QueuedRecipient> others =
                due.stream().filter(one -> !one.message().equals(last)).toList();
        due.removeAll(others);
        spool.release(others);
        new QueueDelivery(
                        spool,
                        order -> {
                            Map<Mailbox, RecipientResult> results = new LinkedHashMap<>();
                            order.recipients()
                                    .forEach(mailbox -> results.put(mailbox, mailbox.equals(ANNA) ? anna : bert));
                            return Optional.of(results);
                        },
                        new RetrySchedule(
                                List.of(Duration.ofHours(1)), Duration.ofHours(24), Optional.of(Duration.ofHours(4))),
                        new QueueDelivery.Reporter(
                                DomainName.parse("gw.test"),
                                random,
                                (id, mailbox, result, step) -> steps.add(mailbox.localPart() + " " + step)),
                        () -> now,
                        Duration.ofMillis(1))
                .run(DeliveryWorld.DOMAIN, due);
    }

    /// The reports in the queue, which are those mails without a reverse-path.
    private List<String> reports() {
        return spool.list(new MessageId(0), 100).stream()
                .filter(entry -> entry.message().envelope().reversePath().isEmpty())
                .map(entry -> text(entry.message().id()))
                .toList();
    }

    private String text(MessageId id) {
        try (InputStream content = spool.content(id)) {
            return new String(content.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void failureIsToldUnlessTheSenderAskedOtherwise() {
        for (String notify : List.of("FAILURE", "FAILURE,SUCCESS")) {
            enqueue(asked(notify));
            run(REFUSED, REFUSED);
        }
        enqueue(RecipientDsn.NONE);
        run(REFUSED, REFUSED);
        assertThat(reports()).hasSize(3).allSatisfy(report -> assertThat(report).contains("\r\nAction: failed\r\n"));
        assertThat(steps).containsOnly("anna RETURNED");
    }

    @Test
    void failureIsNotToldToWhoAskedNotToBe() {
        for (String notify : List.of("NEVER", "SUCCESS", "DELAY", "SUCCESS,DELAY")) {
            enqueue(asked(notify));
            run(REFUSED, REFUSED);
        }
        assertThat(spool.list(new MessageId(0), 10)).isEmpty();
        assertThat(steps).containsOnly("anna DROPPED");
    }

    @Test
    void successIsToldWhereTheNextHostTellsNothing() { // RFC 3461 §5.2.2
        message = MessageDsn.NONE.with("RET", "FULL").with("ENVID", "my+20id");
        enqueue(asked("SUCCESS").with("ORCPT", "rfc822;anna+2Bx@old.test"), asked("FAILURE"));
        run(TAKEN_BY_AN_OLD_HOST, TAKEN_BY_AN_OLD_HOST);
        assertThat(reports())
                .singleElement()
                .satisfies(report -> assertThat(report)
                        .contains(
                                "\r\nSubject: Handed on: your message to anna@example.test\r\n",
                                "\r\nOriginal-Envelope-Id: my id\r\n",
                                "\r\nOriginal-Recipient: rfc822; anna+x@old.test\r\nFinal-Recipient: rfc822; anna@example.test\r\n",
                                "\r\nAction: relayed\r\nStatus: 2.1.9\r\n")
                        .doesNotContain("bert", "the body"));
    }

    @Test
    void successIsLeftToTheNextHostThatReports() {
        enqueue(asked("SUCCESS"));
        run(TAKEN, TAKEN);
        assertThat(spool.list(new MessageId(0), 10)).isEmpty();
    }

    @Test
    void delayIsToldOnceAndThatItWasSurvivesTheNextStart() {
        enqueue(RecipientDsn.NONE, asked("FAILURE"));
        Instant arrived = now;
        for (int hour = 0; hour < 8; hour++) {
            run(LATER, LATER);
            now = now.plus(Duration.ofHours(1));
            int expected = hour < 4 ? 0 : 1;
            assertThat(reports()).hasSize(expected);
        }
        assertThat(reports().getFirst())
                .contains(
                        "\r\nSubject: Delayed: your message to anna@example.test\r\n",
                        "\r\nAction: delayed\r\nStatus: 4.2.0\r\n",
                        "\r\nWill-Retry-Until: Tue, 24 Nov 2026 22:00:00 +0000\r\n")
                .doesNotContain("bert");
        assertThat(arrived.plus(Duration.ofHours(24))).isEqualTo(Instant.parse("2026-11-24T22:00:00Z"));
    }

    @Test
    void delayOfAReportIsToldToNobody() {
        sender = Optional.empty();
        enqueue(RecipientDsn.NONE);
        now = now.plus(Duration.ofHours(5));
        run(LATER, LATER);
        assertThat(reports()).hasSize(1); // the message itself
    }

    /// RFC 5321 §4.5.5, spec O9: the report has the null reverse-path, so that none is made of it.
    @Test
    void aReportThatFailsIsDroppedAndTold() {
        enqueue(RecipientDsn.NONE);
        run(REFUSED, REFUSED);
        Envelope report = spool.list(new MessageId(0), 10).getFirst().message().envelope();
        assertThat(report.reversePath()).isEmpty();
        assertThat(report.recipients()).containsExactly(SENDER);

        last = spool.list(new MessageId(0), 10).getFirst().message().id();
        steps.clear();
        run(REFUSED, REFUSED);
        assertThat(steps).containsExactly("sender DROPPED");
        assertThat(spool.depth().messages()).isZero();
    }

    @Test
    void aReportThatIsLateIsKeptAndIsNoneOfItsOwn() {
        enqueue(RecipientDsn.NONE);
        run(REFUSED, REFUSED);
        last = spool.list(new MessageId(0), 10).getFirst().message().id();
        now = now.plus(Duration.ofHours(23));
        run(LATER, LATER);
        assertThat(spool.depth().messages()).isEqualTo(1);
        now = now.plus(Duration.ofHours(2));
        run(LATER, LATER);
        assertThat(spool.depth().messages()).isZero();
    }

    @Test
    void theWholeMessageComesBackOnRequest() {
        message = MessageDsn.NONE.with("RET", "FULL");
        enqueue(RecipientDsn.NONE);
        run(REFUSED, REFUSED);
        assertThat(reports())
                .singleElement()
                .satisfies(report -> assertThat(report)
                        .contains("\r\nContent-Type: message/rfc822\r\n", "\r\n\r\n" + CONTENT + "\r\n--=_gatepost_")
                        .endsWith("--\r\n"));
    }

    @Test
    void theHeaderAloneComesBackOtherwiseAndWhereTheMessageIsDamaged() {
        message = MessageDsn.NONE.with("RET", "HDRS");
        enqueue(RecipientDsn.NONE);
        run(REFUSED, REFUSED);
        message = MessageDsn.NONE.with("RET", "FULL");
        enqueue(RecipientDsn.NONE);
        spool.failingContent = true;
        run(REFUSED, REFUSED);
        spool.failingContent = false;
        assertThat(reports())
                .hasSize(2)
                .allSatisfy(report -> assertThat(report)
                        .contains("\r\nContent-Type: text/rfc822-headers\r\n")
                        .doesNotContain("the body"));
    }

    @Test
    void aReportOnProtectedMailIsProtectedAndShowsTheHeaderOnly() { // RFC 8689 §5
        handling = Handling.TLS_REQUIRED;
        message = MessageDsn.NONE.with("RET", "FULL");
        enqueue(RecipientDsn.NONE);
        run(REFUSED, REFUSED);
        assertThat(reports()).singleElement().asString().doesNotContain("the body");
        Envelope report = spool.list(new MessageId(0), 1).getFirst().message().envelope();
        assertThat(report.handling()).isEqualTo(Handling.TLS_REQUIRED);
        assertThat(report.dsn().recipient(0)).isEqualTo(RecipientDsn.NEVER);
    }

    @Test
    void anOriginalRecipientInOtherLettersLeavesTheReportDeliverable() {
        for (String original : List.of("utf-8;m\\x{FC}ller@x.example", "rfc822;m+FCller@x.example")) {
            enqueue(RecipientDsn.NONE.with("ORCPT", original));
            run(REFUSED, REFUSED);
            assertThat(reports().getLast()).contains("\r\nOriginal-Recipient: " + original.replace(";", "; ") + "\r\n");
        }
        assertThat(spool.list(new MessageId(0), 10))
                .hasSize(2)
                .noneMatch(entry -> entry.message().envelope().smtpUtf8());
    }

    @Test
    void aHeaderInUtf8GoesBackAsItCame() { // RFC 6533 §4
        content = "Subject: h\u00e4llo\r\n\r\n";
        for (boolean international : List.of(true, false)) {
            smtpUtf8 = international;
            enqueue(RecipientDsn.NONE);
            run(REFUSED, REFUSED);
            assertThat(reports().getLast())
                    .contains("Content-Type: " + (international ? "message/global-headers" : "text/rfc822-headers"));
            assertThat(spool.list(new MessageId(0), 10)
                            .getLast()
                            .message()
                            .envelope()
                            .smtpUtf8())
                    .isEqualTo(international);
        }
    }

    @Test
    void whatIsAskedCannotForgeFields() {
        message = MessageDsn.NONE.with("ENVID", "x+0D+0AAction:+20delivered");
        enqueue(RecipientDsn.NONE.with("ORCPT", "rfc822;x+0D+0AStatus:+202.0.0"));
        run(REFUSED, REFUSED);
        assertThat(reports().getFirst()).doesNotContain("\nAction: delivered", "\nStatus: 2.0.0");
    }

    @Test
    void aDefectInAReportLosesNothing() {
        enqueue(asked("SUCCESS"), RecipientDsn.NONE);
        random = () -> {
            throw new IllegalStateException("a bug");
        };
        run(TAKEN_BY_AN_OLD_HOST, REFUSED);
        assertThat(steps).containsExactly("anna DELIVERED", "bert DEFERRED");
        assertThat(spool.list(new MessageId(0), 10))
                .singleElement()
                .satisfies(entry -> assertThat(entry.recipients())
                        .extracting(QueuedRecipient::mailbox)
                        .containsExactly(BERT));
    }
}
