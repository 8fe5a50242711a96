// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The processes of this pid namespace as `/proc` shows them.
final class ProcessTree {
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed on Linux
    private static final int PAGE = 4096;

    private final List<Entry> entries;

    /// @param ticks of the process and of its children that ended and were waited for
    private record Entry(long pid, long parent, long ticks) {}

    private ProcessTree(List<Entry> entries) {
        this.entries = entries;
    }

    static ProcessTree now() {
        var entries = new ArrayList<Entry>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path folder : folders) {
                read(folder.resolve("stat")).map(ProcessTree::entry).ifPresent(entries::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ProcessTree(entries);
    }

    /// Empty when the process ended meanwhile.
    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            // A process that ends while it is read: ESRCH.
            return Optional.empty();
        }
    }

    private static Entry entry(String stat) {
        // The name in parentheses may hold spaces; the state is the third field.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int i = 11; i <= 14; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        return new Entry(Long.parseLong(stat.substring(0, stat.indexOf(' '))), Long.parseLong(fields[1]), ticks);
    }

    /// These processes and all that come from them.
    Set<Long> below(Set<Long> roots) {
        var found = new HashSet<>(roots);
        boolean grew = true;
        while (grew) {
            grew = false;
            for (Entry entry : entries) {
                grew |= found.contains(entry.parent()) && found.add(entry.pid());
            }
        }
        return found;
    }

    double cpuSeconds(Set<Long> pids) {
        return entries.stream()
                        .filter(entry -> pids.contains(entry.pid()))
                        .mapToLong(Entry::ticks)
                        .sum()
                / TICKS_PER_SECOND;
    }

    double cpuSecondsOfAll() {
        return entries.stream().mapToLong(Entry::ticks).sum() / TICKS_PER_SECOND;
    }

    /// Octets: what each process has for itself, and once the most that one of them shares.
    static long memory(Set<Long> pids) {
        long own = 0;
        long shared = 0;
        for (long pid : pids) {
            Optional<String> statm = read(Path.of("/proc/" + pid + "/statm"));
            if (statm.isPresent()) {
                String[] pages = statm.get().split(" ", -1);
                long sharedPages = Long.parseLong(pages[2]);
                own += Long.parseLong(pages[1]) - sharedPages;
                shared = Math.max(shared, sharedPages);
            }
        }
        return (own + shared) * PAGE;
    }
}
