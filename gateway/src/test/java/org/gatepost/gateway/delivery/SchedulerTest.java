// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.gatepost.gateway.delivery.Scheduler.Bounds;
import org.gatepost.gateway.delivery.Scheduler.QueueRunner;
import org.gatepost.names.DomainName;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Who is served when. Waiting is by latches; the time limits only turn a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SchedulerTest {
    private static final DomainName SLOW = DomainName.parse("slow.test");

    private final ListSpool spool = new ListSpool();
    private final CountDownLatch end = new CountDownLatch(1);
    private Scheduler scheduler = scheduler((domain, recipients) -> Feedback.NONE, new Bounds(1, 1));

    private Scheduler scheduler(QueueRunner runner, Bounds bounds) {
        return new Scheduler(spool, runner, bounds, DeliveryWorld.clock());
    }

    private void startShowing(QueueRunner runner, Bounds bounds) {
        scheduler = scheduler(runner, bounds);
        scheduler.start();
    }

    /// With a runner whose deliveries all go well.
    private void start(BiConsumer<DomainName, List<QueuedRecipient>> runner, Bounds bounds) {
        startShowing(
                (domain, recipients) -> {
                    runner.accept(domain, recipients);
                    return Feedback.POSITIVE;
                },
                bounds);
    }

    @AfterEach
    void stop() {
        end.countDown();
        assertThat(scheduler.stop(Duration.ofSeconds(20))).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void everythingDueIsDeliveredOnce() {
        for (int i = 0; i < 300; i++) {
            spool.add("r" + i + "@d" + i % 7 + ".test");
        }
        Set<MessageId> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger deliveries = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(300);

        start(
                (domain, recipients) -> {
                    deliveries.incrementAndGet();
                    seen.add(recipients.getFirst().message());
                    all.countDown();
                },
                new Bounds(10, 2));

        await(all);
        assertThat(seen).hasSize(300);
        assertThat(deliveries).hasValue(300);
    }

    @Test
    void noMoreRunAtOnceThanTheBoundsAllow() {
        for (int i = 0; i < 60; i++) {
            spool.add("r" + i + "@d" + i % 3 + ".test");
        }
        AtomicInteger inAll = new AtomicInteger();
        AtomicInteger mostInAll = new AtomicInteger();
        var inDomain = new ConcurrentHashMap<DomainName, AtomicInteger>();
        AtomicInteger mostInDomain = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(60);

        start(
                (domain, recipients) -> {
                    AtomicInteger own = inDomain.computeIfAbsent(domain, name -> new AtomicInteger());
                    mostInAll.accumulateAndGet(inAll.incrementAndGet(), Math::max);
                    mostInDomain.accumulateAndGet(own.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(Duration.ofMillis(5).toNanos()); // so that others may come
                    own.decrementAndGet();
                    inAll.decrementAndGet();
                    all.countDown();
                },
                new Bounds(5, 2));

        await(all);
        assertThat(mostInAll.get()).isBetween(2, 5);
        assertThat(mostInDomain.get()).isBetween(1, 2);
    }

    /// Retries that hang, each at a destination of its own, leave room for mail that was never tried.
    @Test
    void retriesTakeNoMoreThanHalfOfTheDeliveries() {
        for (int i = 0; i < 50; i++) {
            spool.addRetry("r@down" + i + ".test");
        }
        CountDownLatch hanging = new CountDownLatch(2);
        CountDownLatch quick = new CountDownLatch(1);
        AtomicInteger retrying = new AtomicInteger();
        start(
                (domain, recipients) -> {
                    if (recipients.getFirst().attempts() > 0) {
                        retrying.incrementAndGet();
                        hanging.countDown();
                        await(end);
                    } else {
                        quick.countDown();
                    }
                },
                new Bounds(4, 2));
        await(hanging);
        spool.add("anna@quick.test");
        scheduler.wake();
        await(quick);
        assertThat(retrying).hasValue(2);
    }

    /// A destination that takes its time with more mail than may be leased must not hold up all other mail.
    @Test
    void floodToOneSlowDomainDoesNotHoldUpTheOthers() {
        for (int i = 0; i < 12_000; i++) {
            spool.add("r" + i + "@slow.test");
        }
        spool.add("anna@quick.test");
        CountDownLatch quick = new CountDownLatch(1);

        start(
                (domain, recipients) -> {
                    if (domain.equals(SLOW)) {
                        await(end);
                    } else {
                        quick.countDown();
                    }
                },
                new Bounds(50, 5));

        await(quick);
    }

    /// As many as may be leased wait for them, yet not all of the room is theirs.
    @Test
    void floodToManySlowDomainsDoesNotHoldUpTheOthers() {
        for (int i = 0; i < 20_000; i++) {
            spool.add("r" + i + "@slow" + i % 30 + ".test");
        }
        spool.add("anna@quick.test");
        CountDownLatch quick = new CountDownLatch(1);

        start(
                (domain, recipients) -> {
                    if (domain.toString().startsWith("slow")) {
                        await(end);
                    } else {
                        quick.countDown();
                    }
                },
                new Bounds(500, 20));

        await(quick);
    }

    @Test
    void aDomainNothingIsKnownOfGetsTwoDeliveriesAtOnceAndMoreOnceItProvesWell() {
        for (int i = 0; i < 200; i++) {
            spool.add("r" + i + "@slow.test");
        }
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch firstTwo = new CountDownLatch(2);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch fourAtOnce = new CountDownLatch(4);
        start(
                (domain, recipients) -> {
                    if (begun.incrementAndGet() <= 2) {
                        firstTwo.countDown();
                        await(go);
                    } else {
                        fourAtOnce.countDown();
                        await(fourAtOnce);
                    }
                },
                new Bounds(50, 10));
        await(firstTwo);
        assertThat(scheduler.running()).isEqualTo(2);
        go.countDown();
        await(fourAtOnce);
    }

    @Test
    void aDomainThatAsksForLessGetsOneDeliveryAtATime() {
        for (int i = 0; i < 200; i++) {
            spool.add("r" + i + "@slow.test");
        }
        AtomicInteger running = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger mostLater = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(200);
        startShowing(
                (domain, recipients) -> {
                    int now = running.incrementAndGet();
                    if (ended.get() >= 2) {
                        mostLater.accumulateAndGet(now, Math::max);
                    }
                    running.decrementAndGet();
                    ended.incrementAndGet();
                    all.countDown();
                    return Feedback.NEGATIVE;
                },
                new Bounds(50, 10));
        await(all);
        assertThat(mostLater).hasValue(1);
    }

    /// Mail for many domains behind a host that takes one connection: none is lost, and others go past it.
    @Test
    void mailThatFindsItsHostFullWaitsForAPlace() {
        for (int i = 0; i < 300; i++) {
            spool.add("r" + i + "@shared" + i % 100 + ".test");
        }
        spool.add("anna@quick.test");
        Semaphore host = new Semaphore(1);
        AtomicInteger turnedAway = new AtomicInteger();
        CountDownLatch quick = new CountDownLatch(1);
        CountDownLatch shared = new CountDownLatch(300);
        startShowing(
                (domain, recipients) -> {
                    if (domain.toString().equals("quick.test")) {
                        quick.countDown();
                        return Feedback.POSITIVE;
                    }
                    if (!host.tryAcquire()) {
                        turnedAway.incrementAndGet();
                        return Feedback.HOST_FULL;
                    }
                    await(quick);
                    host.release();
                    shared.countDown();
                    return Feedback.POSITIVE;
                },
                new Bounds(10, 5));
        await(shared);
        assertThat(turnedAway.get()).isPositive();
    }

    @Test
    void oneDeliveryAtATimeIsOneFromTheBeginning() throws InterruptedException {
        spool.add("anna@a.test").add("bert@a.test");
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch both = new CountDownLatch(2);
        start(
                (domain, recipients) -> {
                    await(goOn);
                    both.countDown();
                },
                new Bounds(5, 1));
        while (!spool.isExhausted() || scheduler.running() < 1) {
            Thread.sleep(5);
        }
        Thread.sleep(50);
        assertThat(scheduler.running()).isEqualTo(1);
        goOn.countDown();
        await(both);
    }

    /// What is set aside is read again by the thread that also finds new mail.
    @Tag("slow")
    @Test
    void aFreePlaceBringsBackNoMoreThanThereIsRoomFor() throws InterruptedException {
        for (int i = 0; i < 20_000; i++) {
            spool.add("anna@d" + i + ".test");
        }
        Semaphore places = new Semaphore(0);
        start((domain, recipients) -> places.acquireUninterruptibly(), new Bounds(20, 5));
        while (!spool.isExhausted()) {
            Thread.sleep(10);
        }
        for (int i = 0; i < 4; i++) {
            places.release(3);
            Thread.sleep(700);
        }
        while (spool.reread() == 0) {
            Thread.sleep(10);
        }
        assertThat(spool.reread()).isLessThanOrEqualTo(1000);
        places.release(20_000);
    }

    @Test
    void whatIsSetAsideTakesNoMoreMemoryThanItMayAndTheRestIsServedLater() throws InterruptedException {
        for (int i = 0; i < 20_000; i++) {
            spool.addFrom("sender" + i + "@sender.test", "anna@d" + i + ".test");
        }
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch delivered = new CountDownLatch(20_000);
        scheduler = new Scheduler(
                spool,
                (domain, recipients) -> {
                    await(goOn);
                    delivered.countDown();
                    return Feedback.POSITIVE;
                },
                new Bounds(20, 5),
                DeliveryWorld.clock(),
                8 << 20);
        scheduler.start();
        for (int before = -1; before < spool.leased(); ) {
            before = spool.leased();
            Thread.sleep(1500); // longer than it takes to look again
        }
        assertThat(spool.leased()).isBetween(10_000, 19_999);
        goOn.countDown();
        await(delivered);
    }

    /// Domains behind a full host hold no places in memory that are kept for others.
    @Tag("slow")
    @Test
    void domainsBehindAFullHostLeaveRoomForWhatIsKnownToBeUp() throws InterruptedException {
        spool.add("first@live.test");
        CountDownLatch proven = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        startShowing(
                (domain, recipients) -> {
                    if (domain.toString().equals("live.test")) {
                        (recipients.getFirst().message().value() == 1 ? proven : second).countDown();
                        return Feedback.POSITIVE;
                    }
                    if (asked.incrementAndGet() <= 12_000) {
                        return Feedback.HOST_FULL;
                    }
                    await(goOn);
                    return Feedback.NONE;
                },
                new Bounds(20, 5));
        await(proven);
        for (int i = 0; i < 12_000; i++) {
            spool.add("anna@d" + i + ".test");
        }
        scheduler.wake();
        while (asked.get() < 12_015) {
            Thread.sleep(20);
        }
        spool.add("second@live.test");
        scheduler.wake();
        await(second);
        goOn.countDown();
    }

    @Test
    void aHostThatStaysFullIsAskedForNoMoreThanMayBegin() throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            spool.add("anna@a.test");
        }
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch often = new CountDownLatch(30);
        startShowing(
                (domain, recipients) -> {
                    if (asked.incrementAndGet() < 10) {
                        return Feedback.POSITIVE;
                    }
                    often.countDown();
                    return Feedback.HOST_FULL;
                },
                new Bounds(20, 5));
        await(often);
        assertThat(spool.reread()).isBetween(20, 2000);
    }

    /// What a full host had set aside while others took the memory comes back as soon as there is room, though
    /// another delivery to its domain takes long.
    @Test
    void whatIsAsideComesBackThoughADeliveryHangs() {
        AtomicBoolean isWarm = new AtomicBoolean();
        CountDownLatch warm = new CountDownLatch(7);
        CountDownLatch both = new CountDownLatch(2);
        CountDownLatch memoryIsTaken = new CountDownLatch(1);
        CountDownLatch full = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch again = new CountDownLatch(1);
        startShowing(
                (domain, recipients) -> {
                    if (!domain.equals(SLOW)) {
                        await(isWarm.get() ? goOn : warm);
                        return Feedback.POSITIVE;
                    }
                    switch (recipients.getFirst().mailbox().localPart()) {
                        case "up" -> warm.countDown();
                        case "down" -> {
                            warm.countDown();
                            return Feedback.NEGATIVE;
                        }
                        case "hangs" -> {
                            both.countDown();
                            pauseUntil(() -> end.getCount() == 0);
                        }
                        default -> {
                            both.countDown();
                            await(memoryIsTaken);
                            if (full.getCount() > 0) {
                                full.countDown();
                                return Feedback.HOST_FULL;
                            }
                            again.countDown();
                        }
                    }
                    return Feedback.POSITIVE;
                },
                new Bounds(4, 10));
        for (int i = 0; i < 6; i++) {
            spool.add("up@slow.test");
        }
        scheduler.wake();
        pauseUntil(() -> warm.getCount() == 1 && scheduler.running() == 0);
        spool.add("down@slow.test");
        spool.add("r@proven.test");
        scheduler.wake();
        pauseUntil(() -> warm.getCount() == 0 && scheduler.running() == 0);
        isWarm.set(true);
        spool.add("hangs@slow.test").add("turned-away@slow.test");
        scheduler.wake();
        await(both);
        for (int i = 0; i < 12_000; i++) {
            spool.add("r@other" + i % 300 + ".test");
        }
        for (int i = 0; i < 20; i++) {
            spool.add("r@proven.test"); // takes of the last quarter, too
        }
        scheduler.wake();
        pauseUntil(spool::isExhausted);
        memoryIsTaken.countDown();
        await(full);
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos()); // longer than a rest
        assertThat(again.getCount()).isEqualTo(1);
        goOn.countDown();
        await(again);
    }

    private static void pauseUntil(BooleanSupplier isSo) {
        while (!isSo.getAsBoolean()) {
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    @Test
    void aDefectWhileOneIsStartedDelaysThatOneAlone() {
        for (int i = 0; i < 200; i++) {
            spool.add("r" + i + "@a.test");
        }
        spool.add("anna@bad.test");
        CountDownLatch all = new CountDownLatch(200);
        CountDownLatch bad = new CountDownLatch(1);
        AtomicInteger failures = new AtomicInteger();
        start(
                (domain, recipients) -> (domain.equals(DomainName.parse("bad.test")) ? bad : all).countDown(),
                new Bounds(5, 2, domain -> {
                    if (domain.equals(DomainName.parse("bad.test")) && failures.incrementAndGet() < 3) {
                        throw new NoClassDefFoundError("scripted");
                    }
                    return Optional.empty();
                }));
        await(all);
        await(bad);
        assertThat(failures.get()).isGreaterThanOrEqualTo(3);
    }

    /// Deliveries that hang must not hold up the next one to their domain while there is room.
    @Test
    void aDeliveryThatHangsDoesNotHoldUpTheNextOne() {
        for (int i = 0; i < 20; i++) {
            spool.add("r" + i + "@slow.test");
        }
        CountDownLatch warm = new CountDownLatch(20);
        CountDownLatch third = new CountDownLatch(3);
        AtomicInteger count = new AtomicInteger();
        start(
                (domain, recipients) -> {
                    warm.countDown();
                    if (count.incrementAndGet() > 20) {
                        third.countDown();
                        await(end);
                    }
                },
                new Bounds(50, 10));
        await(warm);
        for (int i = 0; i < 3; i++) {
            spool.add("s" + i + "@slow.test");
        }
        scheduler.wake();
        await(third);
    }

    /// Who sends a flood to a domain does not hold up one who sends a single message there.
    @Test
    void sendersToOneDomainTakeTurns() {
        for (int i = 0; i < 2000; i++) {
            spool.addFrom("flood@sender.test", "r" + i + "@example.test");
        }
        spool.addFrom("anna@sender.test", "single@example.test");
        AtomicInteger served = new AtomicInteger();
        AtomicInteger place = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(2001);
        start(
                (domain, recipients) -> {
                    int now = served.incrementAndGet();
                    if (recipients.getFirst().sender().startsWith("anna")) {
                        place.set(now);
                    }
                    all.countDown();
                },
                new Bounds(1, 1));
        await(all);
        assertThat(place.get()).isBetween(1, 5);
    }

    @Test
    void whatIsSetAsideIsServedWhateverHappensToSomeOfItMeanwhile() {
        for (int i = 0; i < 3000; i++) {
            spool.add("r" + i + "@slow.test");
        }
        CountDownLatch others = new CountDownLatch(2000);
        AtomicInteger first = new AtomicInteger();
        start(
                (domain, recipients) -> {
                    if (first.getAndIncrement() == 0) {
                        for (int id = 1001; id <= 2000; id++) {
                            spool.drop(new MessageId(id));
                        }
                        spool.unreadable(3);
                    }
                    long id = recipients.getFirst().message().value();
                    if (id <= 1000 || id > 2000) {
                        others.countDown();
                    }
                },
                new Bounds(1, 1));
        await(others);
    }

    @Test
    void aLiveDomainIsServedWhileUnknownOnesHang() {
        for (int i = 0; i < 100; i++) {
            spool.add("r@silent" + i + ".test");
        }
        CountDownLatch live = new CountDownLatch(3);
        spool.add("a@live.test").add("b@live.test").add("c@live.test");
        AtomicInteger unknown = new AtomicInteger();
        start(
                (domain, recipients) -> {
                    if (domain.toString().equals("live.test")) {
                        live.countDown();
                    } else if (unknown.incrementAndGet() == 1) {
                        await(live);
                    }
                },
                new Bounds(4, 2));
        await(live);
    }

    /// More domains than there is room for, all of them hanging.
    @Test
    void whatIsKnownToBeUpHasRoomWhateverElseWaits() {
        spool.add("anna@quick.test");
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(2);
        start(
                (domain, recipients) -> {
                    if (domain.toString().equals("quick.test")) {
                        first.countDown();
                        second.countDown();
                    } else {
                        await(end);
                    }
                },
                new Bounds(40, 2));
        await(first);
        for (int i = 0; i < 33_000; i++) {
            spool.add("r" + i + "@slow" + i % 11_000 + ".test");
        }
        spool.add("anna@quick.test");
        scheduler.wake();
        await(second);
    }

    @Test
    void errorInALeaseDoesNotEndTheScheduler() {
        spool.failOnce(new NoClassDefFoundError("scripted"));
        spool.add("anna@example.test");
        CountDownLatch served = new CountDownLatch(1);
        start((domain, recipients) -> served.countDown(), new Bounds(5, 5));
        scheduler.wake();
        await(served);
    }

    @Test
    void floodToOneDomainIsDeliveredToItsLastMessage() {
        for (int i = 0; i < 12_000; i++) {
            spool.add("r" + i + "@slow.test");
        }
        CountDownLatch all = new CountDownLatch(12_000);

        start((domain, recipients) -> all.countDown(), new Bounds(50, 5));

        await(all);
    }

    /// More than may be leased, while further mail arrives all the time: each end of a delivery makes room.
    @Test
    void queueThatIsFullGoesOnWhenADeliveryEndsWhateverArrivesMeanwhile() {
        for (int i = 0; i < 40_000; i++) {
            spool.add("r" + i + "@d" + i % 1000 + ".test");
        }
        CountDownLatch all = new CountDownLatch(40_000);

        start(
                (domain, recipients) -> {
                    scheduler.wake();
                    all.countDown();
                },
                new Bounds(4, 2));

        await(all);
    }

    @Test
    void messageThatArrivesLaterIsServedOnTheWake() {
        CountDownLatch served = new CountDownLatch(1);
        start((domain, recipients) -> served.countDown(), new Bounds(5, 5));

        spool.add("anna@example.test");
        scheduler.wake();

        await(served);
    }

    @Test
    void spoolThatRecoversIsServedAgain() {
        spool.breakDown(true);
        CountDownLatch served = new CountDownLatch(1);
        start((domain, recipients) -> served.countDown(), new Bounds(5, 5));

        spool.add("anna@example.test");
        spool.breakDown(false);
        scheduler.wake();

        await(served);
    }

    @Test
    void defectInOneDeliveryLeavesTheOthersAlone() {
        spool.add("anna@example.test").add("bert@example.test");
        CountDownLatch second = new CountDownLatch(1);

        start(
                (domain, recipients) -> {
                    if (recipients.getFirst().mailbox().localPart().equals("anna")) {
                        throw new IllegalStateException("a bug");
                    }
                    second.countDown();
                },
                new Bounds(1, 1));

        await(second);
    }

    @Test
    void stopWaitsForDeliveriesUnderWayAndStartsNoMore() {
        spool.add("anna@example.test").add("bert@example.test");
        CountDownLatch begun = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        start(
                (domain, recipients) -> {
                    begun.countDown();
                    await(end);
                    ended.incrementAndGet();
                },
                new Bounds(1, 1));
        await(begun);

        assertThat(scheduler.stop(Duration.ofMillis(1))).isFalse();
        end.countDown();

        assertThat(scheduler.stop(Duration.ofSeconds(30))).isTrue();
        assertThat(ended).hasValue(1);
    }

    private static Bounds throughConnector(int inAll, int most) {
        return new Bounds(
                inAll,
                5,
                domain -> domain.toString().startsWith("d")
                        ? Optional.of(new Scheduler.ConnectorBound("partner", most))
                        : Optional.empty());
    }

    /// Without the bound, the domains of the connector would take all places and wait for the other one for ever.
    @Test
    void domainsOfOneConnectorShareItsBoundAndHoldUpNobodyElse() {
        for (int i = 0; i < 60; i++) {
            spool.add("r" + i + "@d" + i + ".test");
        }
        spool.add("anna@quick.test");
        CountDownLatch quick = new CountDownLatch(1);
        CountDownLatch all = new CountDownLatch(60);

        start(
                (domain, recipients) -> {
                    if (domain.toString().equals("quick.test")) {
                        quick.countDown();
                    } else {
                        await(quick);
                        all.countDown();
                    }
                },
                throughConnector(10, 3));

        await(quick);
        await(all);
    }
}
