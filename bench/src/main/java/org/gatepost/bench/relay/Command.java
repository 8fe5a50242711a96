// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Commands that run to their end.
final class Command {
    private Command() {}

    /// What it prints.
    ///
    /// @throws BenchFailure when it fails, with what it said
    static String run(Path folder, String... words) throws IOException, InterruptedException {
        return finish(
                new ProcessBuilder(words)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start(),
                List.of(words));
    }

    /// The same of a command that was started.
    static String finish(Process process, List<String> words) throws IOException, InterruptedException {
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new BenchFailure(Path.of(words.getFirst()).getFileName() + " failed: " + output);
        }
        return output;
    }
}
