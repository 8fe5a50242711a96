// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.gatepost.lab.Lab;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;

/// Many rounds of [KillTest], for `./dev crash`. Every fourth round the gateway is killed while it starts, too, up to
/// three times in a row. Ends with what is wrong, or prints the figures.
final class KillCampaign {
    private static final int DOMAINS = 50;
    private static final int ROUNDS_A_LINE = 10;
    private static final int MOST_A_ROUND = 200;

    private final Random random;
    private final KillRounds rounds;
    private int starts;

    private KillCampaign(KillRounds rounds, Random random) {
        this.rounds = rounds;
        this.random = random;
    }

    /// @param arguments how many rounds; the seed, or a random one
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int count = Integer.parseInt(arguments[0]);
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : new SecureRandom().nextLong();
        System.out.println("crash: the whole gateway, " + count + " rounds, seed " + seed);
        Path folder = Files.createTempDirectory("gatepost-crash");
        List<Scenario> domains = Scenarios.bulk(DOMAINS);
        try (Lab lab = Lab.start(folder, domains, InstantSource.system())) {
            var rounds = new KillRounds(lab, folder, domains, count * MOST_A_ROUND);
            new KillCampaign(rounds, new Random(seed)).run(count);
        } finally {
            delete(folder);
        }
    }

    private void run(int count) throws IOException, InterruptedException {
        for (int round = 1; round <= count; round++) {
            Duration start =
                    rounds.killWhileWorking(1 + random.nextInt(MOST_A_ROUND / 2), upTo(Duration.ofMillis(100)));
            for (int times = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0; times > 0; times--) {
                rounds.killWhileStarting(upTo(start));
                starts++;
            }
            if (round % ROUNDS_A_LINE == 0 || round == count) {
                System.out.println("crash: gateway, round " + round + ": "
                        + rounds.submission().acknowledged().size() + " acknowledged, " + rounds.delivered()
                        + " delivered");
            }
        }
        rounds.finish(false);
        int twice = rounds.judge();
        System.out.println("crash: gateway: " + (count + starts) + " kills, " + starts
                + " of them while it started; 0 of "
                + rounds.submission().acknowledged().size() + " acknowledged messages lost, " + twice
                + " delivered again, at most " + KillRounds.IN_FLIGHT + " for each kill");
    }

    private Duration upTo(Duration most) {
        return Duration.ofNanos(random.nextLong(most.toNanos()));
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
