// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Fills the small disk on which its spool lies, makes room, goes on, and checks what is there. Prints what it
/// met, a line each; any other end is an exception.
final class FullDiskChild {
    private FullDiskChild() {}

    public static void main(String[] arguments) throws IOException {
        Path disk = Path.of(arguments[0]);
        Path directory = disk.resolve("spool");
        // Without a reserve, so that the disk's own refusal is met.
        StoreSettings settings = StoreSettings.DEFAULT.withReserve(0);
        List<MessageId> kept = new ArrayList<>();
        Path ballast = Files.write(disk.resolve("ballast"), new byte[4 << 20]);
        try (EmbeddedStore store = EmbeddedStore.open(directory, settings)) {
            System.out.println("small: " + fill(store.spool(), kept, 20_000));
            System.out.println("large: " + fill(store.spool(), kept, 600_000));
            Files.delete(ballast);
            kept.add(put(store.spool(), 20_000));
            kept.add(put(store.spool(), 600_000));
            System.out.println("goes on");
        }
        try (EmbeddedStore store = EmbeddedStore.open(directory, settings)) {
            check(store.spool(), kept);
            System.out.println("kept: all");
        }
    }

    private static String fill(Spool spool, List<MessageId> kept, int length) {
        while (true) {
            try {
                kept.add(put(spool, length));
            } catch (SpoolException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    private static MessageId put(Spool spool, int length) {
        try (Spool.Draft draft = spool.draft()) {
            SpoolContract.write(draft, SpoolContract.octets(length, length));
            return draft.commit(SpoolContract.envelope("a@example.net"), CrashChild.NOW, CrashChild.NOW);
        }
    }

    private static void check(Spool spool, List<MessageId> kept) throws IOException {
        List<MessageId> there = spool.list(new MessageId(0), Integer.MAX_VALUE).stream()
                .map(entry -> entry.message().id())
                .toList();
        if (!there.equals(kept)) {
            throw new AssertionError(there + " instead of " + kept);
        }
        for (Spool.Entry entry : spool.list(new MessageId(0), Integer.MAX_VALUE)) {
            int size = (int) entry.message().size();
            try (InputStream in = spool.content(entry.message().id())) {
                if (!Arrays.equals(in.readAllBytes(), SpoolContract.octets(size, size))) {
                    throw new AssertionError("content of " + entry.message().id());
                }
            }
        }
    }
}
