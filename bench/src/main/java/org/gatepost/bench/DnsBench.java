// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gatepost.dns.TrustAnchor;
import org.gatepost.dns.ValidatingResolver;
import org.gatepost.zones.SigningAlgorithm;

/// Validated lookups in a second, beside Unbound's: `./dev bench dns`.
///
/// Both forward to one more Unbound that validates nothing and has been asked every question before, so that what is
/// measured is their own work. Each domain is a signed zone of its own, so a cold lookup checks three signatures. They
/// run in turn, three rounds; every answer has to be there, and ours secure.
final class DnsBench {
    private static final int ROUNDS = 3;
    private static final Duration WARM = Duration.ofSeconds(5);

    /// Compilers need that long before figures settle.
    private static final Duration COMPILING = Duration.ofSeconds(12);

    private final Path folder;
    private final BenchWorld world;
    private final Map<String, List<Load>> rows = new LinkedHashMap<>();

    private DnsBench(Path folder, BenchWorld world) {
        this.folder = folder;
        this.world = world;
    }

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("gatepost-bench-dns");
        for (var algorithm : List.of(SigningAlgorithm.ECDSAP256SHA256, SigningAlgorithm.RSASHA256)) {
            int count = algorithm == SigningAlgorithm.ECDSAP256SHA256 ? 6000 : 3000;
            System.out.println("making " + count + " zones signed with " + algorithm);
            try (BenchWorld world = BenchWorld.start(algorithm, count)) {
                var bench = new DnsBench(folder, world);
                bench.run();
                bench.print(algorithm);
            }
        }
    }

    private void run() throws IOException, InterruptedException {
        List<String> warmUp = world.domains().subList(0, world.domains().size() * 2 / 3);
        List<String> measured =
                world.domains().subList(warmUp.size(), world.domains().size());
        try (Peer relay = Peer.unbound(folder, world.server().address().getPort(), "")) {
            Path everything = Load.questions(folder, "everything", world.allQuestions());
            Load.once(relay, everything);
            Load.once(relay, everything);
            for (int round = 0; round < ROUNDS; round++) {
                System.out.println("round " + (round + 1) + " of " + ROUNDS);
                try (Peer unbound = Peer.unbound(folder, relay.port(), world.anchor())) {
                    overUdp("Unbound", unbound, warmUp, measured);
                }
                try (Peer gatepost = Peer.gatepost(folder, relay.port(), world.anchor())) {
                    overUdp("gatepost dns", gatepost, warmUp, measured);
                }
                inProcess(new InProcess(relay.port(), new TrustAnchor(List.of(world.anchor()))), warmUp, measured);
            }
        }
    }

    private void overUdp(String name, Peer peer, List<String> warmUp, List<String> measured)
            throws IOException, InterruptedException {
        Load.once(peer, mxQuestions("warm-up", warmUp));
        Path questions = mxQuestions("measured", measured);
        add(name + ", cold", Load.once(peer, questions));
        Load.lasting(peer, questions, WARM);
        add(name + ", warm", Load.lasting(peer, questions, WARM));
    }

    private Path mxQuestions(String name, List<String> domains) throws IOException {
        return Load.questions(
                folder, name, domains.stream().map(domain -> domain + " MX").toList());
    }

    private void inProcess(InProcess process, List<String> warmUp, List<String> measured) throws InterruptedException {
        long end = System.nanoTime() + COMPILING.toNanos();
        while (System.nanoTime() < end) {
            try (ValidatingResolver resolver = process.resolver()) {
                InProcess.delivery(resolver, warmUp);
                InProcess.lasting(resolver, warmUp, Duration.ofSeconds(1));
            }
        }
        try (ValidatingResolver resolver = process.resolver()) {
            InProcess.mx(resolver, warmUp.subList(0, 10));
            add("in process, cold", InProcess.mx(resolver, measured));
            add("in process, warm", InProcess.lasting(resolver, measured, WARM));
        }
        try (ValidatingResolver resolver = process.resolver()) {
            InProcess.mx(resolver, warmUp.subList(0, 10));
            add("all of a delivery, cold", InProcess.delivery(resolver, measured));
        }
    }

    private void add(String row, Load load) {
        rows.computeIfAbsent(row, _ -> new ArrayList<>()).add(load);
    }

    private void print(SigningAlgorithm algorithm) {
        System.out.printf("%n%s, min / median / max of %d rounds%n", algorithm, ROUNDS);
        System.out.printf("%-26s %30s %24s%n", "", "per second", "CPU ms each");
        rows.forEach((name, loads) -> System.out.printf(
                "%-26s %30s %24s%n",
                name,
                spread("%.0f", loads.stream().mapToDouble(Load::perSecond)),
                spread("%.4f", loads.stream().mapToDouble(Load::cpuMillis))));
        ratio("gatepost dns, cold", "Unbound, cold");
        ratio("gatepost dns, warm", "Unbound, warm");
        ratio("in process, cold", "Unbound, cold");
        ratio("in process, warm", "Unbound, warm");
        System.out.println();
    }

    private static String spread(String format, java.util.stream.DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return String.join(
                " / ",
                Arrays.stream(new double[] {sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]})
                        .mapToObj(format::formatted)
                        .toList());
    }

    /// Round by round, as the machine's speed drifts.
    private void ratio(String ours, String theirs) {
        List<Load> one = rows.getOrDefault(ours, List.of());
        List<Load> other = rows.getOrDefault(theirs, List.of());
        double[] rates = new double[one.size()];
        double[] costs = new double[one.size()];
        for (int i = 0; i < rates.length; i++) {
            rates[i] = one.get(i).perSecond() / other.get(i).perSecond();
            costs[i] = one.get(i).cpuMillis() / other.get(i).cpuMillis();
        }
        System.out.printf(
                "%s ÷ %s: per second %s, CPU %s%n",
                ours, theirs, spread("%.2f", Arrays.stream(rates)), spread("%.2f", Arrays.stream(costs)));
    }
}
