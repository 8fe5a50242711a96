// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.gatepost.names.DomainName;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches remembered policies again before they expire, without any mail flowing (RFC 8461 §3.3, §10.2): at a bounded
/// rate, each fetch at least one interval after the one before, and those that expire soonest first when more is due
/// than the rate allows, as after a long stop. Deletes what has expired.
///
/// When each policy is due is the policies' own matter ([RefreshSchedule]). [#step] belongs to one thread and does
/// nothing by the machine's clock, so that a test can run days in a moment.
public final class StsRefresher implements AutoCloseable {
    /// Refreshes under way at once, at most: half of what the fetcher allows, so that mail finds the other half free.
    static final int MOST_AT_ONCE = HttpsStsFetcher.MAX_FETCHES / 2;

    /// Work taken from the memory at once, in seconds of the rate: so long what has become more urgent waits. That is
    /// less than the least that a policy has left when it becomes due.
    private static final int SECONDS_AHEAD = 120;

    private static final Duration BETWEEN_SEARCHES = Duration.ofSeconds(10);
    private static final Duration AFTER_TROUBLE = Duration.ofMinutes(1);
    private static final Duration BETWEEN_PURGES = Duration.ofHours(1);
    private static final int PURGED_AT_ONCE = 1000;
    private static final Logger LOG = LoggerFactory.getLogger(StsRefresher.class);

    private final PolicyMemory memory;
    private final Consumer<DomainName> renewal;
    private final int perSecond;
    private final Executor executor;
    private final Deque<DomainName> waiting = new ArrayDeque<>();
    private final Set<DomainName> underWay = ConcurrentHashMap.newKeySet();

    /// When what was begun of late was begun, oldest first. A disk that takes no new times must not make us fetch the
    /// same policies over and over.
    private final Map<DomainName, Instant> recent = new LinkedHashMap<>();

    private Optional<Thread> thread = Optional.empty();
    private volatile boolean closed;
    private Instant latest = Instant.MIN;
    private Instant nextStart = Instant.MIN;
    private Instant nextSearch = Instant.MIN;
    private Instant nextPurge = Instant.MIN;

    /// @param renewal refreshes the policy of one domain; may take as long as a fetch
    /// @param perSecond refreshes begun in a second, at most
    /// @param executor runs renewals, [#MOST_AT_ONCE] at a time
    public StsRefresher(PolicyMemory memory, Consumer<DomainName> renewal, int perSecond, Executor executor) {
        this.memory = memory;
        this.renewal = renewal;
        this.perSecond = perSecond;
        this.executor = executor;
    }

    /// Starts a thread that steps on and on until [#close].
    public void start(InstantSource clock) {
        thread = Optional.of(Thread.ofVirtual().name("sts-refresh").start(() -> run(clock)));
    }

    /// Begins nothing more. What is under way is left to itself; nobody waits for it, and what becomes of it does not
    /// matter: it is due again after the next start.
    @Override
    public void close() {
        closed = true;
        thread.ifPresent(Thread::interrupt);
    }

    private void run(InstantSource clock) {
        try {
            while (!closed) {
                Instant now = clock.instant();
                Duration pause = Duration.between(now, step(now));
                Thread.sleep(pause.compareTo(BETWEEN_SEARCHES) < 0 ? pause : BETWEEN_SEARCHES);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Begins what is due and allowed now, at most one refresh. A clock that was set back begins anew: what it said
    /// before must not keep the refreshing waiting.
    ///
    /// @return when there may be more to do; later than now
    public Instant step(Instant now) {
        if (now.isBefore(latest)) {
            nextStart = Instant.MIN;
            nextSearch = Instant.MIN;
            nextPurge = Instant.MIN;
            recent.clear();
        }
        latest = now;
        try {
            purge(now);
            return begin(now);
        } catch (SpoolException e) {
            LOG.error("mta-sts: policies cannot be refreshed: {}", e.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("mta-sts: a defect of ours disturbs the refreshing of policies", bug);
        }
        nextSearch = now.plus(AFTER_TROUBLE);
        return nextSearch;
    }

    private void purge(Instant now) {
        if (now.isBefore(nextPurge)) {
            return;
        }
        boolean more = memory.purge(now, PURGED_AT_ONCE) == PURGED_AT_ONCE;
        nextPurge = now.plus(more ? Duration.ofSeconds(1) : BETWEEN_PURGES);
    }

    private Instant begin(Instant now) {
        if (now.isBefore(nextStart)) {
            return nextStart;
        }
        if (waiting.isEmpty() && !search(now)) {
            return nextSearch;
        }
        nextStart = now.plus(Duration.ofSeconds(1).dividedBy(perSecond));
        if (underWay.size() < MOST_AT_ONCE) {
            DomainName domain = waiting.remove();
            underWay.add(domain);
            recent.put(domain, now);
            executor.execute(() -> renew(domain, now));
        }
        return nextStart;
    }

    /// Takes work from the memory; false when there is none.
    private boolean search(Instant now) {
        if (now.isBefore(nextSearch)) {
            return false;
        }
        recent.values().removeIf(begun -> !begun.plus(RefreshSchedule.LEAST).isAfter(now));
        int most = perSecond * SECONDS_AHEAD;
        memory.due(now, most + recent.size() + MOST_AT_ONCE).stream()
                .filter(domain -> !underWay.contains(domain) && !recent.containsKey(domain))
                .forEach(waiting::add);
        nextSearch = waiting.size() >= most ? now : now.plus(BETWEEN_SEARCHES);
        return !waiting.isEmpty();
    }

    private void renew(DomainName domain, Instant now) {
        try {
            renewal.accept(domain);
        } catch (RuntimeException e) {
            // After the end, that the store and the resolver are closed is no trouble.
            if (!closed) {
                report(domain, e);
                putOff(domain, now);
            }
        } finally {
            underWay.remove(domain);
        }
    }

    private static void report(DomainName domain, RuntimeException e) {
        if (e instanceof SpoolException) {
            LOG.error("mta-sts {}: the policy cannot be refreshed: {}", domain, e.getMessage());
        } else {
            LOG.error("mta-sts {}: a defect of ours kept the policy from being refreshed", domain, e);
        }
    }

    /// So that one domain which we cannot deal with does not come up in every search.
    private void putOff(DomainName domain, Instant now) {
        try {
            memory.postpone(domain, Optional.of(now.plus(BETWEEN_PURGES)));
        } catch (SpoolException e) {
            LOG.error("mta-sts {}: nor can its next refresh be put off: {}", domain, e.getMessage());
        }
    }
}
