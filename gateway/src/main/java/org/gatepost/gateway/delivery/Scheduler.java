// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts deliveries when they fall due, bounded in all, for each recipient domain and for each connector.
///
/// One thread leases what is due; each delivery runs on a virtual thread of its own. Work for a domain that has
/// its share of deliveries under way waits in memory, leased. How much may wait is bounded for each domain, too:
/// what is beyond is set aside, leased but without its history, so that the search for due mail goes past it and
/// a slow destination holds up nobody else; it is given back to the spool when its domain has room again.
///
/// The lock guards all counts and waiting work, and is never held while the spool or the network is used.
public final class Scheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
    /// Recipients under way and waiting.
    private static final int MAX_LEASED = 5_000;

    /// Recipients waiting for one domain; those of one delivery stay together.
    private static final int MAX_WAITING = 500;

    /// Deliveries to one domain that are begun whatever waits, so that a slow one does not hold up the next.
    private static final int AT_FIRST = 2;

    /// Deliveries that wait for one more to be begun beside those under way.
    private static final int WAITING_FOR_ONE = 4;

    /// Recipients set aside; about 200 octets each.
    private static final int MAX_ASIDE = 100_000;

    private static final Duration LONGEST_SLEEP = Duration.ofSeconds(1);

    private final Spool spool;
    private final QueueRunner runner;
    private final Bounds bounds;
    private final InstantSource clock;
    private final ConnectorShares connectors;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<DomainName, DomainQueue> domains = new HashMap<>();
    private final Queue<DomainName> ready = new ArrayDeque<>();
    private final Queue<DomainName> readyAgain = new ArrayDeque<>(); // those whose next delivery is a retry
    private boolean retryIsNext;
    private int retrying;
    private int leased;
    private int aside;
    private int running;
    private boolean woken;
    private boolean stopped;
    private final Thread thread;

    /// @param concurrency the most deliveries at once
    /// @param perDomain the most at once to one recipient domain
    /// @param perConnector the most at once through the connector that a recipient domain's mail takes, where
    ///     it has a bound of its own; always the same for a domain
    public record Bounds(int concurrency, int perDomain, Function<DomainName, Optional<ConnectorBound>> perConnector) {
        public Bounds(int concurrency, int perDomain) {
            this(concurrency, perDomain, domain -> Optional.empty());
        }
    }

    /// The bound of one connector.
    ///
    /// @param most deliveries at once; at least 1
    public record ConnectorBound(String connector, int most) {}

    /// Carries one delivery out and records its results; never throws.
    @FunctionalInterface
    public interface QueueRunner {
        void run(DomainName domain, List<QueuedRecipient> recipients);
    }

    private static final class DomainQueue {
        private final Queue<List<QueuedRecipient>> waiting = new ArrayDeque<>();
        private final Queue<QueuedRecipient> aside = new ArrayDeque<>();
        private int waitingRecipients;
        private int running;
        private boolean listed;

        void add(List<QueuedRecipient> delivery) {
            waiting.add(delivery);
            waitingRecipients += delivery.size();
        }

        List<QueuedRecipient> remove() {
            List<QueuedRecipient> delivery = waiting.remove();
            waitingRecipients -= delivery.size();
            return delivery;
        }

        boolean isRetryNext() {
            List<QueuedRecipient> next = waiting.peek();
            return next != null && next.getFirst().attempts() > 0;
        }

        boolean isIdle() {
            return running == 0 && waiting.isEmpty();
        }
    }

    public Scheduler(Spool spool, QueueRunner runner, Bounds bounds, InstantSource clock) {
        this.spool = spool;
        this.runner = runner;
        this.bounds = bounds;
        this.clock = clock;
        this.connectors = new ConnectorShares(bounds.perConnector());
        this.thread = Thread.ofPlatform().name("scheduler").unstarted(this::loop);
    }

    /// Begins to serve the queue; once.
    public void start() {
        thread.start();
    }

    /// Has the queue looked at now, because a message arrived or the clock was moved.
    public void wake() {
        lock.lock();
        try {
            if (!woken) {
                woken = true;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void loop() {
        while (true) {
            int room = awaitRoom();
            if (room < 0) {
                return;
            }
            try {
                List<QueuedRecipient> due = spool.lease(clock.instant(), room);
                enqueue(due);
                if (due.size() < room) {
                    sleep(spool.nextDue().orElse(Instant.MAX));
                }
            } catch (SpoolException e) {
                LOG.error("the queue cannot be read: {}", e.getMessage());
                sleep(Instant.MAX);
            } catch (RuntimeException bug) {
                LOG.error("a defect of ours in the scheduler", bug);
                sleep(Instant.MAX);
            }
        }
    }

    /// How many more recipients may be leased, once that is at least one; -1 after the stop.
    private int awaitRoom() {
        lock.lock();
        try {
            while (!stopped && (leased >= MAX_LEASED || aside >= MAX_ASIDE)) {
                changed.awaitUninterruptibly();
            }
            woken = false;
            return stopped ? -1 : MAX_LEASED - leased;
        } finally {
            lock.unlock();
        }
    }

    private void sleep(Instant until) {
        Duration wait = Duration.between(clock.instant(), earliest(until));
        lock.lock();
        try {
            long left = Math.max(1, wait.toNanos());
            while (!stopped && !woken && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private Instant earliest(Instant until) {
        Instant longest = clock.instant().plus(LONGEST_SLEEP);
        return until.isBefore(longest) ? until : longest;
    }

    private record Key(MessageId message, DomainName domain) {}

    private void enqueue(List<QueuedRecipient> due) {
        Map<Key, List<QueuedRecipient>> deliveries = new LinkedHashMap<>();
        for (QueuedRecipient recipient : due) {
            deliveries
                    .computeIfAbsent(
                            new Key(recipient.message(), domainOf(recipient.mailbox())), key -> new ArrayList<>())
                    .add(recipient);
        }
        lock.lock();
        try {
            deliveries.forEach((key, recipients) -> {
                DomainQueue queue = domains.computeIfAbsent(key.domain(), domain -> new DomainQueue());
                if (isFull(queue)) {
                    setAside(queue, recipients);
                } else {
                    leased += recipients.size();
                    queue.add(List.copyOf(recipients));
                    list(key.domain(), queue);
                }
            });
            startReady();
        } finally {
            lock.unlock();
        }
    }

    private boolean isFull(DomainQueue queue) {
        return queue.waiting.size() >= MAX_WAITING || queue.waitingRecipients >= MAX_WAITING;
    }

    private void setAside(DomainQueue queue, List<QueuedRecipient> recipients) {
        for (QueuedRecipient recipient : recipients) {
            queue.aside.add(new QueuedRecipient(
                    recipient.message(),
                    recipient.index(),
                    recipient.mailbox(),
                    recipient.attempts(),
                    recipient.due(),
                    List.of(),
                    recipient.delayReported()));
        }
        aside += recipients.size();
    }

    /// What the spool may hand out again, for the domain has room. The lock is held.
    private List<QueuedRecipient> takeFromAside(DomainQueue queue) {
        List<QueuedRecipient> taken = new ArrayList<>();
        if (queue.waiting.size() < bounds.perDomain() && !stopped) {
            while (!queue.aside.isEmpty() && (queue.isIdle() || taken.size() < MAX_WAITING)) {
                taken.add(queue.aside.remove());
            }
        }
        aside -= taken.size();
        return taken;
    }

    private static DomainName domainOf(Mailbox mailbox) {
        return switch (mailbox.host()) {
            case Mailbox.Host.Domain domain -> domain.name();
            // Refused at reception, yet a report may go to one; it is given up as a domain that does not exist.
            case Mailbox.Host.Literal literal -> DomainName.ROOT;
        };
    }

    private void list(DomainName domain, DomainQueue queue) {
        if (!queue.listed && !queue.waiting.isEmpty() && queue.running < allowed(queue)) {
            queue.listed = true;
            makeReady(domain, queue);
        }
    }

    private void makeReady(DomainName domain, DomainQueue queue) {
        (queue.isRetryNext() ? readyAgain : ready).add(domain);
    }

    /// How many deliveries may be under way to one domain: more as more wait. Few connections that are used again and
    /// again cost less, here and there, than many.
    private int allowed(DomainQueue queue) {
        return Math.min(bounds.perDomain(), AT_FIRST + queue.waiting.size() / WAITING_FOR_ONE);
    }

    /// Whose turn it is: first attempts and retries alternate, and retries never take more than half of what may be
    /// under way. Many destinations that are down, each of which keeps a delivery waiting for a time-out, so leave
    /// room for mail to those that are not.
    private @Nullable DomainName nextReady() {
        boolean mayRetry = !readyAgain.isEmpty() && retrying < Math.max(1, bounds.concurrency() / 2);
        if (mayRetry && (retryIsNext || ready.isEmpty())) {
            retryIsNext = false;
            return readyAgain.remove();
        }
        retryIsNext = true;
        return ready.poll();
    }

    /// Starts what may start, one delivery of each domain in turn. The lock is held.
    private void startReady() {
        while (running < bounds.concurrency() && !stopped) {
            DomainName domain = nextReady();
            if (domain == null) {
                return;
            }
            DomainQueue queue = domains.get(domain);
            if (queue == null || !connectors.take(domain)) {
                // One that waits for its connector stays listed, so that it is not listed twice; the end of another
                // delivery brings it back.
                continue;
            }
            queue.listed = false;
            boolean isRetry = queue.isRetryNext();
            List<QueuedRecipient> recipients = queue.remove();
            queue.running++;
            running++;
            retrying += isRetry ? 1 : 0;
            list(domain, queue);
            Thread.ofVirtual().name("deliver " + domain).start(() -> run(domain, recipients, isRetry));
        }
    }

    private void run(DomainName domain, List<QueuedRecipient> recipients, boolean isRetry) {
        try {
            runner.run(domain, recipients);
        } catch (RuntimeException bug) {
            LOG.error("a defect of ours in a delivery to {}", domain, bug);
        } finally {
            finished(domain, recipients.size(), isRetry);
        }
    }

    private void finished(DomainName domain, int recipients, boolean isRetry) {
        List<QueuedRecipient> givenBack = List.of();
        boolean hadNoRoom;
        lock.lock();
        try {
            hadNoRoom = leased >= MAX_LEASED || aside >= MAX_ASIDE;
            running--;
            retrying -= isRetry ? 1 : 0;
            leased -= recipients;
            connectors.release(domain).ifPresent(this::makeReady);
            DomainQueue queue = domains.get(domain);
            if (queue != null) {
                queue.running--;
                list(domain, queue);
                givenBack = takeFromAside(queue);
                if (queue.isIdle() && queue.aside.isEmpty()) {
                    domains.remove(domain);
                }
            }
            startReady();
            if (hadNoRoom || stopped) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (!givenBack.isEmpty()) {
            spool.release(givenBack);
        }
        if (!givenBack.isEmpty()) {
            wake();
        }
    }

    /// Brings back a domain that waited for its connector.
    private void makeReady(DomainName domain) {
        DomainQueue queue = domains.get(domain);
        if (queue != null) {
            makeReady(domain, queue);
        }
    }

    /// How many deliveries are under way.
    public int running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /// Starts no more deliveries, and waits for those under way.
    ///
    /// @return whether all ended in time
    public boolean stop(Duration patience) {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
            long left = patience.toNanos();
            while (running > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            return running == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
            join();
        }
    }

    private void join() {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop(Duration.ZERO);
    }
}
