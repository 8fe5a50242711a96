// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.gateway.resolution.KnownPolicies;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.gateway.resolution.StsPolicyCache;
import org.gatepost.gateway.resolution.StsRefresher;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.ResultType;
import org.gatepost.spool.EmbeddedStore;

/// One day under a virtual clock, begun as after a long stop: every policy is due at once, and some expire within
/// hours. Some hosts are down for a while, some all day. What begins in one second runs at once in parallel, before the
/// clock goes on.
final class RefreshDay {
    private static final int THREADS = 32;
    private static final Duration DAY = Duration.ofDays(1);

    private final int count;
    private final int rate;
    private final Instant start;
    private final Instant[] expires;
    private final List<Callable<Object>> tasks = new ArrayList<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final Instant[] lastStarts;
    private Instant now;
    private int begun;
    private boolean tooMany;

    private RefreshDay(int count, int rate, Instant start) {
        this.count = count;
        this.rate = rate;
        this.start = start;
        this.now = start;
        this.expires = new Instant[count];
        this.lastStarts = new Instant[rate];
        for (int i = 0; i < count; i++) {
            expires[i] = PolicyWorld.remembered(i, start, Duration.ofHours(2)).expires();
        }
    }

    /// What the day came to.
    ///
    /// @param begun refreshes, failed ones among them
    /// @param rateKept whether no second, wherever it begins, saw more than the rate
    /// @param expiredWhileUp policies that expired although their host was up all day
    /// @param expiredWhileDown policies that expired and whose host was down
    /// @param seconds of real time
    record Outcome(int begun, int failed, boolean rateKept, int expiredWhileUp, int expiredWhileDown, double seconds) {}

    /// @param directory a store made by [PolicyWorld#store] at `start`
    static Outcome run(Path directory, int count, int rate, Instant start) throws InterruptedException {
        try (EmbeddedStore store = EmbeddedStore.open(directory);
                ExecutorService workers = Executors.newFixedThreadPool(THREADS)) {
            var day = new RefreshDay(count, rate, start);
            var cache = new StsPolicyCache(
                    new PolicyWorld(count),
                    day::fetch,
                    new KnownPolicies(store.policyMemory(), new Random(1), () -> day.now),
                    2,
                    () -> day.now);
            return day.run(new StsRefresher(store.policyMemory(), cache::renew, rate, day::begin), workers);
        }
    }

    private Outcome run(StsRefresher refresher, ExecutorService workers) throws InterruptedException {
        long real = System.nanoTime();
        Instant end = start.plus(DAY);
        Instant barrier = start.plusSeconds(1);
        Instant shown = start;
        while (now.isBefore(end)) {
            Instant next = refresher.step(now);
            if (!next.isBefore(barrier)) {
                workers.invokeAll(tasks);
                tasks.clear();
                barrier = next.plusSeconds(1);
            }
            now = next;
            if (!now.isBefore(shown.plus(Duration.ofHours(3)))) {
                shown = now;
                System.out.printf(
                        "  %s: %,d refreshes begun%n",
                        Duration.between(start, now).truncatedTo(ChronoUnit.MINUTES), begun);
            }
        }
        return outcome((System.nanoTime() - real) / 1e9);
    }

    private Outcome outcome(double seconds) {
        int up = 0;
        int down = 0;
        for (int i = 0; i < count; i++) {
            if (expires[i].isBefore(now)) {
                if (downHours(i) == 0) {
                    up++;
                } else {
                    down++;
                }
            }
        }
        return new Outcome(begun, failures.get(), !tooMany, up, down, seconds);
    }

    private void begin(Runnable task) {
        Instant before = lastStarts[begun % rate];
        if (before != null && Duration.between(before, now).compareTo(Duration.ofSeconds(1)) < 0) {
            tooMany = true;
        }
        lastStarts[begun % rate] = now;
        begun++;
        tasks.add(Executors.callable(task));
    }

    private Fetched fetch(DomainName domain) {
        int i = PolicyWorld.index(domain);
        if (Duration.between(start, now).toHours() < downHours(i)) {
            failures.incrementAndGet();
            return new Fetched.Failed(ResultType.STS_POLICY_FETCH_ERROR, "down");
        }
        expires[i] = now.plus(PolicyWorld.maxAge(i));
        return new Fetched.Policy(PolicyWorld.policy(i), PolicyWorld.text(i));
    }

    /// Two in a hundred hosts are down for six hours, one all day.
    private static int downHours(int i) {
        return switch (i % 100) {
            case 17, 54 -> 6;
            case 83 -> 24;
            default -> 0;
        };
    }
}
