// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gatepost.gateway.resolution.StsPolicies;
import org.gatepost.gateway.resolution.StsPolicyCache;
import org.gatepost.policy.StsFacts;
import org.gatepost.spool.EmbeddedStore;
import org.slf4j.LoggerFactory;

/// MTA-STS at scale: `./dev bench mtasts`. Lookups, memory and start with many remembered policies, a day of refreshing
/// under a virtual clock, and lookups by socketmap beside postfix-mta-sts-resolver.
final class MtaStsBench {
    private static final int ROUNDS = 3;
    private static final Duration MEASURED = Duration.ofSeconds(4);

    /// Compilers need that long before figures settle.
    private static final Duration COMPILING = Duration.ofSeconds(12);
    private static final int RATE = 20;

    /// What a node may use as heap, so that all of it stays within 512 MB.
    private static final String HEAP = "320m";

    private static final String PEER = "postfix-mta-sts-resolver";
    private static final String OURS = "Gatepost";

    private final Path folder;
    private final Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);

    private MtaStsBench(Path folder) {
        this.folder = folder;
    }

    /// @param args the small and the large number of policies; none: 35,000 and 1,000,000
    public static void main(String[] args) throws Exception {
        // The hosts that are down would fill the screen.
        ((Logger) LoggerFactory.getLogger(StsPolicyCache.class)).setLevel(Level.ERROR);
        int few = args.length > 0 ? Integer.parseInt(args[0]) : 35_000;
        int many = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
        Path folder = Files.createTempDirectory("gatepost-bench-mtasts");
        try {
            var bench = new MtaStsBench(folder);
            for (int count : new int[] {few, many}) {
                bench.lookups(new PolicyWorld(count));
            }
            bench.besidePeer(new PolicyWorld(few));
            bench.refreshing(many);
        } finally {
            delete(folder);
        }
    }

    private Path store(PolicyWorld world) {
        return folder.resolve("store-" + world.count());
    }

    private void lookups(PolicyWorld world) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        world.store(store(world), now);
        System.out.printf(
                "%n%,d remembered policies, stored in %.0f s, %.0f octets of disk each%n",
                world.count(), (System.nanoTime() - begun) / 1e9, (double) size(store(world)) / world.count());
        long heapBefore = usedHeap();
        try (EmbeddedStore store = EmbeddedStore.open(store(world))) {
            StsPolicies policies = PolicyNode.policies(store.policyMemory());
            inProcess(policies, world, 20, COMPILING);
            for (int threads : new int[] {1, 20}) {
                System.out.printf(
                        "lookups in process, %2d threads: %,.0f a second%n",
                        threads, inProcess(policies, world, threads, MEASURED));
            }
            System.out.printf(
                    "heap for the store and the policies held parsed: %.0f MB%n", (usedHeap() - heapBefore) / 1e6);
        }
        try (var node = SocketmapServer.gatepost(store(world), HEAP)) {
            long atStart = node.residentMegabytes();
            SocketmapLoad load = SocketmapLoad.run(node, world, MEASURED.multipliedBy(2));
            System.out.printf(
                    "as a process of its own with %s of heap: ready after %,d ms; memory %d MB at start, %d MB after"
                            + " %,.0f lookups a second for %d s%n",
                    HEAP,
                    node.readyMillis(),
                    atStart,
                    node.residentMegabytes(),
                    load.perSecond(),
                    MEASURED.multipliedBy(2).toSeconds());
        }
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static double inProcess(StsPolicies policies, PolicyWorld world, int threads, Duration time)
            throws InterruptedException {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        long count = 0;
        try (var workers = Executors.newFixedThreadPool(threads)) {
            var tasks = IntStream.range(0, threads)
                    .<Callable<Long>>mapToObj(seed -> () -> lookUp(policies, world, new Random(seed), end))
                    .toList();
            for (Future<Long> future : workers.invokeAll(tasks)) {
                count += future.resultNow();
            }
        }
        return count / ((System.nanoTime() - start) / 1e9);
    }

    private static long lookUp(StsPolicies policies, PolicyWorld world, Random random, long end) {
        long count = 0;
        while (System.nanoTime() < end) {
            for (int i = 0; i < 100; i++) {
                StsFacts facts = policies.lookUp(world.domain(random.nextInt(world.count())), 0);
                if (!(facts instanceof StsFacts.InForce)) {
                    throw new IllegalStateException("no policy: " + facts);
                }
            }
            count += 100;
        }
        return count;
    }

    private void besidePeer(PolicyWorld world) throws IOException, InterruptedException {
        System.out.printf(
                "%n%,d policies by socketmap, %d connections with %d questions under way each; in turn, %d rounds.%n"
                        + "postfix-mta-sts-resolver is given its policies before it starts and takes them for fresh: it asks no DNS;"
                        + " ours asks a resolver in memory each time.%n",
                world.count(), SocketmapLoad.CONNECTIONS, SocketmapLoad.PIPELINED, ROUNDS);
        Map<String, SocketmapServer> servers = new LinkedHashMap<>();
        Map<String, List<SocketmapLoad>> loads = new LinkedHashMap<>();
        try {
            servers.put(PEER + ", in memory", SocketmapServer.mtaStsDaemon(folder, world, false));
            servers.put(PEER + ", SQLite", SocketmapServer.mtaStsDaemon(folder, world, true));
            servers.put(OURS, SocketmapServer.gatepost(store(world), HEAP));
            for (SocketmapServer server : servers.values()) {
                SocketmapLoad.run(server, world, COMPILING);
            }
            for (int round = 0; round < ROUNDS; round++) {
                for (var server : servers.entrySet()) {
                    loads.computeIfAbsent(server.getKey(), _ -> new ArrayList<>())
                            .add(SocketmapLoad.run(server.getValue(), world, MEASURED));
                }
            }
            print(servers, loads);
        } finally {
            servers.values().forEach(SocketmapServer::close);
        }
    }

    private static void print(Map<String, SocketmapServer> servers, Map<String, List<SocketmapLoad>> loads)
            throws IOException {
        for (var server : servers.entrySet()) {
            List<SocketmapLoad> rounds = loads.getOrDefault(server.getKey(), List.of());
            System.out.printf(
                    "%-36s %s a second, CPU ms each %s, %d MB%n",
                    server.getKey(),
                    spread("%,.0f", rounds.stream().mapToDouble(SocketmapLoad::perSecond)),
                    spread("%.4f", rounds.stream().mapToDouble(SocketmapLoad::cpuMillis)),
                    server.getValue().residentMegabytes());
        }
        List<SocketmapLoad> ours = loads.getOrDefault(OURS, List.of());
        loads.forEach((name, rounds) -> {
            if (!name.equals(OURS)) {
                System.out.println(OURS + " ÷ " + name + ": "
                        + spread(
                                "%.1f",
                                IntStream.range(0, ROUNDS)
                                        .mapToDouble(i -> ours.get(i).perSecond()
                                                / rounds.get(i).perSecond())));
            }
        });
    }

    /// In memory where the machine has a file system there: a day's syncs to disk would only take time.
    private void refreshing(int count) throws IOException, InterruptedException {
        Path shm = Path.of("/dev/shm");
        Path where = Files.isWritable(shm) ? Files.createTempDirectory(shm, "gatepost-bench-mtasts") : folder;
        System.out.printf(
                "%na day of %,d policies under a virtual clock, all due at its begin, at most %d a second; the store is in %s%n",
                count, RATE, where.getParent());
        Path store = where.resolve("day");
        try {
            new PolicyWorld(count).store(store, now);
            RefreshDay.Outcome day = RefreshDay.run(store, count, RATE, now);
            System.out.printf(
                    "%,d refreshes begun, %,d of them failed; never more than %d in a second: %s%n"
                            + "expired while their host was up: %,d; while it was down: %,d; %.0f s of real time, %.2f ms each%n",
                    day.begun(),
                    day.failed(),
                    RATE,
                    day.rateKept() ? "yes" : "NO",
                    day.expiredWhileUp(),
                    day.expiredWhileDown(),
                    day.seconds(),
                    1000 * day.seconds() / Math.max(1, day.begun()));
        } finally {
            if (!where.equals(folder)) {
                delete(where);
            }
        }
    }

    private static String spread(String format, DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return String.join(
                " / ",
                Arrays.stream(new double[] {sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]})
                        .mapToObj(format::formatted)
                        .toList());
    }

    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
