// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.early;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.delivery.FailureWords;
import org.gatepost.gateway.resolution.FactGatherer;
import org.gatepost.gateway.resolution.StsPolicies;
import org.gatepost.gateway.routing.Routes;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.StsFacts;
import org.gatepost.spool.QueueControl;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks now and then whether the TLSA records changed that mail is held up by, and has that mail tried early then.
/// No connection is made; what DNS said of late is not asked again before its time.
///
/// [#step] belongs to one thread.
public final class TlsaWatch implements AutoCloseable {
    /// Domains looked at in one round; with more, the rounds take turns.
    static final int DOMAINS = 200;

    /// Domains whose records are remembered for comparison.
    private static final int MAX_SEEN = 10_000;

    private static final Duration BETWEEN_ROUNDS = Duration.ofMinutes(5);
    private static final Logger LOG = LoggerFactory.getLogger(TlsaWatch.class);

    private final QueueControl queue;
    private final Function<DomainName, Optional<String>> look;
    private final EarlyRetry early;
    private final Map<DomainName, String> seen = new HashMap<>();
    private DomainName last = DomainName.ROOT;
    private Optional<Thread> thread = Optional.empty();

    /// @param look what the TLSA records of a domain's MX hosts are; empty when they cannot be found out now
    TlsaWatch(QueueControl queue, Function<DomainName, Optional<String>> look, EarlyRetry early) {
        this.queue = queue;
        this.look = look;
        this.early = early;
    }

    /// @param routes which hosts a domain's mail goes to
    /// @param port that TLSA records are named by
    public static TlsaWatch of(QueueControl queue, Resolver resolver, Routes routes, int port, EarlyRetry early) {
        FactGatherer gatherer = new FactGatherer(
                resolver, new NoPolicies(), new FactGatherer.GatherOptions(true, port), RandomGenerator.getDefault());
        return new TlsaWatch(
                queue, domain -> records(gatherer, routes.of(domain).hops()), early);
    }

    private static Optional<String> records(FactGatherer gatherer, List<NextHop> hops) {
        StringJoiner records = new StringJoiner("\n");
        for (NextHop hop : hops) {
            Optional<String> some = records(gatherer.gather(hop, 0));
            if (some.isEmpty()) {
                return some;
            }
            records.add(some.get());
        }
        return Optional.of(records.toString());
    }

    private record NoPolicies() implements StsPolicies {
        @Override
        public StsFacts lookUp(DomainName policyDomain, int retries) {
            return new StsFacts.SwitchedOff();
        }

        @Override
        public StsFacts refresh(DomainName policyDomain) {
            return new StsFacts.SwitchedOff();
        }
    }

    /// What failed says nothing: neither that records are gone nor that they are others.
    private static Optional<String> records(DestinationFacts facts) {
        if (facts.mx() instanceof Answer.Failed<RecordData.Mx>) {
            return Optional.empty();
        }
        TreeSet<String> records = new TreeSet<>();
        for (HostFacts host : facts.hosts()) {
            if (host.a() instanceof Answer.Failed<RecordData.Address>
                    || host.aaaa() instanceof Answer.Failed<RecordData.Address>) {
                return Optional.empty();
            }
            for (Answer<RecordData.Tlsa> answer : host.tlsa()) {
                switch (answer) {
                    case Answer.Failed<RecordData.Tlsa> _ -> {
                        return Optional.empty();
                    }
                    case Answer.Denied<RecordData.Tlsa> _ -> {}
                    case Answer.Found<RecordData.Tlsa> found ->
                        found.records().forEach(record -> records.add(host.name() + " " + record));
                }
            }
        }
        return Optional.of(String.join("\n", records));
    }

    public void start() {
        thread = Optional.of(Thread.ofVirtual().name("tlsa-watch").start(this::run));
    }

    private void run() {
        try {
            while (true) {
                step();
                Thread.sleep(BETWEEN_ROUNDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One round. What a domain has when it is first looked at is what it is compared with later.
    void step() {
        try {
            List<DomainName> domains = queue.failedDomains(FailureWords::isDane, last, DOMAINS);
            boolean isAll = last.isRoot() && domains.size() < DOMAINS;
            last = domains.size() < DOMAINS ? DomainName.ROOT : domains.getLast();
            if (isAll) {
                seen.keySet().retainAll(domains);
            }
            domains.forEach(this::look);
        } catch (SpoolException e) {
            LOG.warn("queue: TLSA records are not looked at: {}", e.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("queue: a defect of ours disturbs the look at TLSA records", bug);
        }
    }

    private void look(DomainName domain) {
        Optional<String> records = look.apply(domain);
        if (records.isEmpty() || (!seen.containsKey(domain) && seen.size() >= MAX_SEEN)) {
            return;
        }
        String before = seen.put(domain, records.get());
        if (before != null && !before.equals(records.get())) {
            early.retry(domain, FailureWords::isDane, "its TLSA records changed");
        }
    }

    @Override
    public void close() {
        thread.ifPresent(Thread::interrupt);
    }
}
