// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The machine, and who else uses it.
final class Machine {
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed on Linux

    /// Cores that kernel threads and the like may use on a machine that is called quiet.
    private static final double QUIET = 0.15;

    private static final int SECONDS_OF_QUIET = 2;
    private static final int LONGEST_WAIT = 60;

    private Machine() {}

    /// What processes outside the bench have used since some moment.
    record Others(double busyAtStart, double oursAtStart, long startNanos) {
        static Others now() {
            return new Others(busySeconds(), ProcessGroup.cpuSecondsOfAll(), System.nanoTime());
        }

        /// Cores on average.
        double cores() {
            double busy = busySeconds() - busyAtStart;
            double ours = ProcessGroup.cpuSecondsOfAll() - oursAtStart;
            return Math.max(0, (busy - ours) / ((System.nanoTime() - startNanos) / 1e9));
        }
    }

    /// Waits until nobody else uses the machine, a minute at most.
    static void awaitQuiet() throws InterruptedException {
        int quiet = 0;
        for (int i = 0; i < LONGEST_WAIT && quiet < SECONDS_OF_QUIET; i++) {
            Others others = Others.now();
            Thread.sleep(1000);
            quiet = others.cores() < QUIET ? quiet + 1 : 0;
        }
    }

    /// Of all cores: user, nice, system, irq, softirq.
    private static double busySeconds() {
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            String[] fields = lines.findFirst().orElseThrow().split(" +", -1);
            long ticks = 0;
            for (int field : new int[] {1, 2, 3, 6, 7}) {
                ticks += Long.parseLong(fields[field]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
