// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The sending clients: the program `load.c`.
record MailLoad(ProcessGroup group, Path program) {
    private static final int SESSIONS = 20;

    /// What was acknowledged, and in how many seconds.
    record Accepted(long messages, double seconds) {}

    /// Sends to the end.
    ///
    /// @param endpoint address and port
    /// @param domains to be sent to in turn
    /// @param options of the program, beyond sessions and domains
    Accepted send(String endpoint, Path domains, Map<String, Integer> options)
            throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of(
                program.toString(), "--to", endpoint, "--domains", domains.toString(), "--sessions", "" + SESSIONS));
        options.forEach((name, value) -> words.addAll(List.of("--" + name, value.toString())));
        var figures =
                Figures.parse(Command.finish(group.start(new ProcessBuilder(words).redirectErrorStream(true)), words));
        return new Accepted(figures.getOrDefault("accepted", 0.0).longValue(), figures.getOrDefault("seconds", 0.0));
    }

    /// A list of domains for [#send].
    static Path list(Path file, List<Destination> destinations) throws IOException {
        return Files.write(file, destinations.stream().map(Destination::domain).toList());
    }
}
