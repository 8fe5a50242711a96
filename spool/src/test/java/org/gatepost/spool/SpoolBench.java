// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gatepost.names.Mailbox;

/// How many messages of 10 KB go through the spool in a second (taken in, handed out, read, finished; each step
/// durable), as a ratio to what the disk's own sync allows a log that syncs after each message. With the journal and
/// by the tables alone, in turn, five times, after a warm-up: `./dev bench spool`.
final class SpoolBench {
    private static final int MESSAGE = 10 * 1024;
    private static final int SESSIONS = 20;
    private static final int ROUNDS = 5;
    private static final Duration LENGTH = Duration.ofSeconds(4);
    private static final Instant NOW = Instant.parse("2026-11-28T10:00:00Z");
    private static final Journal.Settings NO_JOURNAL = new Journal.Settings(64 << 20, 0);

    private SpoolBench() {}

    /// @param args the folder to measure in; a temporary one by default
    public static void main(String[] args) throws Exception {
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("gatepost-bench");
        List<double[]> rounds = new ArrayList<>();
        System.out.println("messages of 10 KB, " + SESSIONS + " sessions; per second, and CPU ms each");
        for (int round = -1; round < ROUNDS; round++) {
            double raw = syncs(folder.resolve("raw"));
            Lives tables = lives(folder.resolve("tables" + round), StoreSettings.DEFAULT.withJournal(NO_JOURNAL));
            Lives journal = lives(folder.resolve("journal" + round), StoreSettings.DEFAULT);
            if (round < 0) {
                continue; // warm-up
            }
            rounds.add(new double[] {tables.rate() / raw, journal.rate() / raw, journal.rate() / tables.rate()});
            System.out.printf(
                    "log, one sync each: %.0f  tables: %.0f (%.3f)  journal: %.0f (%.3f)%n",
                    raw, tables.rate(), tables.cpuMillis(), journal.rate(), journal.cpuMillis());
        }
        String[] names = {"tables ÷ log", "journal ÷ log", "journal ÷ tables"};
        for (int i = 0; i < names.length; i++) {
            int column = i;
            double[] ratios =
                    rounds.stream().mapToDouble(round -> round[column]).sorted().toArray();
            System.out.printf(
                    "%s, min / median / max: %.2f / %.2f / %.2f%n",
                    names[i], ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
        }
    }

    private record Lives(double rate, double cpuMillis) {}

    private static double syncs(Path file) throws IOException {
        long end = System.nanoTime() + LENGTH.toNanos();
        int count = 0;
        try (FileChannel log = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (System.nanoTime() < end) {
                ByteBuffer message = ByteBuffer.allocate(MESSAGE);
                while (message.hasRemaining()) {
                    int written = log.write(message);
                    if (written < 0) {
                        throw new IOException("the log takes no more");
                    }
                }
                log.force(false);
                count++;
            }
        }
        Files.delete(file);
        return count / (LENGTH.toNanos() / 1e9);
    }

    private static Lives lives(Path folder, StoreSettings settings) throws Exception {
        var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        try (EmbeddedStore store = EmbeddedStore.open(folder, settings);
                ExecutorService sessions = Executors.newVirtualThreadPerTaskExecutor()) {
            long cpu = process.getProcessCpuTime();
            long end = System.nanoTime() + LENGTH.toNanos();
            List<Future<Integer>> counts = new ArrayList<>();
            for (int session = 0; session < SESSIONS; session++) {
                Callable<Integer> work = () -> session(store.spool(), end);
                counts.add(sessions.submit(work));
            }
            long total = 0;
            for (Future<Integer> count : counts) {
                total += count.get();
            }
            return new Lives(total / (LENGTH.toNanos() / 1e9), (process.getProcessCpuTime() - cpu) / 1e6 / total);
        }
    }

    private static int session(Spool spool, long end) throws IOException {
        Envelope envelope = new Envelope(
                Optional.of(Mailbox.parse("a@example.com")),
                List.of(Mailbox.parse("b@example.net")),
                false,
                true,
                "bench");
        byte[] content = new byte[MESSAGE];
        int count = 0;
        while (System.nanoTime() < end) {
            try (Spool.Draft draft = spool.draft();
                    OutputStream out = draft.content()) {
                out.write(content);
                draft.commit(envelope, NOW, NOW);
            }
            for (QueuedRecipient recipient : spool.lease(NOW, 1)) {
                try (InputStream in = spool.content(recipient.message())) {
                    count += in.readAllBytes().length == MESSAGE ? 1 : 0;
                }
                spool.apply(List.of(new Spool.Update.Finished(recipient)), List.of());
            }
        }
        return count;
    }
}
