// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.gatepost.dns.DnsFailure.Reason;

/// Answers with their verdicts, each until it expires by the injected clock; identical questions that are asked at
/// the same time are looked up once. One asked often is looked up again in the last tenth of its time, beside the
/// answers, so that nobody waits for it. Bounded by the number of entries. Safe for many threads.
final class VerdictCache {
    private static final Duration FAILURE = Duration.ofSeconds(5);

    /// Longer than other failures: what is bogus is expensive to find out and seldom repaired within
    /// seconds (RFC 4035 §4.7).
    static final Duration BOGUS = Duration.ofSeconds(30);

    /// From so many answers out of the cache on, a name is worth a question of its own accord.
    private static final int HOT = 2;

    private static final int LAST_PART = 10;

    /// Shorter lives end before a refreshment pays.
    private static final Duration WORTH_REFRESHING = Duration.ofSeconds(10);

    private static final int MAX_REFRESHING = 64;

    private final Cache<Question, Entry> entries;
    private final SingleFlight<Question, Answer<RecordData>> underWay = new SingleFlight<>();
    private final InstantSource clock;
    private final Duration patience;
    private final Executor refreshing;
    private final Semaphore refreshSlots = new Semaphore(MAX_REFRESHING);
    private final LongAdder hits = new LongAdder();
    private final LongAdder lookups = new LongAdder();
    private final LongAdder shared = new LongAdder();
    private final LongAdder refreshments = new LongAdder();

    private static final class Entry {
        private final Answer<RecordData> answer;
        private final Instant since;
        private final Instant until;
        private final AtomicBoolean beingRefreshed = new AtomicBoolean();

        // Only roughly counted: two threads at once may count as one.
        private volatile int uses;

        Entry(Answer<RecordData> answer, Instant since, Instant until) {
            this.answer = answer;
            this.since = since;
            this.until = until;
        }

        /// A clock set back must not keep an answer alive.
        boolean isInForce(Instant now) {
            return now.isBefore(until) && !now.isBefore(since);
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // see the field
        boolean isHot() {
            return uses >= HOT || ++uses >= HOT;
        }

        boolean isNearItsEnd(Instant now) {
            Duration life = Duration.between(since, until);
            return life.compareTo(WORTH_REFRESHING) >= 0
                    && now.isAfter(until.minus(life.dividedBy(LAST_PART)))
                    && !(answer instanceof Answer.Failed);
        }
    }

    /// @param patience how long to wait for one who already asks the same
    /// @param refreshing runs what nobody waits for
    VerdictCache(int maximum, InstantSource clock, Duration patience, Executor refreshing) {
        this.entries = Caffeine.newBuilder().maximumSize(maximum).build();
        this.clock = clock;
        this.patience = patience;
        this.refreshing = refreshing;
    }

    /// The answer held, or the one that `ask` gives, which then is held.
    Answer<RecordData> answer(Question question, Function<Question, Answer<RecordData>> ask) {
        Entry held = entries.getIfPresent(question);
        Instant now = clock.instant();
        if (held != null && held.isInForce(now)) {
            hits.increment();
            if (held.isHot() && held.isNearItsEnd(now)) {
                refresh(question, held, ask);
            }
            return held.answer;
        }
        return switch (underWay.get(question, Deadline.in(patience), () -> lookUpUnlessHeld(question, ask))) {
            case SingleFlight.Outcome.Own<Answer<RecordData>>(Answer<RecordData> answer) -> answer;
            case SingleFlight.Outcome.Shared<Answer<RecordData>>(Answer<RecordData> answer) -> {
                shared.increment();
                yield answer;
            }
            case SingleFlight.Outcome.NotInTime<Answer<RecordData>> _ ->
                new Answer.Failed<>(
                        question,
                        new DnsFailure(Reason.TIMED_OUT, "the question " + question + " was under way for too long"));
        };
    }

    /// Another may have ended just before this one began.
    private Answer<RecordData> lookUpUnlessHeld(Question question, Function<Question, Answer<RecordData>> ask) {
        Entry held = entries.getIfPresent(question);
        if (held != null && held.isInForce(clock.instant())) {
            shared.increment();
            return held.answer;
        }
        return lookUp(question, ask);
    }

    private Answer<RecordData> lookUp(Question question, Function<Question, Answer<RecordData>> ask) {
        lookups.increment();
        Answer<RecordData> answer = ask.apply(question);
        hold(question, answer);
        return answer;
    }

    private void hold(Question question, Answer<RecordData> answer) {
        Instant now = clock.instant();
        entries.put(question, new Entry(answer, now, until(answer, now)));
    }

    private void refresh(Question question, Entry old, Function<Question, Answer<RecordData>> ask) {
        if (!refreshSlots.tryAcquire()) {
            return;
        }
        if (!old.beingRefreshed.compareAndSet(false, true)) {
            refreshSlots.release();
            return;
        }
        refreshing.execute(() -> {
            try {
                refreshments.increment();
                Answer<RecordData> answer = ask.apply(question);
                // What failed now may yet be asked again when the old answer has ended.
                if (!(answer instanceof Answer.Failed)) {
                    hold(question, answer);
                }
            } finally {
                refreshSlots.release();
            }
        });
    }

    private static Instant until(Answer<RecordData> answer, Instant now) {
        return switch (answer) {
            case Answer.Found<RecordData> found -> found.expires();
            case Answer.Denied<RecordData> denied -> denied.expires();
            case Answer.Failed<RecordData> failed -> now.plus(failed.status() == DnssecStatus.BOGUS ? BOGUS : FAILURE);
        };
    }

    CacheStatistics statistics() {
        return new CacheStatistics(
                entries.estimatedSize(), hits.sum(), lookups.sum(), shared.sum(), refreshments.sum());
    }
}
