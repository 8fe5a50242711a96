// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.QueueControl.Change;
import org.gatepost.spool.QueueControl.Changed;
import org.gatepost.spool.QueueControl.DomainDepth;
import org.gatepost.spool.QueueControl.Page;
import org.gatepost.spool.QueueControl.Position;
import org.gatepost.spool.QueueControl.Reports;
import org.gatepost.spool.QueueFilter.Sender;
import org.gatepost.spool.Spool.Update.Deferred;
import org.gatepost.spool.Spool.Update.Finished;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every store's queue must let operators see and do.
abstract class QueueControlContract {
    private static final Instant T0 = Instant.parse("2026-11-28T08:00:00Z");
    private static final Instant LATER = T0.plusSeconds(3600);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String DANE = "4.7.323 ee-key-mismatch";

    abstract Spool spool();

    abstract void reopen();

    private MessageId put(String sender, Instant arrived, String... recipients) {
        Envelope envelope = new Envelope(
                sender.isEmpty() ? Optional.empty() : Optional.of(Mailbox.parse(sender)),
                List.of(recipients).stream().map(Mailbox::parse).toList(),
                false,
                false,
                "client.example [192.0.2.1]");
        try (Spool.Draft draft = spool().draft()) {
            draft.content().write(new byte[10]);
            return draft.commit(envelope, arrived, arrived);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private MessageId put(String... recipients) {
        return put("anna@sender.example", T0, recipients);
    }

    private void fail(Instant until, String failure) {
        for (QueuedRecipient one : spool().begin(spool().lease(T0, 1000))) {
            spool().apply(List.of(new Deferred(one, until, "line of " + failure, failure)), List.of());
        }
    }

    private List<String> selected(QueueFilter filter) {
        return names(spool().control().select(filter, Position.FIRST, 100).items());
    }

    private static List<String> names(List<QueueItem> items) {
        return items.stream()
                .map(item -> item.recipient().mailbox().localPart())
                .toList();
    }

    private List<String> leased(Instant now) {
        return spool().lease(now, 100).stream()
                .map(one -> one.mailbox().localPart())
                .toList();
    }

    private Changed change(QueueFilter filter, Change change) {
        return spool().control().change(filter, change, Position.FIRST, 100);
    }

    private static QueueFilter domain(String name) {
        return new QueueFilter(
                List.of(),
                Optional.of(DomainName.parse(name)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty());
    }

    private static QueueFilter sender(Sender sender) {
        return new QueueFilter(
                List.of(),
                Optional.empty(),
                Optional.of(sender),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty());
    }

    private static QueueFilter failure(String word) {
        return new QueueFilter(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.of(word));
    }

    @Test
    void aFilterMeansThoseForWhomAllOfItHolds() {
        put("anna@sender.example", T0, "a@example.net", "b@example.org");
        put("", LATER, "\"c@x\"@EXAMPLE.net");
        put("Bob@other.example", LATER, "d@sub.example.net", "postmaster@[192.0.2.1]");
        assertThat(selected(QueueFilter.ALL)).containsExactly("a", "b", "\"c@x\"", "d", "postmaster");
        assertThat(selected(domain("example.net"))).containsExactly("a", "\"c@x\"");
        assertThat(selected(domain("xample.net"))).isEmpty();
        assertThat(selected(sender(new Sender.Nobody()))).containsExactly("\"c@x\"");
        assertThat(selected(sender(new Sender.One(Mailbox.parse("BOB@other.example")))))
                .containsExactly("d", "postmaster");
        assertThat(selected(sender(new Sender.Everybody(DomainName.parse("sender.example")))))
                .containsExactly("a", "b");
        assertThat(selected(sender(new Sender.Everybody(DomainName.parse("ender.example")))))
                .isEmpty();
        QueueFilter all = QueueFilter.ALL;
        assertThat(selected(new QueueFilter(
                        List.of(),
                        all.domain(),
                        all.sender(),
                        Optional.of(Mailbox.parse("A@example.net")),
                        all.arrivedUntil(),
                        false,
                        all.failure())))
                .containsExactly("a");
        assertThat(selected(new QueueFilter(
                        List.of(),
                        Optional.of(DomainName.parse("example.net")),
                        all.sender(),
                        all.recipient(),
                        Optional.of(T0.plusSeconds(1)),
                        false,
                        all.failure())))
                .containsExactly("a");
    }

    @Test
    void messagesAreNamedByTheirIds() {
        MessageId first = put("a@example.net");
        put("b@example.net");
        MessageId third = put("c@example.net", "d@example.net");
        QueueFilter both = new QueueFilter(
                List.of(third, new MessageId(99), new MessageId(Long.MAX_VALUE), first),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty());
        assertThat(selected(both)).containsExactly("a", "c", "d");
        Page page = spool().control().select(both, Position.FIRST, 2);
        assertThat(names(page.items())).containsExactly("a", "c");
        assertThat(names(spool().control()
                        .select(both, page.next().orElseThrow(), 2)
                        .items()))
                .containsExactly("d");
    }

    @Test
    void pagesShowEachRecipientOnce() {
        IntStream.range(0, 23).forEach(i -> put("r" + i + "@example.net", "s" + i + "@example.org"));
        List<String> seen = new ArrayList<>();
        Optional<Position> from = Optional.of(Position.FIRST);
        while (from.isPresent()) {
            Page page = spool().control().select(QueueFilter.ALL, from.get(), 7);
            seen.addAll(names(page.items()));
            from = page.next();
        }
        assertThat(seen).hasSize(46).doesNotHaveDuplicates();
        assertThatThrownBy(() -> spool().control().select(QueueFilter.ALL, Position.FIRST, 501))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theLastFailureIsKeptAndFoundByItsWords() {
        put("a@example.net");
        assertThat(selected(failure("4.7.323"))).isEmpty();
        fail(LATER, DANE);
        put("b@example.net");
        reopen();
        assertThat(selected(failure("4.7.323"))).containsExactly("a");
        assertThat(selected(failure("ee-key-mismatch"))).containsExactly("a");
        assertThat(selected(failure("key"))).isEmpty();
        assertThat(spool().control()
                        .select(QueueFilter.ALL, Position.FIRST, 1)
                        .items()
                        .getFirst()
                        .failure())
                .isEqualTo(DANE);
    }

    @Test
    void whatIsOnHoldIsNotServedUntilItsRelease() {
        MessageId held = put("a@example.net", "b@example.net");
        put("c@example.net");
        assertThat(names(change(QueueFilter.of(held), new Change.Hold(T0)).changed()))
                .containsExactly("a", "b");
        assertThat(change(QueueFilter.of(held), new Change.Hold(T0)).unaffected())
                .hasSize(2);
        reopen();
        assertThat(leased(Instant.MAX)).containsExactly("c");
        assertThat(spool().nextDue()).isEmpty();
        assertThat(names(change(QueueFilter.ALL, new Change.Retry(T0)).unaffected()))
                .contains("a", "b");
        assertThat(leased(Instant.MAX)).isEmpty();
        QueueItem item = spool().control()
                .select(QueueFilter.of(held), Position.FIRST, 1)
                .items()
                .getFirst();
        assertThat(item.held()).contains(T0);

        Changed released = change(QueueFilter.ALL, new Change.Release(LATER));
        assertThat(names(released.changed())).containsExactly("a", "b");
        assertThat(names(released.unaffected())).containsExactly("c");
        assertThat(spool().nextDue()).contains(LATER);
        assertThat(leased(LATER.minusNanos(1))).isEmpty();
        assertThat(leased(LATER)).containsExactly("a", "b");
    }

    @Test
    void aRetryMakesDueWhatWouldHaveWaited() {
        put("a@example.net");
        fail(LATER, DANE);
        assertThat(leased(T0.plus(MINUTE))).isEmpty();
        change(domain("example.net"), new Change.Retry(T0.plus(MINUTE)));
        assertThat(spool().nextDue()).contains(T0.plus(MINUTE));
        assertThat(leased(T0.plus(MINUTE))).containsExactly("a");
    }

    @Test
    void whatIsDroppedIsGoneAndTheRestOfItsMessageStays() {
        MessageId id = put("a@example.net", "b@example.org");
        change(domain("example.net"), new Change.Drop(Reports.none()));
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(1, 1, 10));
        assertThat(leased(T0)).containsExactly("b");
        reopen();
        change(QueueFilter.of(id), new Change.Drop(Reports.none()));
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(spool().message(id)).isEmpty();
        assertThat(leased(Instant.MAX)).isEmpty();
    }

    @Test
    void whatIsOnHoldMayBeDropped() {
        MessageId id = put("a@example.net");
        change(QueueFilter.ALL, new Change.Hold(T0));
        change(QueueFilter.ALL, new Change.Drop(Reports.none()));
        assertThat(spool().message(id)).isEmpty();
        assertThat(spool().depth().recipients()).isZero();
    }

    @Test
    void theReportOnADropComesWithIt() {
        put("a@example.net");
        List<QueueItem> told = new ArrayList<>();
        change(QueueFilter.ALL, new Change.Drop(dropped -> {
            told.addAll(dropped);
            Spool.Draft draft = spool().draft();
            draft.seal(SpoolContract.envelope("anna@sender.example"), T0, T0);
            return List.of(draft);
        }));
        assertThat(names(told)).containsExactly("a");
        reopen();
        assertThat(leased(T0)).containsExactly("anna");
    }

    /// Or the report on a dropped message would be dropped in turn.
    @Test
    void aWalkEndsWithWhatWasQueuedWhenItBegan() {
        put("a@example.net");
        put("b@example.net");
        QueueControl control = spool().control();
        Changed first = control.change(QueueFilter.ALL, new Change.Drop(Reports.none()), Position.FIRST, 1);
        put("late@example.net");
        Position next = first.next().orElseThrow();
        Changed second = control.change(QueueFilter.ALL, new Change.Drop(Reports.none()), next, 10);
        assertThat(names(second.changed())).containsExactly("b");
        assertThat(second.next()).isEmpty();
        assertThat(selected(QueueFilter.ALL)).containsExactly("late");
    }

    @Test
    void aReportThatCannotBeMadeStopsTheDrop() {
        put("a@example.net");
        assertThatThrownBy(() -> change(QueueFilter.ALL, new Change.Drop(dropped -> {
                    throw new SpoolException("scripted", null);
                })))
                .isInstanceOf(SpoolException.class);
        assertThat(leased(T0)).containsExactly("a");
    }

    @Test
    void whatIsBeingDeliveredIsLeftAlone() {
        put("a@example.net");
        put("b@example.net");
        List<QueuedRecipient> begun = spool().begin(spool().lease(T0, 1));
        for (Change change : List.of(
                new Change.Hold(T0), new Change.Drop(Reports.none()), new Change.Retry(T0), new Change.Release(T0))) {
            assertThat(names(change(QueueFilter.ALL, change).beingDelivered())).containsExactly("a");
        }
        assertThat(spool().depth().recipients()).isEqualTo(1); // b was held, then dropped
        assertThat(selected(QueueFilter.ALL)).containsExactly("a");
        assertThat(spool().control()
                        .select(QueueFilter.ALL, Position.FIRST, 1)
                        .items()
                        .getFirst()
                        .service())
                .isEqualTo(QueueItem.Service.BEING_DELIVERED);
        spool().apply(List.of(new Deferred(begun.getFirst(), LATER, "x", DANE)), List.of());
        assertThat(change(QueueFilter.ALL, new Change.Hold(T0)).changed()).hasSize(1);
    }

    /// Leased, but its delivery has not begun: what waits for a slow destination can be dropped and held, too.
    @Test
    void whatWaitsForItsTurnIsNotBegunAfterAHoldOrADrop() {
        put("a@example.net");
        put("b@example.net");
        put("c@example.net");
        List<QueuedRecipient> leased = spool().lease(T0, 10);
        assertThat(change(QueueFilter.of(leased.get(0).message()), new Change.Drop(Reports.none()))
                        .changed())
                .hasSize(1);
        assertThat(change(QueueFilter.of(leased.get(1).message()), new Change.Hold(T0))
                        .changed())
                .hasSize(1);
        assertThat(spool().begin(leased)).containsExactly(leased.get(2));
        assertThat(leased(Instant.MAX)).isEmpty();
        change(QueueFilter.ALL, new Change.Release(T0));
        assertThat(leased(T0)).containsExactly("b");
    }

    /// There is never a second holder of a lease, so a recipient is never served twice.
    @Test
    void aReleasedRecipientGoesToItsHolderAndToNobodyElse() {
        put("a@example.net");
        List<QueuedRecipient> leased = spool().lease(T0, 10);
        change(QueueFilter.ALL, new Change.Hold(T0));
        change(QueueFilter.ALL, new Change.Release(T0));
        assertThat(leased(Instant.MAX)).isEmpty();
        assertThat(spool().begin(leased)).hasSize(1);
        assertThat(spool().begin(leased)).isEmpty();
        spool().release(leased);
        assertThat(leased(T0)).containsExactly("a");
    }

    @Test
    void aHolderMayGiveBackWhatWasHeldMeanwhile() {
        put("a@example.net");
        List<QueuedRecipient> leased = spool().lease(T0, 10);
        change(QueueFilter.ALL, new Change.Hold(T0));
        spool().release(leased);
        assertThat(leased(Instant.MAX)).isEmpty();
        change(QueueFilter.ALL, new Change.Release(LATER));
        assertThat(leased(LATER)).containsExactly("a");
    }

    @Test
    void aHolderThatComesWhileAChangeIsUnderWayIsSentAway() {
        put("a@example.net");
        List<QueuedRecipient> leased = spool().lease(T0, 10);
        assertThatThrownBy(() -> change(QueueFilter.ALL, new Change.Drop(dropped -> {
                    assertThat(spool().begin(leased)).isEmpty();
                    assertThat(leased(Instant.MAX)).isEmpty();
                    throw new SpoolException("scripted", null);
                })))
                .isInstanceOf(SpoolException.class);
        assertThat(leased(T0)).containsExactly("a");
    }

    @Test
    void domainsAreSummedUpWithTheirMostFrequentFailure() {
        put("a@example.net", "b@example.net", "x@example.org");
        fail(LATER, DANE);
        put("c@example.net");
        fail(LATER.plus(MINUTE), "4.4.316 connection-refused");
        put("anna@sender.example", LATER, "d@example.net");
        change(QueueFilter.of(new MessageId(2)), new Change.Hold(T0));
        List<DomainDepth> depths = spool().control().domains(10);
        assertThat(depths).extracting(DomainDepth::domain).containsExactly("example.net", "example.org");
        assertThat(depths.getFirst())
                .isEqualTo(new DomainDepth("example.net", 3, 4, 1, T0, Optional.of(LATER), DANE, 2, "line of " + DANE));
        assertThat(spool().control().domains(1)).hasSize(1);
    }

    @Test
    void whoeverFailedForAReasonThatIsGoneIsServedEarlier() {
        put("a@example.net");
        put("x@example.org");
        fail(LATER, DANE);
        put("b@example.net");
        fail(LATER, "4.4.316 connection-refused");
        put("c@example.net");
        fail(LATER, DANE);
        MessageId held = put("d@example.net");
        fail(LATER, DANE);
        change(QueueFilter.of(held), new Change.Hold(T0));
        QueueControl control = spool().control();
        assertThat(control.failedDomains(DANE::equals, DomainName.ROOT, 10))
                .extracting(DomainName::ascii)
                .containsExactly("example.net", "example.org");
        assertThat(control.failedDomains(DANE::equals, DomainName.parse("example.net"), 10))
                .hasSize(1);
        assertThat(control.hasten(DomainName.parse("example.net"), DANE::equals, T0, MINUTE))
                .isEqualTo(2);
        assertThat(spool().nextDue()).contains(T0);
        assertThat(leased(T0.plus(MINUTE))).containsExactly("a", "c");
        assertThat(leased(LATER)).containsExactly("x", "b");
    }

    /// Deliveries, holds, releases, retries and drops all at once: nobody is in service twice, on hold in service, or
    /// lost.
    @Test
    @Timeout(120) // a recipient lost for good would be waited for without end
    void operatorsAndDeliveriesDoNotGetInEachOthersWay() throws Exception {
        int messages = 300;
        IntStream.range(0, messages).forEach(i -> put("r" + i + "@example.net"));
        Set<String> inService = Collections.synchronizedSet(new HashSet<>());
        Set<String> ended = Collections.synchronizedSet(new HashSet<>());
        SpoolContract.inParallel(6, thread -> {
            Random random = new Random(thread);
            while (!Thread.currentThread().isInterrupted() && spool().depth().recipients() > 0) {
                if (thread < 4) {
                    serve(random, inService, ended);
                } else {
                    operate(random, inService, ended);
                }
            }
        });
        assertThat(ended).hasSize(messages);
        assertThat(spool().nextDue()).isEmpty();
    }

    private void serve(Random random, Set<String> inService, Set<String> ended) {
        List<QueuedRecipient> leased = spool().lease(T0, 9);
        if (random.nextInt(4) == 0) {
            spool().release(leased);
            return;
        }
        for (QueuedRecipient one : spool().begin(leased)) {
            String name = one.mailbox().localPart();
            assertThat(inService.add(name)).as("in service twice: %s", name).isTrue();
            inService.remove(name);
            if (random.nextInt(8) > 0) {
                spool().apply(List.of(new Deferred(one, T0.minusSeconds(random.nextInt(99)), "x")), List.of());
            } else {
                assertThat(ended.add(name)).isTrue();
                spool().apply(List.of(new Finished(one)), List.of());
            }
        }
    }

    private void operate(Random random, Set<String> inService, Set<String> ended) {
        Position from = new Position((1L + random.nextInt(300)) << 16, Long.MAX_VALUE);
        Change change = switch (random.nextInt(5)) {
            case 0 -> new Change.Hold(T0);
            case 1 -> new Change.Retry(T0);
            case 2 -> new Change.Drop(Reports.none());
            default -> new Change.Release(T0);
        };
        boolean isDrop = change instanceof Change.Drop;
        Changed changed =
                spool().control().change(QueueFilter.ALL, change, isDrop ? from : Position.FIRST, isDrop ? 1 : 50);
        if (isDrop) {
            names(changed.changed())
                    .forEach(name -> assertThat(ended.add(name))
                            .as("dropped after its end, or in service: %s", name)
                            .isTrue());
            assertThat(Collections.disjoint(inService, names(changed.changed())))
                    .isTrue();
        }
    }
}
