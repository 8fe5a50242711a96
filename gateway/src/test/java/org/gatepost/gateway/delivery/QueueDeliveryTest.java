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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of queued recipients, over a real store. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QueueDeliveryTest {
    private static final Mailbox SENDER = Mailbox.parse("sender@sender.test");
    private static final RecipientResult TAKEN = new Delivered("mx", Protection.NONE, "250 OK", true, List.of());
    private static final RecipientResult REFUSED = failed(new PeerRejected("RCPT", 550, Optional.empty(), "no"));
    private static final RecipientResult LATER = failed(new PeerRejected("RCPT", 450, Optional.empty(), "later"));

    private final EmbeddedStore store;
    private final FaultySpool spool;
    private Instant now = DeliveryWorld.NOW;
    private RandomGenerator random = new Random(1);
    private RetrySchedules schedules =
            new RetrySchedule(List.of(Duration.ofMinutes(15)), Duration.ofHours(24), Optional.of(Duration.ofHours(4)));
    private int deliveries;
    private final List<String> steps = new ArrayList<>();
    private DeliveryEvents events = (message, recipient, result, step) -> steps.add(recipient.localPart() + " " + step);

    private static RecipientResult failed(DeliveryFailure failure) {
        return new NotDelivered(failure, List.of());
    }

    QueueDeliveryTest(@TempDir Path directory) {
        store = EmbeddedStore.open(directory);
        spool = new FaultySpool(store.spool());
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void enqueue(Optional<Mailbox> sender, Mailbox... recipients) throws IOException {
        try (Spool.Draft draft = spool.draft()) {
            draft.content().write("Subject: hello\r\n\r\nbody\r\n".getBytes(StandardCharsets.UTF_8));
            draft.commit(new Envelope(sender, List.of(recipients), false, false, "test"), now, now);
        }
    }

    private QueueDelivery queue(Function<Mailbox, RecipientResult> outcome) {
        return queue(outcome, schedules);
    }

    private QueueDelivery queue(Function<Mailbox, RecipientResult> outcome, RetrySchedules schedules) {
        InstantSource clock = () -> now;
        return new QueueDelivery(
                spool,
                order -> {
                    deliveries++;
                    Map<Mailbox, RecipientResult> results = new LinkedHashMap<>();
                    order.recipients().forEach(recipient -> results.put(recipient, outcome.apply(recipient)));
                    return Optional.of(results);
                },
                schedules,
                new QueueDelivery.Reporter(DomainName.parse("gw.test"), random, events),
                clock,
                Duration.ofMillis(1));
    }

    private void runOnce(Function<Mailbox, RecipientResult> outcome) {
        List<QueuedRecipient> due = spool.lease(now, 10);
        assertThat(due).isNotEmpty();
        queue(outcome).run(DeliveryWorld.DOMAIN, due);
    }

    private List<Spool.Entry> queued() {
        return spool.list(new MessageId(0), 100);
    }

    private Spool.Entry onlyEntry() {
        assertThat(queued()).hasSize(1);
        return queued().getFirst();
    }

    private String reportText() throws IOException {
        try (InputStream content = spool.content(onlyEntry().message().id())) {
            return new String(content.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void deliveredRecipientsLeaveTheQueueAndOthersStay() throws Exception {
        enqueue(Optional.of(SENDER), ANNA, BERT);

        runOnce(recipient -> recipient.equals(ANNA) ? TAKEN : LATER);

        assertThat(onlyEntry().recipients()).singleElement().satisfies(left -> {
            assertThat(left.mailbox()).isEqualTo(BERT);
            assertThat(left.attempts()).isEqualTo(1);
            assertThat(left.due()).isEqualTo(now.plus(Duration.ofMinutes(15)));
        });
        assertThat(steps).containsExactly("anna DELIVERED", "bert DEFERRED");
    }

    @Test
    void waitsAndLifetimeAreThoseOfTheRecipientsDomain() throws Exception { // O5
        schedules = domain -> new RetrySchedule(
                List.of(Duration.ofMinutes(domain.equals(DeliveryWorld.DOMAIN) ? 2 : 15)), Duration.ofMinutes(3));
        enqueue(Optional.of(SENDER), ANNA);

        runOnce(recipient -> LATER);
        assertThat(onlyEntry().recipients().getFirst().due()).isEqualTo(now.plus(Duration.ofMinutes(2)));

        now = now.plus(Duration.ofMinutes(3));
        runOnce(recipient -> LATER);
        assertThat(steps).containsExactly("anna DEFERRED", "anna RETURNED");
    }

    /// Pitfall 29.
    @Test
    void defectInTheDeliveryDefers() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);

        runOnce(recipient -> {
            throw new IllegalStateException("a bug");
        });

        assertThat(onlyEntry().recipients()).hasSize(1);
        assertThat(onlyEntry().recipients().getFirst().history())
                .singleElement()
                .asString()
                .contains("4.3.0");
    }

    @Test
    void recipientWithoutAResultIsDeferred() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        QueueDelivery queue = new QueueDelivery(
                spool,
                order -> Optional.of(Map.of()),
                new RetrySchedule(List.of(Duration.ofMinutes(15)), Duration.ofHours(24)),
                new QueueDelivery.Reporter(DomainName.parse("gw.test"), random, events),
                () -> now);

        queue.run(DeliveryWorld.DOMAIN, spool.lease(now, 10));

        assertThat(steps).containsExactly("anna DEFERRED");
    }

    @Test
    void refusedRecipientIsReturnedInTheSameStepAsItLeavesTheQueue() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);

        runOnce(recipient -> REFUSED);

        assertThat(onlyEntry().message().envelope().reversePath()).isEmpty();
        assertThat(onlyEntry().recipients())
                .singleElement()
                .satisfies(report -> assertThat(report.mailbox()).isEqualTo(SENDER));
        assertThat(reportText()).contains("Final-Recipient: rfc822; anna@example.test", "Subject: hello");
    }

    @Test
    void severalRefusedRecipientsShareOneReport() throws Exception {
        enqueue(Optional.of(SENDER), ANNA, BERT);

        runOnce(recipient -> REFUSED);

        assertThat(reportText()).contains("rfc822; anna@example.test", "rfc822; bert@example.test");
    }

    /// Spec O9: no report about a report.
    @Test
    void undeliverableReportIsDropped() throws Exception {
        enqueue(Optional.empty(), ANNA);

        runOnce(recipient -> REFUSED);

        assertThat(queued()).isEmpty();
    }

    /// C15.
    @Test
    void temporaryFailureAtTheEndOfTheLifetimeIsAnExpiredMessage() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        now = now.plus(Duration.ofHours(24));

        runOnce(recipient -> LATER);

        assertThat(reportText()).contains("Status: 4.4.7", "550 4.4.7 Message expired");
    }

    /// Spec Q4: however old the message is.
    @Test
    void defectIsDeferredAtTheEndOfTheLifetimeToo() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        now = now.plus(Duration.ofHours(24));

        runOnce(recipient -> {
            throw new IllegalStateException("a bug");
        });

        assertThat(steps).containsExactly("anna DEFERRED");
    }

    @Test
    void errorInADeliveryDefersIt() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);

        runOnce(recipient -> {
            throw new NoClassDefFoundError("scripted");
        });

        assertThat(steps).containsExactly("anna DEFERRED");
    }

    @Test
    void defectBeforeADeliveryDefersIt() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        RetrySchedules broken = domain -> {
            throw new IllegalStateException("a bug");
        };

        queue(recipient -> LATER, broken).run(DeliveryWorld.DOMAIN, spool.lease(now, 10));

        assertThat(deliveries).isZero();
        assertThat(onlyEntry().recipients().getFirst().attempts()).isEqualTo(1);
        assertThat(onlyEntry().recipients().getFirst().due()).isAfter(now);
    }

    @Test
    void defectAfterADeliveryLeavesDeliveredWhatWas() throws Exception {
        enqueue(Optional.of(SENDER), ANNA, BERT);
        AtomicInteger asked = new AtomicInteger();
        RetrySchedules broken = domain -> {
            if (asked.incrementAndGet() > 1) {
                throw new IllegalStateException("a bug");
            }
            return new RetrySchedule(List.of(Duration.ofMinutes(15)), Duration.ofHours(24));
        };

        queue(recipient -> recipient.equals(ANNA) ? TAKEN : LATER, broken)
                .run(DeliveryWorld.DOMAIN, spool.lease(now, 10));

        assertThat(onlyEntry().recipients())
                .singleElement()
                .satisfies(left -> assertThat(left.mailbox()).isEqualTo(BERT));
    }

    @Test
    void ourOwnBoundNeverReturnsAMessage() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        now = now.plus(Duration.ofHours(24));

        runOnce(recipient ->
                failed(new ConnectionFailed("example.test", SubReason.CONNECTION_LIMIT_REACHED, "scripted")));

        assertThat(steps).containsExactly("anna DEFERRED");
    }

    @Test
    void mailThatFindsItsHostsFullIsAsItWas() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        List<QueuedRecipient> due = spool.lease(now, 10);
        QueueDelivery queue = new QueueDelivery(
                spool,
                order -> Optional.empty(),
                schedules,
                new QueueDelivery.Reporter(DomainName.parse("gw.test"), random, events),
                () -> now);

        assertThat(queue.run(DeliveryWorld.DOMAIN, due)).isEqualTo(Feedback.HOST_FULL);

        assertThat(steps).isEmpty();
        assertThat(onlyEntry().recipients().getFirst().attempts()).isZero();
        assertThat(spool.lease(now, 10)).as("still leased").isEmpty();
        List<QueuedRecipient> again =
                spool.reread(due.stream().map(QueuedRecipient::id).toList());
        assertThat(queue(recipient -> TAKEN).run(DeliveryWorld.DOMAIN, again)).isEqualTo(Feedback.POSITIVE);
        assertThat(steps).containsExactly("anna DELIVERED");
    }

    /// A delivery that had time left has not looked for a newer policy, as RFC 8461 §5.1 wants before a return.
    @Test
    void deliveryThatOutlivesTheMessageDoesNotReturnIt() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        now = now.plus(Duration.ofHours(24)).minusSeconds(1);

        runOnce(recipient -> {
            now = now.plusSeconds(60);
            return LATER;
        });

        assertThat(steps).containsExactly("anna DEFERRED");
    }

    /// Spec Q1: a store that fails for a while makes neither a loss nor a duplicate.
    @Test
    void resultsAreStoredOnceTheStoreWorksAgainAndNothingIsDeliveredTwice() throws Exception {
        enqueue(Optional.of(SENDER), ANNA, BERT);
        spool.failingApplies.set(2);

        runOnce(recipient -> recipient.equals(ANNA) ? TAKEN : REFUSED);

        assertThat(deliveries).isEqualTo(1);
        assertThat(steps).containsExactly("anna DELIVERED", "bert RETURNED");
        assertThat(onlyEntry().message().envelope().recipients()).containsExactly(SENDER);
    }

    @Test
    void storeThatStaysOutOfOrderHoldsNoDeliveryAfterTheStop() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        spool.failingApplies.set(Integer.MAX_VALUE);
        List<QueuedRecipient> due = spool.lease(now, 10);
        QueueDelivery queue = queue(recipient -> TAKEN);
        queue.stop();

        queue.run(DeliveryWorld.DOMAIN, due);

        assertThat(steps).isEmpty();
    }

    /// The damaged content may be the very reason for the return; the delivery must not wait for it to heal.
    @Test
    void damagedMessageIsReturnedWithoutItsHeader() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        spool.failingContent = true;

        runOnce(recipient -> REFUSED);

        spool.failingContent = false;
        assertThat(reportText())
                .contains("Final-Recipient: rfc822; anna@example.test")
                .doesNotContain("Subject: hello");
    }

    @Test
    void defectInTheReportDefersTheRecipientsAndKeepsWhatWasDelivered() throws Exception {
        enqueue(Optional.of(SENDER), ANNA, BERT);
        random = () -> {
            throw new IllegalStateException("a bug");
        };

        runOnce(recipient -> recipient.equals(ANNA) ? TAKEN : REFUSED);

        assertThat(onlyEntry().recipients())
                .singleElement()
                .satisfies(left -> assertThat(left.mailbox()).isEqualTo(BERT));
        assertThat(steps).containsExactly("anna DELIVERED", "bert DEFERRED");
    }

    @Test
    void failingListenerChangesNothing() throws Exception {
        enqueue(Optional.of(SENDER), ANNA, BERT);
        events = (message, recipient, result, step) -> {
            steps.add(recipient.localPart());
            throw new IllegalStateException("a bug");
        };

        runOnce(recipient -> TAKEN);

        assertThat(steps).containsExactly("anna", "bert");
        assertThat(queued()).isEmpty();
    }

    @Test
    void unreadableMessageIsLeftForLater() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        spool.failingMessage = true;

        runOnce(recipient -> TAKEN);

        assertThat(deliveries).isZero();
        assertThat(onlyEntry().recipients().getFirst().due()).isAfter(now);
    }

    /// Given back at once, such recipients would be leased again without end.
    @Test
    void recipientsWithoutAMessageAreLeftForLater() throws Exception {
        enqueue(Optional.of(SENDER), ANNA);
        spool.forgottenMessage = true;

        runOnce(recipient -> TAKEN);

        assertThat(spool.lease(now, 10)).isEmpty();
    }
}
