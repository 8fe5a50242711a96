// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.names.DomainName;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.ReportPlans;
import org.gatepost.spool.SpoolException;
import org.gatepost.tls.TlsClient;
import org.gatepost.tls.TrustStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends the TLS reports of a gateway: looks from time to time whether a day is to be closed and a report is due.
public final class ReportService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportService.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(20);
    private static final int BATCH = 200;
    private static final int AT_ONCE = 32;

    private final ReportPlans plans;
    private final DayClosing closing;
    private final ReportSender sender;
    private final MailOutcomes outcomes;
    private final InstantSource clock;
    private final Runnable mailQueued;
    private final Semaphore permits = new Semaphore(AT_ONCE);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private boolean woken; // guarded by lock
    private boolean stopped; // guarded by lock

    /// What reports travel over.
    ///
    /// @param privateAddresses whether reports may be posted to addresses of special use
    /// @param timeout of a POST
    public record Web(Resolver resolver, TlsClient tls, TrustStore trust, boolean privateAddresses, Duration timeout) {}

    /// What of the gateway the service needs.
    ///
    /// @param random makes report ids
    /// @param mailQueued told after mails were put into the queue
    public record Surroundings(InstantSource clock, RandomGenerator random, Runnable mailQueued) {}

    /// The service, which takes up what an earlier run left. To be made before any delivery.
    ///
    /// @throws SpoolException when the store cannot be read
    public static ReportService of(Reporter reporter, EmbeddedStore store, Web web, Surroundings surroundings) {
        var outcomes = new MailOutcomes(store.reportPlans(), surroundings.clock());
        outcomes.resume(store.spool());
        var sender = new ReportSender(
                reporter,
                new ReportSender.Sources(new RecordLookup(web.resolver()), store.sessionLog()),
                new ReportPost(
                        web.resolver(),
                        web.tls(),
                        web.trust(),
                        new ReportPost.Options(web.privateAddresses(), web.timeout()),
                        surroundings.clock()),
                new ReportSender.MailQueue(
                        store.spool(), outcomes, new MailAllowance(store.reportPlans(), MailAllowance.MAILS_A_DAY)),
                surroundings.clock());
        var closing =
                new DayClosing(store.sessionLog(), store.reportPlans(), reporter.hostname(), surroundings.random());
        return new ReportService(store.reportPlans(), closing, sender, outcomes, surroundings);
    }

    ReportService(
            ReportPlans plans,
            DayClosing closing,
            ReportSender sender,
            MailOutcomes outcomes,
            Surroundings surroundings) {
        this.plans = plans;
        this.closing = closing;
        this.sender = sender;
        this.outcomes = outcomes;
        this.clock = surroundings.clock();
        this.mailQueued = surroundings.mailQueued();
        this.thread = Thread.ofVirtual().name("tls-reports").unstarted(this::loop);
    }

    /// What deliveries have to tell it.
    public DeliveryEvents events() {
        return outcomes;
    }

    /// Begins to look by itself; once.
    public void start() {
        thread.start();
    }

    /// Has it look now, as after an injected clock was moved.
    public void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void loop() {
        while (awaitLook()) {
            try {
                tick();
            } catch (SpoolException e) {
                LOG.error("tls reports: {}", e.getMessage());
            } catch (RuntimeException bug) {
                LOG.error("a defect of ours in sending TLS reports", bug);
            }
        }
    }

    /// @return whether to go on
    private boolean awaitLook() {
        lock.lock();
        try {
            long left = BETWEEN_LOOKS.toNanos();
            while (!stopped && !woken && left > 0) {
                left = changed.awaitNanos(left);
            }
            woken = false;
            return !stopped;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean isStopped() {
        lock.lock();
        try {
            return stopped;
        } finally {
            lock.unlock();
        }
    }

    /// Closes the days that are over and makes one try at every report that is due. Not for two threads at once.
    ///
    /// @throws SpoolException when the store cannot work; the next call goes on where this one stopped
    public void tick() {
        Instant now = clock.instant();
        closing.run(now);
        List<ReportPlan> due = plans.due(now, BATCH);
        while (!due.isEmpty() && !isStopped()) {
            if (!attempt(due)) {
                throw new SpoolException("results of reports cannot be stored; they are tried again", null);
            }
            mailQueued.run();
            due = plans.due(now, BATCH);
        }
    }

    /// Closes the days that are over, and makes one try at each report of the day that waits, due or not. Not
    /// beside [#start].
    ///
    /// @param domain only this one's
    /// @return how many tries were made
    /// @throws SpoolException when the store cannot work
    public int send(LocalDate day, Optional<DomainName> domain) {
        closing.run(clock.instant());
        int tries = 0;
        DomainName after = DomainName.ROOT;
        List<ReportPlan> batch = some(day, domain, after);
        while (!batch.isEmpty()) {
            List<ReportPlan> waiting =
                    batch.stream().filter(plan -> plan.due().isPresent()).toList();
            if (!attempt(waiting)) {
                throw new SpoolException("results of reports cannot be stored; try again", null);
            }
            tries += waiting.size();
            after = batch.getLast().domain();
            batch = domain.isPresent() ? List.of() : some(day, domain, after);
        }
        return tries;
    }

    private List<ReportPlan> some(LocalDate day, Optional<DomainName> domain, DomainName after) {
        return domain.isPresent() ? plans.plan(day, domain.get()).stream().toList() : plans.plans(day, after, BATCH);
    }

    /// @return whether every result was stored, so that none of them is due any more
    private boolean attempt(List<ReportPlan> due) {
        List<Thread> tries = new ArrayList<>();
        var failures = new java.util.concurrent.atomic.AtomicInteger();
        for (ReportPlan plan : due) {
            permits.acquireUninterruptibly();
            tries.add(Thread.ofVirtual().name("tls-report " + plan.domain()).start(() -> {
                try {
                    sender.attempt(plan);
                } catch (RuntimeException e) {
                    failures.incrementAndGet();
                    LOG.error("tls reports: the try to {} is not written down: {}", plan.domain(), e.getMessage());
                } finally {
                    permits.release();
                }
            }));
        }
        boolean interrupted = false;
        for (Thread one : tries) {
            while (one.isAlive()) {
                try {
                    one.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return failures.get() == 0;
    }

    /// Looks no more, and waits for the tries under way, within bounds. What was not tried is due after a restart.
    @Override
    public void close() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
