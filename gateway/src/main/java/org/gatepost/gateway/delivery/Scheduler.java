// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.RecipientId;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts deliveries when they fall due, bounded in all, for each recipient domain and for each connector, and for
/// each domain by what the last ones showed.
///
/// One thread leases what is due; each delivery runs on a virtual thread of its own. Work for a domain that has
/// its share of deliveries under way waits in memory, leased. How much may wait is bounded for each domain,
/// too, the more so the fuller the memory: what is beyond is set aside, leased but only by its name, so that
/// the search for due mail goes past it and a slow destination holds up nobody else; it is read again when its
/// domain has room. Senders to one domain take turns.
///
/// The lock guards all counts and waiting work, and is never held while the spool or the network is used.
public final class Scheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
    /// Recipients under way and waiting.
    private static final int MAX_LEASED = 10_000;

    /// Less room is not worth a search.
    private static final int LEAST_ROOM = 100;

    /// Recipients waiting for one domain; those of one delivery stay together.
    private static final int MAX_WAITING = 500;

    /// As [#MAX_WAITING], for a domain not known to be up.
    private static final int MAX_WAITING_UNPROVEN = 50;

    /// Octets of memory for recipients set aside: for 1.6 million where domains and senders are few, and the heap
    /// is the usual one.
    private static final long MAX_ASIDE =
            Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 11 * 4);

    /// Octets of memory, about, for each domain.
    private static final int OCTETS_OF_DOMAIN = 450;

    private static final Duration LONGEST_SLEEP = Duration.ofSeconds(1);

    /// How long a domain is left alone whose hosts have no room for one more connection, for itself and for
    /// each that rests too: together they ask a thousand times a second at most.
    private static final Duration REST = Duration.ofMillis(50);

    private static final Duration REST_FOR_EACH = Duration.ofMillis(1);

    private final Spool spool;
    private final QueueRunner runner;
    private final long maxAside;
    private final Bounds bounds;
    private final InstantSource clock;
    private final ConnectorShares connectors;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final LinkedHashMap<DomainName, DomainQueue> domains = new LinkedHashMap<>(); // those served last are last
    private final RecentPaces paces;
    private final Turns turns;
    private int leased;
    private long aside; // octets
    private int returning; // taken from aside, not leased again yet
    private int running;
    private int resting;
    private boolean woken;
    private boolean stopped;
    private long looked = System.nanoTime(); // of the thread alone
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

    /// Carries deliveries out.
    @FunctionalInterface
    public interface QueueRunner {
        /// Carries one delivery out and records its results; never throws.
        ///
        /// @return what it showed; after [Feedback#HOST_FULL] nothing is recorded, and the
        ///     recipients are leased still
        Feedback run(DomainName domain, List<QueuedRecipient> recipients);
    }

    public Scheduler(Spool spool, QueueRunner runner, Bounds bounds, InstantSource clock) {
        this(spool, runner, bounds, clock, MAX_ASIDE);
    }

    /// @param maxAside octets of memory for recipients set aside
    Scheduler(Spool spool, QueueRunner runner, Bounds bounds, InstantSource clock, long maxAside) {
        this.maxAside = maxAside;
        this.spool = spool;
        this.runner = runner;
        this.bounds = bounds;
        this.clock = clock;
        this.connectors = new ConnectorShares(bounds.perConnector());
        this.paces = new RecentPaces(bounds.perDomain(), System::nanoTime);
        this.turns = new Turns(bounds.concurrency());
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
                lookAround();
                if (room > 0) {
                    serve(room);
                }
            } catch (SpoolException e) {
                LOG.error("the queue cannot be read: {}", e.getMessage());
                sleep(Instant.MAX);
            } catch (RuntimeException | Error bug) {
                tell(bug);
                sleep(Instant.MAX);
            }
        }
    }

    private void serve(int room) {
        List<QueuedRecipient> due = spool.lease(clock.instant(), room);
        enqueue(due);
        if (due.size() < room) {
            sleep(spool.nextDue().orElse(Instant.MAX));
        }
    }

    /// How many more recipients may be leased; 0 when there is no room for some time, -1 after the stop.
    private int awaitRoom() {
        lock.lock();
        try {
            await(LONGEST_SLEEP, () -> !isFull());
            woken = false;
            if (stopped) {
                return -1;
            }
            return isFull() ? 0 : MAX_LEASED - leased - returning;
        } finally {
            lock.unlock();
        }
    }

    /// Once in a while: as time passes a delivery may begin without anything else having ended, and there may
    /// be room again for a domain of which everything is set aside, though one of its deliveries takes long.
    private void lookAround() {
        long now = System.nanoTime();
        if (now - looked < LONGEST_SLEEP.toNanos()) {
            return;
        }
        looked = now;
        Map<DomainQueue, List<RecipientId>> again = new LinkedHashMap<>();
        lock.lock();
        try {
            for (DomainQueue queue : List.copyOf(domains.values())) {
                if (queue.hasNoneWaiting()) {
                    List<RecipientId> taken = takeFromAside(queue);
                    if (!taken.isEmpty()) {
                        again.put(queue, taken);
                        domains.putLast(queue.domain(), queue);
                    }
                } else {
                    list(queue);
                }
            }
            startReady();
        } finally {
            lock.unlock();
        }
        again.forEach(this::bringBack);
    }

    private boolean isFull() {
        return isMemoryFull() || aside + (long) OCTETS_OF_DOMAIN * domains.size() >= maxAside;
    }

    private boolean isMemoryFull() {
        return leased + returning > MAX_LEASED - LEAST_ROOM;
    }

    private void sleep(Instant until) {
        Duration wait = Duration.between(clock.instant(), earliest(until));
        lock.lock();
        try {
            await(wait, () -> woken);
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the stop, until something is so, or for a time. The lock is held.
    private void await(Duration longest, BooleanSupplier until) {
        try {
            long left = longest.toNanos();
            while (!stopped && !until.getAsBoolean() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Only the stop ends this thread.
            LOG.debug("the scheduler was interrupted", e);
        }
    }

    private Instant earliest(Instant until) {
        Instant longest = clock.instant().plus(LONGEST_SLEEP);
        return until.isBefore(longest) ? until : longest;
    }

    private record Key(MessageId message, DomainName domain) {}

    private void enqueue(List<QueuedRecipient> due) {
        Map<Key, List<QueuedRecipient>> deliveries = deliveries(due);
        lock.lock();
        try {
            deliveries.forEach(this::enqueue);
            startReady();
        } finally {
            lock.unlock();
        }
    }

    private static Map<Key, List<QueuedRecipient>> deliveries(List<QueuedRecipient> due) {
        Map<Key, List<QueuedRecipient>> deliveries = new LinkedHashMap<>();
        for (QueuedRecipient recipient : due) {
            deliveries
                    .computeIfAbsent(
                            new Key(recipient.message(), domainOf(recipient.mailbox())), key -> new ArrayList<>())
                    .add(recipient);
        }
        return deliveries;
    }

    /// The lock is held.
    private void enqueue(Key key, List<QueuedRecipient> recipients) {
        DomainQueue queue =
                domains.computeIfAbsent(key.domain(), domain -> new DomainQueue(domain, paces.take(domain)));
        if (queue.isFull(recipients.getFirst().sender(), mostWaiting(queue))) {
            aside -= queue.asideOctets();
            queue.setAside(recipients);
            aside += queue.asideOctets();
        } else {
            leased += recipients.size();
            queue.add(recipients);
            list(queue);
        }
    }

    /// How many recipients may wait for a domain, the fewer the fuller the memory. The last quarter is kept for
    /// domains known to be up.
    private int mostWaiting(DomainQueue queue) {
        int room = MAX_LEASED - leased - returning;
        int most = mostWaiting(queue, room);
        return queue.isAsking() ? Math.min(queue.pace().window(), most) : most;
    }

    private static int mostWaiting(DomainQueue queue, int room) {
        if (queue.pace().isProven()) {
            return Math.clamp(room / 8, 1, MAX_WAITING);
        }
        return room < MAX_LEASED / 4 ? 0 : Math.clamp(room / 100, 1, MAX_WAITING_UNPROVEN);
    }

    private static DomainName domainOf(Mailbox mailbox) {
        return switch (mailbox.host()) {
            case Mailbox.Host.Domain domain -> domain.name();
            // Refused at reception, yet a report may go to one; it is given up as a domain that does not exist.
            case Mailbox.Host.Literal literal -> DomainName.ROOT;
        };
    }

    private void list(DomainQueue queue) {
        if (!queue.isListed() && queue.mayBegin()) {
            queue.list(true);
            turns.add(queue);
        }
    }

    /// Starts what may start, one delivery of each domain in turn. The lock is held.
    private void startReady() {
        boolean told = false;
        while (running < bounds.concurrency() && !stopped) {
            DomainQueue queue = turns.next();
            if (queue == null) {
                return;
            }
            try {
                startOrWait(queue);
            } catch (RuntimeException | Error bug) {
                // The thread that looks around finds it again.
                queue.list(false);
                if (!told) {
                    tell(bug);
                }
                told = true;
            }
        }
    }

    private void startOrWait(DomainQueue queue) {
        if (!queue.mayBegin()) {
            queue.list(false);
            connectors.pass(queue).forEach(turns::add);
        } else if (connectors.take(queue)) {
            start(queue);
        }
        // One that waits for its connector stays listed, so that it is not listed twice; the end of another
        // delivery brings it back.
    }

    private void start(DomainQueue queue) {
        queue.list(false);
        Turns.Kind kind = turns.begins(queue);
        List<QueuedRecipient> recipients = queue.begin();
        running++;
        boolean started = false;
        try {
            Thread.ofVirtual().name("deliver " + queue.domain()).start(() -> run(queue, recipients, kind));
            started = true;
        } finally {
            if (!started) {
                running--;
                turns.ended(kind);
                connectors.release(queue).forEach(turns::add);
                queue.notBegun(recipients);
            }
        }
        list(queue);
    }

    /// A defect must not become a worse one because there is no memory to tell it.
    private static void tell(Throwable bug) {
        try {
            LOG.error("a defect of ours in the scheduler", bug);
        } catch (Error e) {
            return;
        }
    }

    private void run(DomainQueue queue, List<QueuedRecipient> recipients, Turns.Kind kind) {
        Feedback feedback = Feedback.NONE;
        try {
            feedback = runner.run(queue.domain(), recipients);
        } catch (RuntimeException | Error bug) {
            LOG.error("a defect of ours in a delivery to {}", queue.domain(), bug);
        } finally {
            ended(queue, recipients, kind, feedback);
        }
    }

    private void ended(DomainQueue queue, List<QueuedRecipient> recipients, Turns.Kind kind, Feedback feedback) {
        List<RecipientId> again;
        lock.lock();
        try {
            boolean hadNoRoom = isFull();
            running--;
            leased -= recipients.size();
            queue.ended();
            Turns.Kind before = Turns.kind(queue);
            queue.note(feedback);
            turns.move(queue, before);
            turns.ended(kind);
            connectors.release(queue).forEach(turns::add);
            if (feedback == Feedback.HOST_FULL) {
                rest(queue, recipients);
            }
            again = takeFromAside(queue);
            startReady();
            if (hadNoRoom || stopped) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        bringBack(queue, again);
    }

    /// Lists the domain where it has something to begin, and takes what may wait for it besides. The lock is held.
    private List<RecipientId> takeFromAside(DomainQueue queue) {
        list(queue);
        List<RecipientId> taken = List.of();
        if (!queue.isResting() && !stopped && !isMemoryFull()) {
            aside -= queue.asideOctets();
            taken = queue.takeFromAside(mostWaiting(queue));
            aside += queue.asideOctets();
            returning += taken.size();
        }
        if (queue.isIdle() && !queue.hasAside() && domains.remove(queue.domain(), queue)) {
            paces.remember(queue.domain(), queue.pace());
        }
        return taken;
    }

    /// Has what was set aside wait for its turn again. It is read by its names: to be found by a search it would
    /// have to be given back, and the search would go over all that is set aside for others.
    private void bringBack(DomainQueue queue, List<RecipientId> aside) {
        List<RecipientId> ids = aside;
        try {
            while (!ids.isEmpty()) {
                ids = enqueueAgain(queue, ids);
            }
        } catch (RuntimeException | Error bug) {
            tell(bug);
        }
    }

    /// @return what may be brought back besides
    private List<RecipientId> enqueueAgain(DomainQueue queue, List<RecipientId> ids) {
        List<QueuedRecipient> found = reread(ids);
        Map<Key, List<QueuedRecipient>> deliveries = Map.of();
        try {
            deliveries = deliveries(found);
        } catch (RuntimeException | Error bug) {
            tell(bug);
            giveBack(found.stream().map(QueuedRecipient::id).toList());
        }
        lock.lock();
        try {
            boolean hadNoRoom = isFull();
            queue.returned(ids.size());
            returning -= ids.size();
            deliveries.forEach(this::enqueue);
            startReady();
            if (hadNoRoom) {
                changed.signalAll();
            }
            return takeFromAside(queue);
        } finally {
            lock.unlock();
        }
    }

    /// What cannot be read is left to the search.
    private List<QueuedRecipient> reread(List<RecipientId> ids) {
        List<QueuedRecipient> found = List.of();
        try {
            found = spool.reread(ids);
        } catch (SpoolException e) {
            LOG.error("the queue cannot be read: {}", e.getMessage());
        } catch (RuntimeException | Error bug) {
            tell(bug);
        }
        if (found.size() < ids.size()) {
            Set<RecipientId> others = new LinkedHashSet<>(ids);
            found.forEach(one -> others.remove(one.id()));
            giveBack(List.copyOf(others));
        }
        return found;
    }

    /// Leaves all to the search. When even that fails nobody holds them any more until the next start, but all the
    /// others are served.
    private void giveBack(List<RecipientId> ids) {
        try {
            spool.giveBack(ids);
        } catch (RuntimeException | Error bug) {
            tell(bug);
        }
    }

    /// Sets everything for the domain aside for a moment. The lock is held.
    private void rest(DomainQueue queue, List<QueuedRecipient> untried) {
        aside -= queue.asideOctets();
        leased -= queue.setAllAside(untried);
        aside += queue.asideOctets();
        if (!queue.isResting()) {
            queue.rest(true);
            Duration rest = REST.plus(REST_FOR_EACH.multipliedBy(++resting));
            Thread.ofVirtual().name("rest of " + queue.domain()).start(() -> endRest(queue, rest));
        }
    }

    private void endRest(DomainQueue queue, Duration rest) {
        try {
            Thread.sleep(rest);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<RecipientId> again;
        lock.lock();
        try {
            boolean hadNoRoom = isFull();
            queue.rest(false);
            resting--;
            again = takeFromAside(queue);
            if (hadNoRoom) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        bringBack(queue, again);
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
