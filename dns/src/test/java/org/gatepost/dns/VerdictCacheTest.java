// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestWorld.name;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.zones.Asked;
import org.gatepost.zones.Tampering;
import org.gatepost.zones.Tampering.ErrorCode;
import org.junit.jupiter.api.Test;

/// How long answers are kept, by the injected clock, and that one question under way serves all who ask it.
class VerdictCacheTest {
    private static final Question QUESTION = new Question(name("good.test"), RecordType.MX);

    private final FakeClock clock = new FakeClock();

    /// Refreshes within the call.
    private VerdictCache cache() {
        return new VerdictCache(10, clock, TestWorld.PATIENT, Runnable::run);
    }

    @Test
    void answersAreKeptUntilTheyExpire() {
        var cache = cache();
        var asked = new AtomicInteger();
        Instant expires = clock.instant().plusSeconds(60);

        for (int seconds = 0; seconds < 60; seconds += 20) {
            cache.answer(QUESTION, q -> found(asked, expires));
            clock.advance(Duration.ofSeconds(20));
        }
        assertThat(asked).hasValue(1);

        cache.answer(QUESTION, q -> found(asked, expires));
        assertThat(asked).hasValue(2);
    }

    private static Answer<RecordData> found(AtomicInteger asked, Instant expires) {
        asked.incrementAndGet();
        return new Answer.Found<>(
                QUESTION,
                DnssecStatus.SECURE,
                List.of(new RecordData.Mx(10, name("mx.good.test"))),
                List.of(),
                expires);
    }

    @Test
    void anAnswerAskedOftenIsLookedUpAgainShortlyBeforeItExpires() {
        var cache = cache();
        var asked = new AtomicInteger();
        Instant first = clock.instant().plusSeconds(100);
        Instant second = clock.instant().plusSeconds(200);
        cache.answer(QUESTION, q -> found(asked, first));
        cache.answer(QUESTION, q -> found(asked, first));

        clock.advance(Duration.ofSeconds(89));
        assertThat(cache.answer(QUESTION, q -> found(asked, second))).isEqualTo(found(new AtomicInteger(), first));
        assertThat(asked).hasValue(1);

        clock.advance(Duration.ofSeconds(2));
        assertThat(cache.answer(QUESTION, q -> found(asked, second))).isEqualTo(found(new AtomicInteger(), first));
        assertThat(asked).hasValue(2);

        clock.advance(Duration.ofSeconds(60));
        assertThat(cache.answer(QUESTION, q -> found(asked, second))).isEqualTo(found(new AtomicInteger(), second));
        assertThat(asked).hasValue(2);
        assertThat(cache.statistics()).isEqualTo(new CacheStatistics(1, 4, 1, 0, 1));
    }

    @Test
    void anAnswerAskedOnceIsNotLookedUpOfItsOwnAccord() {
        var cache = cache();
        var asked = new AtomicInteger();
        Instant expires = clock.instant().plusSeconds(100);
        cache.answer(QUESTION, q -> found(asked, expires));

        clock.advance(Duration.ofSeconds(95));
        cache.answer(QUESTION, q -> found(asked, expires));

        assertThat(asked).hasValue(1);
    }

    @Test
    void aRefreshmentThatFailsDoesNotEndAnAnswerThatStillHolds() {
        var cache = cache();
        var asked = new AtomicInteger();
        Instant expires = clock.instant().plusSeconds(100);
        cache.answer(QUESTION, q -> found(asked, expires));
        cache.answer(QUESTION, q -> found(asked, expires));
        clock.advance(Duration.ofSeconds(95));

        cache.answer(QUESTION, q -> new Answer.Failed<>(q, new DnsFailure(Reason.BOGUS, "no")));

        assertThat(cache.answer(QUESTION, q -> found(asked, expires))).isEqualTo(found(new AtomicInteger(), expires));
        clock.advance(Duration.ofSeconds(6));
        assertThat(cache.answer(QUESTION, q -> new Answer.Failed<>(q, new DnsFailure(Reason.BOGUS, "no"))))
                .isInstanceOf(Answer.Failed.class);
    }

    @Test
    void failuresAreKeptForSecondsAndBogusOnesForHalfAMinute() {
        assertThat(secondsKept(Reason.SERVER_FAILURE)).isEqualTo(5);
        assertThat(secondsKept(Reason.TIMED_OUT)).isEqualTo(5);
        assertThat(secondsKept(Reason.BOGUS)).isEqualTo(30);
    }

    private int secondsKept(Reason reason) {
        var cache = cache();
        var asked = new AtomicInteger();
        int seconds = -1;
        while (asked.get() < 2) {
            cache.answer(QUESTION, q -> {
                asked.incrementAndGet();
                return new Answer.Failed<>(q, new DnsFailure(reason, "no"));
            });
            seconds++;
            clock.advance(Duration.ofSeconds(1));
        }
        return seconds;
    }

    @Test
    void identicalQuestionsAtTheSameTimeAreAskedOnce() throws Exception {
        var cache = cache();
        var asked = new AtomicInteger();
        var begun = new CountDownLatch(1);
        var finish = new CountDownLatch(1);
        Instant later = clock.instant().plusSeconds(60);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Answer<RecordData>>>();
            answers.add(threads.submit(() -> cache.answer(QUESTION, q -> {
                begun.countDown();
                awaitQuietly(finish);
                return found(asked, later);
            })));
            begun.await();
            var arrived = new CountDownLatch(20);
            for (int i = 0; i < 20; i++) {
                answers.add(threads.submit(() -> {
                    arrived.countDown();
                    return cache.answer(QUESTION, q -> found(asked, later));
                }));
            }
            arrived.await();
            Answer<RecordData> other = cache.answer(
                    new Question(name("other.test"), RecordType.MX), q -> found(new AtomicInteger(), later));
            finish.countDown();

            assertThat(other).isNotNull();
            for (var answer : answers) {
                assertThat(answer.get()).isInstanceOf(Answer.Found.class);
            }
        }
        assertThat(asked).hasValue(1);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aBugInTheLookupReachesTheCallerAndLeavesNothingBehind() {
        var cache = cache();
        var asked = new AtomicInteger();

        org.assertj.core.api.Assertions.assertThatThrownBy(() -> cache.answer(QUESTION, q -> {
                    throw new IllegalStateException("bug");
                }))
                .isInstanceOf(IllegalStateException.class);
        cache.answer(QUESTION, q -> found(asked, clock.instant().plusSeconds(1)));

        assertThat(asked).hasValue(1);
    }

    @Test
    void theExpiryIsTheLeastOfTtlSignatureEndAndCap() {
        try (var world = new TestWorld();
                var resolver = world.resolver()) {
            Instant start = world.clock.instant();

            assertThat(expiry(resolver.mx(name("good.test")))).isEqualTo(start.plusSeconds(600));
            assertThat(expiry(resolver.a(name("none.good.test")))).isBeforeOrEqualTo(start.plusSeconds(900));

            world.clock.advance(Duration.ofMinutes(28));
            assertThat(expiry(resolver.mx(name("good.test")))).isEqualTo(start.plus(Duration.ofMinutes(30)));
        }
    }

    private static Instant expiry(Answer<?> answer) {
        return switch (answer) {
            case Answer.Found<?> found -> found.expires();
            case Answer.Denied<?> denied -> denied.expires();
            case Answer.Failed<?> failed -> throw new AssertionError(failed);
        };
    }

    @Test
    void theResolverAsksAgainOnlyAfterExpiry() {
        try (var world = new TestWorld();
                var resolver = world.resolver()) {
            resolver.mx(name("good.test"));
            world.clock.advance(Duration.ofSeconds(599));
            resolver.mx(name("good.test"));
            assertThat(questions(world, "MX")).isEqualTo(1);

            world.clock.advance(Duration.ofSeconds(2));
            resolver.mx(name("good.test"));
            assertThat(questions(world, "MX")).isEqualTo(2);
        }
    }

    @Test
    void aRepairedServerIsBelievedSoonAfterItsFailure() {
        try (var world = new TestWorld();
                var resolver = world.resolver()) {
            world.server.tamper(name("good.test"), "MX", new Tampering.ErrorReply(ErrorCode.SERVFAIL));
            assertThat(resolver.mx(name("good.test"))).isInstanceOf(Answer.Failed.class);
            world.server.restore();
            assertThat(resolver.mx(name("good.test"))).isInstanceOf(Answer.Failed.class);

            world.clock.advance(Duration.ofSeconds(6));
            assertThat(resolver.mx(name("good.test"))).isInstanceOf(Answer.Found.class);
        }
    }

    private static long questions(TestWorld world, String type) {
        return world.server.questions().stream()
                .filter(asked -> asked.equals(new Asked("good.test", type, false)))
                .count();
    }
}
