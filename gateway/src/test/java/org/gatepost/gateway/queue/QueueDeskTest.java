// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.gateway.queue.QueueRequest.Act;
import org.gatepost.gateway.queue.QueueRequest.Action;
import org.gatepost.gateway.queue.QueueRequest.Manner;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueFilter;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.gatepost.spool.Spool.Update.Deferred;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueDeskTest {
    private static final Instant NOW = Instant.parse("2026-11-28T22:00:00Z");
    private static final Manner AT_ONCE = new Manner(false, true, false);

    @TempDir
    private Path directory;

    private EmbeddedStore store;
    private QueueDesk desk;
    private final List<String> events = new ArrayList<>();
    private final AtomicInteger wakes = new AtomicInteger();

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory);
        desk = new QueueDesk(
                store.spool(),
                new DropReports(DomainName.parse("gw.test"), new Random(1)),
                (message, recipient, result, step) -> events.add(recipient + " " + step),
                wakes::incrementAndGet,
                () -> NOW);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private MessageId put(String sender, String... recipients) {
        try (Spool.Draft draft = store.spool().draft()) {
            draft.content()
                    .write("Subject: hello\r\nX-Evil: \u001b[2J\r\n\r\nbody\r\n".getBytes(StandardCharsets.UTF_8));
            return draft.commit(
                    new Envelope(
                            sender.isEmpty() ? Optional.empty() : Optional.of(Mailbox.parse(sender)),
                            List.of(recipients).stream().map(Mailbox::parse).toList(),
                            false,
                            true,
                            "client.test [192.0.2.9]"),
                    NOW.minusSeconds(7200),
                    NOW.minusSeconds(7200));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<QueuedRecipient> begin() {
        return store.spool().begin(store.spool().lease(NOW, 100));
    }

    private void deferAll() {
        for (QueuedRecipient one : begin()) {
            store.spool()
                    .apply(
                            List.of(new Deferred(one, NOW.plusSeconds(600), "450 4.7.323 \u001b[31m", "4.7.323 x")),
                            List.of());
        }
    }

    private List<QueueAnswer> ask(QueueRequest request) {
        List<QueueAnswer> pieces = new ArrayList<>();
        QueueAnswer.End end = desk.answer(request, pieces::add);
        assertThat(pieces.getFirst()).isEqualTo(new QueueAnswer.Begun(NOW));
        assertThat(pieces.getLast()).isEqualTo(end);
        return pieces;
    }

    private QueueAnswer act(Action action, QueueFilter filter, Manner manner) {
        return ask(new Act(action, filter, manner)).getLast();
    }

    private static QueueAnswer done(Action action, long messages, long recipients, long busy, long unaffected) {
        return new QueueAnswer.Done(action, false, messages, recipients, busy, unaffected, 0);
    }

    private static List<String> recipients(List<QueueAnswer> pieces) {
        return pieces.stream()
                .filter(QueueAnswer.Recipient.class::isInstance)
                .map(QueueAnswer.Recipient.class::cast)
                .map(one -> one.mailbox() + " " + one.state())
                .toList();
    }

    @Test
    void whatIsFoundIsToldMessageByMessage() {
        put("anna@sender.test", "a@example.net", "b@example.org");
        deferAll();
        put("", "c@example.net");
        List<QueueAnswer> pieces = ask(new QueueRequest.Find(QueueFilter.ALL, 10));
        assertThat(recipients(pieces))
                .containsExactly("a@example.net waiting", "b@example.org waiting", "c@example.net due");
        assertThat(pieces.get(1))
                .isEqualTo(new QueueAnswer.Message(
                        "00000001", NOW.minusSeconds(7200), 38, "anna@sender.test", Optional.empty()));
        assertThat(pieces.get(2))
                .isEqualTo(new QueueAnswer.Recipient(
                        "a@example.net",
                        QueueAnswer.State.WAITING,
                        NOW.plusSeconds(600),
                        1,
                        Optional.empty(),
                        "4.7.323 x",
                        "450 4.7.323  [31m",
                        Optional.empty()));
        assertThat(pieces.getLast()).isEqualTo(new QueueAnswer.Shown(2, 3, 76, false, new QueueAnswer.Whole(2, 3, 76)));
        List<QueueAnswer> one = ask(new QueueRequest.Find(QueueFilter.ALL, 1));
        assertThat(recipients(one)).hasSize(2);
        assertThat(one.getLast()).isEqualTo(new QueueAnswer.Shown(1, 2, 38, true, new QueueAnswer.Whole(2, 3, 76)));
    }

    @Test
    void aMessageIsShownWithItsHistoryAndItsHeaderWhenAsked() {
        MessageId id = put("anna@sender.test", "a@example.net");
        deferAll();
        List<QueueAnswer> pieces = ask(new QueueRequest.Show(id, true));
        QueueAnswer.Message message = (QueueAnswer.Message) pieces.get(1);
        assertThat(message.detail())
                .contains(new QueueAnswer.Detail(
                        "client.test [192.0.2.9]",
                        1,
                        false,
                        true,
                        "usual",
                        Optional.of(List.of("Subject: hello", "X-Evil: ?[2J"))));
        assertThat(((QueueAnswer.Recipient) pieces.get(2)).history())
                .hasValueSatisfying(history -> assertThat(history).hasSize(1));
        assertThat(recipients(ask(new QueueRequest.Show(new MessageId(99), false))))
                .isEmpty();
    }

    @Test
    void aRetryMakesDueAndWakesTheScheduler() {
        put("anna@sender.test", "a@example.net");
        deferAll();
        assertThat(act(Action.RETRY, QueueFilter.ALL, AT_ONCE)).isEqualTo(done(Action.RETRY, 1, 1, 0, 0));
        assertThat(wakes).hasPositiveValue();
        assertThat(store.spool().lease(NOW, 10)).hasSize(1);
    }

    @Test
    void aHoldLastsUntilTheRelease() {
        put("anna@sender.test", "a@example.net");
        put("anna@sender.test", "b@example.net");
        assertThat(act(Action.HOLD, QueueFilter.of(new MessageId(1)), AT_ONCE))
                .isEqualTo(done(Action.HOLD, 1, 1, 0, 0));
        assertThat(recipients(ask(new QueueRequest.Find(QueueFilter.ALL, 10))))
                .containsExactly("a@example.net held", "b@example.net due");
        assertThat(act(Action.RELEASE, QueueFilter.ALL, AT_ONCE)).isEqualTo(done(Action.RELEASE, 1, 1, 0, 1));
        assertThat(store.spool().lease(NOW, 10)).hasSize(2);
    }

    @Test
    void moreThanOneMessageIsDroppedOnlyWhenThatIsConfirmed() {
        put("anna@sender.test", "a@example.net", "b@example.net");
        Manner unconfirmed = new Manner(false, false, false);
        put("anna@sender.test", "c@example.net");
        assertThat(act(Action.DROP, QueueFilter.ALL, unconfirmed)).isEqualTo(new QueueAnswer.Unconfirmed(2, 3));
        assertThat(store.spool().depth().recipients()).isEqualTo(3);
        assertThat(act(Action.DROP, QueueFilter.of(new MessageId(1)), unconfirmed))
                .isEqualTo(done(Action.DROP, 1, 2, 0, 0));
        assertThat(act(Action.DROP, QueueFilter.ALL, AT_ONCE)).isEqualTo(done(Action.DROP, 1, 1, 0, 0));
        assertThat(store.spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(events).containsExactly("a@example.net DROPPED", "b@example.net DROPPED", "c@example.net DROPPED");
    }

    /// Its delivery may end at any moment, and it would be dropped unasked.
    @Test
    void whatIsBeingDeliveredNeedsAWordToBeDroppedToo() {
        put("anna@sender.test", "a@example.net");
        put("anna@sender.test", "b@example.net");
        assertThat(store.spool().begin(store.spool().lease(NOW, 1))).hasSize(1);

        assertThat(act(Action.DROP, QueueFilter.ALL, new Manner(false, false, false)))
                .isEqualTo(new QueueAnswer.Unconfirmed(2, 2));
    }

    @Test
    void aRehearsalChangesNothing() {
        put("anna@sender.test", "a@example.net");
        put("anna@sender.test", "b@example.net");
        for (Action action : Action.values()) {
            assertThat(act(action, QueueFilter.ALL, new Manner(true, false, true)))
                    .isEqualTo(new QueueAnswer.Done(
                            action,
                            true,
                            action == Action.RELEASE ? 0 : 2,
                            action == Action.RELEASE ? 0 : 2,
                            0,
                            action == Action.RELEASE ? 2 : 0,
                            0));
        }
        assertThat(recipients(ask(new QueueRequest.Find(QueueFilter.ALL, 10))))
                .containsExactly("a@example.net due", "b@example.net due");
    }

    @Test
    void whatIsBeingDeliveredIsRefusedAndSaidSo() {
        put("anna@sender.test", "a@example.net");
        begin();
        put("anna@sender.test", "b@example.net");
        assertThat(act(Action.DROP, QueueFilter.ALL, AT_ONCE)).isEqualTo(done(Action.DROP, 1, 1, 1, 0));
        assertThat(recipients(ask(new QueueRequest.Find(QueueFilter.ALL, 10))))
                .containsExactly("a@example.net being-delivered");
    }

    /// A report that a drop makes is not dropped by it, whatever the filter says.
    @Test
    void sendersAreToldWhenTheyAreToBe() throws Exception {
        for (int i = 0; i < 60; i++) {
            put("anna@sender.test", "r" + i + "@example.net", "s" + i + "@example.net");
        }
        put("", "bounce@example.net");
        QueueAnswer.Done done = (QueueAnswer.Done) act(Action.DROP, QueueFilter.ALL, new Manner(false, true, true));
        assertThat(done.messages()).isEqualTo(61);
        List<Spool.Entry> reports = store.spool().list(new MessageId(0), 200);
        assertThat(reports).hasSize((int) done.told()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(reports)
                .allSatisfy(report ->
                        assertThat(report.message().envelope().reversePath()).isEmpty());
        String text = new String(
                store.spool().content(reports.getFirst().message().id()).readAllBytes(), StandardCharsets.UTF_8);
        assertThat(text)
                .contains("To: <anna@sender.test>", "554 5.3.0 Message removed from the queue by the operator")
                .contains("Subject: hello")
                .doesNotContain("body\r\n");
        assertThat(events).contains("r0@example.net RETURNED", "bounce@example.net DROPPED");
    }

    @Test
    void theSummaryCountsByDomain() {
        put("anna@sender.test", "a@example.net", "b@example.net", "c@example.org");
        List<QueueAnswer> pieces = ask(new QueueRequest.Summary(1));
        assertThat(pieces).hasSize(3);
        assertThat(((QueueAnswer.Domain) pieces.get(1)).domain()).isEqualTo("example.net");
        assertThat(((QueueAnswer.Shown) pieces.get(2)).more()).isTrue();
    }

    @Test
    void aStoreThatCannotWorkIsToldInOneLine() {
        store.close();
        assertThat(ask(new QueueRequest.Find(QueueFilter.ALL, 1)).getLast())
                .isInstanceOfSatisfying(
                        QueueAnswer.Failed.class,
                        failed -> assertThat(failed.reason()).contains("closed"));
    }
}
