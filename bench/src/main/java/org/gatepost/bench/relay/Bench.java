// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gives one system a load and measures it.
///
/// @param domains file of the domains that mail is sent to
record Bench(RelayInternet internet, MailLoad load, RelayOptions options, Path domains) {
    /// How long the sink waits for messages that do not come.
    private static final Duration IDLE = Duration.ofSeconds(60);

    /// Within which a system has put its books in order after the last delivery.
    private static final Duration SETTLING = Duration.ofMillis(500);

    /// Within which a message would have followed a connection.
    private static final Duration REFUSAL = Duration.ofSeconds(2);

    private static final int MOST_REPEATS = 3;

    /// Load until compilers and caches have what they need.
    void warmUp(RelaySystem system, int size) throws IOException, InterruptedException {
        int run = internet.sink().newRun();
        var accepted = load.send(
                system.endpoint(),
                domains,
                Map.of("run", run, "seconds", options.warmUpSeconds(), "messages", 10_000_000, "size", size));
        check(system, internet.sink().await(accepted.messages(), IDLE), accepted.messages());
    }

    /// Sends to domains whose MX hosts do not show what is demanded: connections must come, messages must not.
    void control(RelaySystem system, Path controls, int count) throws IOException, InterruptedException {
        int run = internet.sink().newRun();
        load.send(system.endpoint(), controls, Map.of("run", run, "messages", count, "sessions", 1));
        long end = System.nanoTime() + IDLE.toNanos();
        while (internet.sink().await(1, Duration.ofSeconds(1)).of("control_connections") < count) {
            if (System.nanoTime() > end) {
                throw new BenchFailure(
                        system.name() + " did not try the hosts that it must refuse\n" + system.logTail());
            }
        }
        Thread.sleep(REFUSAL);
        MailSink.Count seen = internet.sink().await(0, Duration.ZERO);
        check(system, seen, 0);
    }

    /// A measured run; repeated, some times at most, while others disturb it.
    RelayRun measure(RelaySystem system, int messages, int size, int rate) throws IOException, InterruptedException {
        for (int repeats = 0; ; repeats++) {
            if (options.patient()) {
                Machine.awaitQuiet();
            }
            RelayRun run = once(system, messages, size, rate);
            System.out.printf("  %-16s %s%n", system.name(), run);
            if (!options.patient() || !run.disturbed() || repeats == MOST_REPEATS) {
                return run;
            }
        }
    }

    private RelayRun once(RelaySystem system, int messages, int size, int rate)
            throws IOException, InterruptedException {
        int number = internet.sink().newRun();
        Map<String, Integer> words = new LinkedHashMap<>(Map.of("run", number, "messages", messages, "size", size));
        if (rate > 0) {
            words.put("rate", rate);
        }
        Machine.Others others = Machine.Others.now();
        Cpu before = cpu(system);
        MailSink.Count seen;
        double megabytes;
        try (var memory = MemoryWatch.of(system.group())) {
            MailLoad.Accepted accepted = load.send(system.endpoint(), domains, words);
            seen = internet.sink().await(accepted.messages(), IDLE);
            megabytes = memory.most();
        }
        Thread.sleep(SETTLING);
        check(system, seen, messages);
        Cpu used = cpu(system).since(before, messages / 1000.0);
        return new RelayRun(
                messages / seen.of("seconds"),
                used.system(),
                used.resolver(),
                used.rest(),
                seen.of("p50"),
                seen.of("p99"),
                seen.of("full") / messages,
                megabytes,
                others.cores());
    }

    /// Seconds of processor time.
    ///
    /// @param rest of the bench's own load and sink
    private record Cpu(double system, double resolver, double rest) {
        Cpu since(Cpu before, double units) {
            return new Cpu(
                    (system - before.system) / units,
                    (resolver - before.resolver) / units,
                    (rest - before.rest) / units);
        }
    }

    private Cpu cpu(RelaySystem system) {
        return new Cpu(
                system.group().cpuSeconds(),
                internet.resolverGroup().cpuSeconds(),
                load.group().cpuSeconds() + internet.sinkGroup().cpuSeconds());
    }

    private void check(RelaySystem system, MailSink.Count seen, long messages) {
        var wrong = new ArrayList<String>();
        if (seen.messages() != messages) {
            wrong.add("%,d of %,d messages arrived".formatted(seen.messages(), messages));
        }
        for (String never : List.of("duplicates", "strays", "downgraded", "control_messages")) {
            if (seen.of(never) > 0) {
                wrong.add("%s: %.0f".formatted(never, seen.of(never)));
            }
        }
        if (!wrong.isEmpty()) {
            throw new BenchFailure(system.name() + ": " + String.join("; ", wrong) + "\n" + system.logTail());
        }
    }
}
