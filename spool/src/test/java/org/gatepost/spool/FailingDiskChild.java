// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Uses a spool while every write to a file fails, as it does when the kernel has made a disk read-only after an
/// error; goes on once writing is possible again, and checks what is there. Prints what it met, a line each; any other
/// end is an exception.
final class FailingDiskChild {
    private static final int SMALL = 20_000;
    private static final int LARGE = 600_000;

    private FailingDiskChild() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        MessageId kept;
        MessageId after;
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            Spool spool = store.spool();
            kept = put(spool, SMALL);
            MessageId finished = put(spool, SMALL);
            List<QueuedRecipient> leased = spool.lease(CrashChild.NOW, 2);
            limitWrites("0");
            System.out.println("small: " + refusal(() -> put(spool, SMALL)));
            System.out.println("large: " + refusal(() -> put(spool, LARGE)));
            System.out.println("result: " + refusal(() -> finish(spool, leased, finished)));
            System.out.println("read: " + isWhole(spool, kept));
            limitWrites("unlimited");
            finish(spool, leased, finished);
            after = put(spool, LARGE);
        }
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            Spool spool = store.spool();
            List<MessageId> there = spool.list(new MessageId(0), Integer.MAX_VALUE).stream()
                    .map(entry -> entry.message().id())
                    .toList();
            boolean all = there.equals(List.of(kept, after)) && isWhole(spool, kept) && isWhole(spool, after);
            System.out.println("kept: " + (all ? "all" : there));
        }
    }

    /// A write beyond the limit fails with EFBIG, also into a file that is open; the JVM ignores the signal.
    private static void limitWrites(String octets) throws IOException, InterruptedException {
        String process = Long.toString(ProcessHandle.current().pid());
        int status = new ProcessBuilder("prlimit", "--pid", process, "--fsize=" + octets + ":unlimited")
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("prlimit failed");
        }
    }

    private static MessageId put(Spool spool, int length) throws IOException {
        try (Spool.Draft draft = spool.draft()) {
            draft.content().write(SpoolContract.octets(length, length));
            return draft.commit(SpoolContract.envelope("a@example.net"), CrashChild.NOW, CrashChild.NOW);
        }
    }

    private static void finish(Spool spool, List<QueuedRecipient> leased, MessageId id) {
        List<Spool.Update> updates = leased.stream()
                .filter(recipient -> recipient.message().equals(id))
                .<Spool.Update>map(Spool.Update.Finished::new)
                .toList();
        spool.apply(updates, List.of());
    }

    private interface Step {
        void run() throws IOException;
    }

    private static String refusal(Step step) {
        try {
            step.run();
            return "done";
        } catch (IOException | SpoolException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static boolean isWhole(Spool spool, MessageId id) throws IOException {
        int size = (int) spool.message(id).orElseThrow().size();
        try (InputStream in = spool.content(id)) {
            return Arrays.equals(in.readAllBytes(), SpoolContract.octets(size, size));
        }
    }
}
