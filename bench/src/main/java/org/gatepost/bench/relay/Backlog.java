// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A long queue of mail to hosts that are down, and what it does to mail for hosts that are up: memory, start of the
/// gateway, throughput. Every second one refuses connections, the others are silent. Gatepost only.
record Backlog(Path folder, RelayInternet internet, MailLoad load, RelayOptions options) {
    /// 50 domains that live, and 1,000 that are down.
    static final Population POPULATION = new Population(50, 0, 0, 0, 1000);

    private static final int MESSAGES = 6_000;
    private static final int SIZE = 10 * 1024;
    private static final int WAITING_SIZE = 1024;

    private static final double GOAL_RATE = 0.9;
    private static final double GOAL_MEGABYTES = 1000;

    /// The first attempts are over when the gateway uses less than so many cores.
    private static final double IDLE_CORES = 0.3;

    /// Longer than the time-outs of the silent ones.
    private static final int SECONDS_OF_IDLENESS = 40;
    private static final int LONGEST_SETTLING = 900;

    void print() throws IOException, InterruptedException {
        int messages = options.messages().orElse(MESSAGES);
        System.out.printf(
                "%nbacklog: %,d recipients at %,d domains that are down, half of them silent, in messages of 1 KB with %d recipients each;"
                        + " %,d messages of 10 KB to %d others, 20 sessions%n",
                options.queued(), POPULATION.down(), options.recipients(), messages, POPULATION.dane());
        Path domains = MailLoad.list(folder.resolve("backlog.domains"), POPULATION.live());
        var bench = new Bench(internet, load, options, domains);
        GatepostRelay gatepost = GatepostRelay.start(folder.resolve("gatepost-backlog"), internet, false);
        try (SilentHosts _ = SilentHosts.of(silent())) {
            System.out.printf(
                    "  started with nothing queued in %,d ms%n",
                    gatepost.startUp().toMillis());
            bench.warmUp(gatepost, SIZE);
            List<RelayRun> empty = rounds(bench, gatepost, messages);
            fill(gatepost);
            List<RelayRun> full = rounds(bench, gatepost, messages);
            gatepost = gatepost.restart();
            double atStart = gatepost.group().megabytes();
            System.out.printf(
                    "  started with the backlog in %,d ms, %,.0f MB then%n",
                    gatepost.startUp().toMillis(), atStart);
            bench.warmUp(gatepost, SIZE);
            List<RelayRun> afterRestart = rounds(bench, gatepost, messages);
            print("with the backlog", full, empty);
            print("after the restart", afterRestart, empty);
        } finally {
            gatepost.close();
        }
    }

    private static List<Destination> silent() {
        List<Destination> downs = POPULATION.downs();
        return IntStream.range(0, downs.size())
                .filter(i -> i % 2 == 1)
                .mapToObj(downs::get)
                .toList();
    }

    private List<RelayRun> rounds(Bench bench, GatepostRelay gatepost, int messages)
            throws IOException, InterruptedException {
        var runs = new ArrayList<RelayRun>();
        for (int round = 0; round < options.rounds(); round++) {
            runs.add(bench.measure(gatepost, messages, SIZE, 0));
        }
        return runs;
    }

    private void fill(GatepostRelay gatepost) throws IOException, InterruptedException {
        Path domains = MailLoad.list(folder.resolve("down.domains"), POPULATION.downs());
        int run = internet.sink().newRun();
        MailLoad.Accepted filled = load.send(
                gatepost.endpoint(),
                domains,
                Map.of(
                        "run",
                        run,
                        "messages",
                        Math.ceilDiv(options.queued(), options.recipients()),
                        "recipients",
                        options.recipients(),
                        "size",
                        WAITING_SIZE));
        System.out.printf("  filled in %.0f s%n", filled.seconds());
        settle(gatepost);
    }

    /// Waits until each destination has been tried for the first time.
    private static void settle(GatepostRelay gatepost) throws InterruptedException {
        int idle = 0;
        double cpu = gatepost.group().cpuSeconds();
        for (int second = 1; second <= LONGEST_SETTLING; second++) {
            Thread.sleep(1000);
            double used = gatepost.group().cpuSeconds() - cpu;
            cpu += used;
            idle = used < IDLE_CORES ? idle + 1 : 0;
            if (idle == SECONDS_OF_IDLENESS) {
                System.out.printf(
                        "  first attempts over after %d s; %,.0f MB then%n",
                        second, gatepost.group().megabytes());
                return;
            }
        }
        System.out.printf(
                "  STILL BUSY after %d s, measured all the same; %,.0f MB then%n",
                LONGEST_SETTLING, gatepost.group().megabytes());
    }

    private static void print(String when, List<RelayRun> runs, List<RelayRun> empty) {
        double ratio = median(Measure.RATE, runs) / median(Measure.RATE, empty);
        double megabytes = runs.stream().mapToDouble(RelayRun::megabytes).max().orElseThrow();
        System.out.printf(
                "%-18s messages/s %,.0f, with nothing queued %,.0f: ratio %.2f, goal ≥ %.1f: %s; memory %,.0f MB,"
                        + " goal ≤ %,.0f: %s%n",
                when,
                median(Measure.RATE, runs),
                median(Measure.RATE, empty),
                ratio,
                GOAL_RATE,
                ratio >= GOAL_RATE ? "met" : "MISSED",
                megabytes,
                GOAL_MEGABYTES,
                megabytes <= GOAL_MEGABYTES ? "met" : "MISSED");
    }

    private static double median(Measure measure, List<RelayRun> runs) {
        double[] sorted = runs.stream().mapToDouble(measure::of).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
