// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// Answers with their verdicts, each until it expires by the injected clock; identical questions that are
/// asked at the same time are looked up once. Bounded by the number of entries. Safe for many threads.
final class VerdictCache {
    private static final Duration FAILURE = Duration.ofSeconds(5);

    /// Longer than other failures: what is bogus is expensive to find out and seldom repaired within
    /// seconds (RFC 4035 §4.7).
    private static final Duration BOGUS = Duration.ofSeconds(30);

    private final Cache<Question, Entry> entries;
    private final Map<Question, CompletableFuture<Answer<RecordData>>> underWay = new ConcurrentHashMap<>();
    private final InstantSource clock;

    private record Entry(Answer<RecordData> answer, Instant since, Instant until) {}

    VerdictCache(int maximum, InstantSource clock) {
        this.entries = Caffeine.newBuilder().maximumSize(maximum).build();
        this.clock = clock;
    }

    /// The answer held, or the one that `ask` gives, which then is held.
    Answer<RecordData> answer(Question question, Function<Question, Answer<RecordData>> ask) {
        Entry held = entries.getIfPresent(question);
        if (held != null && isInForce(held)) {
            return held.answer();
        }
        var mine = new CompletableFuture<Answer<RecordData>>();
        var other = underWay.putIfAbsent(question, mine);
        if (other != null) {
            return other.join();
        }
        try {
            Answer<RecordData> answer = ask.apply(question);
            Instant now = clock.instant();
            entries.put(question, new Entry(answer, now, until(answer, now)));
            mine.complete(answer);
            return answer;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            underWay.remove(question, mine);
        }
    }

    /// A clock set back must not keep an answer alive.
    private boolean isInForce(Entry entry) {
        Instant now = clock.instant();
        return now.isBefore(entry.until()) && !now.isBefore(entry.since());
    }

    private static Instant until(Answer<RecordData> answer, Instant now) {
        return switch (answer) {
            case Answer.Found<RecordData> found -> found.expires();
            case Answer.Denied<RecordData> denied -> denied.expires();
            case Answer.Failed<RecordData> failed -> now.plus(failed.status() == DnssecStatus.BOGUS ? BOGUS : FAILURE);
        };
    }
}
