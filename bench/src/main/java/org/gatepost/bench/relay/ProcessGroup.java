// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Processes whose use of the machine is counted together: a control group where there are any, which counts also what
/// ended; else the tree of the processes in `/proc`.
final class ProcessGroup {
    /// The control group that all of the bench runs in.
    private static final Optional<Path> EVERYTHING =
            Optional.ofNullable(System.getenv("GATEPOST_BENCH_CGROUP")).map(Path::of);

    private final Optional<Path> folder;
    private final Set<Long> roots = ConcurrentHashMap.newKeySet();

    private ProcessGroup(Optional<Path> folder) {
        this.folder = folder;
    }

    /// @param name not used before
    static ProcessGroup create(String name) {
        return new ProcessGroup(EVERYTHING.map(all -> {
            try {
                return Files.createDirectories(all.resolve(name));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
    }

    /// Seconds of processor time that the whole bench has used, with its processes that ended.
    static double cpuSecondsOfAll() {
        return EVERYTHING
                .map(ProcessGroup::cpuSeconds)
                .orElseGet(() -> ProcessTree.now().cpuSecondsOfAll());
    }

    /// Starts a command as one of the group.
    Process start(ProcessBuilder builder) throws IOException {
        if (folder.isPresent()) {
            var command = new ArrayList<>(List.of(
                    "/bin/sh",
                    "-c",
                    "echo 0 >\"$0\" && exec \"$@\"",
                    folder.get().resolve("cgroup.procs").toString()));
            command.addAll(builder.command());
            builder.command(command);
        }
        Process process = builder.start();
        roots.add(process.pid());
        return process;
    }

    /// Seconds of processor time so far.
    double cpuSeconds() {
        return folder.map(ProcessGroup::cpuSeconds).orElseGet(() -> {
            ProcessTree tree = ProcessTree.now();
            return tree.cpuSeconds(tree.below(roots));
        });
    }

    private static double cpuSeconds(Path group) {
        try {
            Path second = group.resolve("cpu.stat");
            if (Files.exists(second)) {
                return Files.readAllLines(second).stream()
                                .filter(line -> line.startsWith("usage_usec "))
                                .mapToLong(line -> Long.parseLong(line.substring("usage_usec ".length())))
                                .findFirst()
                                .orElseThrow()
                        / 1e6;
            }
            return Long.parseLong(
                            Files.readString(group.resolve("cpuacct.usage")).strip())
                    / 1e9;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Megabytes that its processes hold now.
    double megabytes() {
        return ProcessTree.memory(ProcessTree.now().below(roots)) / 1e6;
    }
}
