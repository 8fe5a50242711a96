// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gatepost.names.Mailbox;

/// How many messages of 10 KB the spool makes durable in a second, as a ratio to what the disk's own sync allows a
/// log that syncs after each message. The two are measured in turn, five times, after a warm-up: `./dev bench
/// spool`.
final class SpoolBench {
    private static final int MESSAGE = 10 * 1024;
    private static final int SESSIONS = 20;
    private static final int ROUNDS = 5;
    private static final Duration LENGTH = Duration.ofSeconds(4);

    private SpoolBench() {}

    /// @param args the folder to measure in; a temporary one by default
    public static void main(String[] args) throws Exception {
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("gatepost-bench");
        double[] ratios = new double[ROUNDS];
        System.out.println("messages of 10 KB, " + SESSIONS + " sessions; per second");
        for (int round = -1; round < ROUNDS; round++) {
            double raw = syncs(folder.resolve("raw"));
            double spool = commits(folder.resolve("spool" + round));
            if (round < 0) {
                continue; // warm-up
            }
            ratios[round] = spool / raw;
            System.out.printf("log, one sync each: %.0f  spool: %.0f  ratio %.2f%n", raw, spool, spool / raw);
        }
        Arrays.sort(ratios);
        System.out.printf(
                "ratio min / median / max: %.2f / %.2f / %.2f%n", ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
    }

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

    private static double commits(Path folder) throws Exception {
        try (EmbeddedStore store = EmbeddedStore.open(folder);
                ExecutorService sessions = Executors.newVirtualThreadPerTaskExecutor()) {
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
            return total / (LENGTH.toNanos() / 1e9);
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
                Instant now = Instant.EPOCH.plusSeconds(count);
                MessageId id = draft.commit(envelope, now, now);
                count += id.value() >= 0 ? 1 : 0;
            }
        }
        return count;
    }
}
