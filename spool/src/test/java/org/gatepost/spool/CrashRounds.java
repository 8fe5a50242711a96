// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Many rounds of [CrashTest], for `./dev crash`: a new spool every ten rounds, every second one with a journal of
/// small files. Any loss ends it with what was lost.
final class CrashRounds {
    /// Files that are full after some dozen messages.
    static final Journal.Settings SMALL = new Journal.Settings(512 << 10, 3);

    /// Within this after its begin a kill falls while the spool is opened, or soon after.
    static final Duration OPENING = Duration.ofMillis(400);

    private static final int ROUNDS_A_SPOOL = 10;

    private final Random random;
    private int acknowledged;
    private int finished;
    private int kills;
    private int openingsKilled;

    private CrashRounds(long seed) {
        this.random = new Random(seed);
    }

    /// @param arguments how many rounds; the seed, or a random one
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rounds = Integer.parseInt(arguments[0]);
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : new SecureRandom().nextLong();
        System.out.println("crash: the spool alone, " + rounds + " rounds, seed " + seed);
        var all = new CrashRounds(seed);
        for (int done = 0; done < rounds; done += ROUNDS_A_SPOOL) {
            int some = Math.min(ROUNDS_A_SPOOL, rounds - done);
            boolean small = done / ROUNDS_A_SPOOL % 2 == 1;
            all.run(some, small ? SMALL : Journal.Settings.DEFAULT);
            System.out.println("crash: spool, round " + (done + some) + (small ? " (small journal)" : "") + ": "
                    + all.acknowledged + " acknowledged, " + all.finished + " finished, 0 lost");
        }
        System.out.println("crash: spool: " + all.kills + " kills, " + all.openingsKilled
                + " of them while it was opened; 0 of " + all.acknowledged + " acknowledged messages lost");
    }

    private void run(int rounds, Journal.Settings journal) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("gatepost-crash");
        try {
            var spool = new KilledSpool(directory.resolve("spool"), journal);
            for (int round = 1; round <= rounds; round++) {
                round(spool);
                // Now and then the next child finds what this one left.
                if (round == rounds || random.nextInt(3) > 0) {
                    spool.check();
                }
            }
            acknowledged += spool.acknowledged();
            finished += spool.finished();
        } finally {
            delete(directory);
        }
    }

    private void round(KilledSpool spool) throws IOException, InterruptedException {
        spool.killWhileWorking(20 + random.nextInt(1200), random.nextLong());
        kills++;
        for (int times = random.nextInt(4) - 1; times > 0; times--) {
            kills++;
            openingsKilled += spool.killWhileOpening(random.nextLong(OPENING.toNanos()), random.nextLong()) ? 1 : 0;
        }
    }

    private static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(directory)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
