// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.ResolverOptions;
import org.gatepost.dns.TrustAnchor;
import org.gatepost.dns.ValidatingResolver;
import org.gatepost.names.DomainName;

/// The resolver within this process, as deliveries use it.
///
/// @param upstream the port it asks
record InProcess(int upstream, TrustAnchor anchor) {
    private static final int AT_ONCE = 100;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    ValidatingResolver resolver() {
        return new ValidatingResolver(new ResolverOptions(
                List.of(new InetSocketAddress(BenchWorld.LOOPBACK, upstream)),
                anchor,
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                1_000_000,
                InstantSource.system()));
    }

    /// MX of each domain once, a hundred at a time.
    static Load mx(ValidatingResolver resolver, List<String> domains) throws InterruptedException {
        return each(domains, domain -> requireSecure(resolver.mx(domain)));
    }

    /// All that one delivery asks: MX, then the addresses of the host, then its TLSA records.
    static Load delivery(ValidatingResolver resolver, List<String> domains) throws InterruptedException {
        return each(domains, domain -> {
            requireSecure(resolver.mx(domain));
            DomainName host = DomainName.parse("mx." + domain.ascii());
            requireSecure(resolver.a(host));
            requireSecure(resolver.aaaa(host));
            requireSecure(resolver.tlsa(DomainName.parse("_25._tcp." + host.ascii())));
        });
    }

    private interface Asking {
        void ask(DomainName domain);
    }

    private static Load each(List<String> domains, Asking asking) throws InterruptedException {
        List<DomainName> names = domains.stream().map(DomainName::parse).toList();
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        var slots = new Semaphore(AT_ONCE);
        var all = new ArrayList<Future<?>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (DomainName name : names) {
                slots.acquire();
                all.add(threads.submit(() -> {
                    try {
                        asking.ask(name);
                    } finally {
                        slots.release();
                    }
                }));
            }
        }
        all.forEach(InProcess::requireDone);
        return load(names.size(), start, cpu);
    }

    /// MX of the domains over and over, from memory, by as many threads as there are processors.
    static Load lasting(ValidatingResolver resolver, List<String> domains, Duration time) throws InterruptedException {
        List<DomainName> names = domains.stream().map(DomainName::parse).toList();
        int threads = Runtime.getRuntime().availableProcessors();
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        long end = start + time.toNanos();
        long count = 0;
        try (var workers = Executors.newFixedThreadPool(threads)) {
            Callable<Long> worker = () -> {
                long own = 0;
                while (System.nanoTime() < end) {
                    for (DomainName name : names) {
                        requireSecure(resolver.mx(name));
                    }
                    own += names.size();
                }
                return own;
            };
            for (Future<Long> future : workers.invokeAll(java.util.Collections.nCopies(threads, worker))) {
                count += future.resultNow();
            }
        }
        return load(count, start, cpu);
    }

    private static Load load(long count, long start, long cpu) {
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Load(count, count / seconds, (SYSTEM.getProcessCpuTime() - cpu) / 1e6 / count);
    }

    private static void requireSecure(Answer<?> answer) {
        if (answer.status() != DnssecStatus.SECURE) {
            throw new IllegalStateException("not secure: " + answer);
        }
    }

    private static void requireDone(Future<?> future) {
        try {
            future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
