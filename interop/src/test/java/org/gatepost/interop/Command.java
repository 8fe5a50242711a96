// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A program that runs to its end: started, fed, awaited for a bounded time, and read.
///
/// @param arguments the program and its arguments
/// @param folder where it runs
/// @param environment added to this JVM's own
/// @param limit after which it is killed and a failure thrown
record Command(List<String> arguments, Path folder, Map<String, String> environment, Duration limit) {
    Command {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /// @param line the program and its first arguments, none of which holds a space
    static Command of(Scratch scratch, String line) {
        return new Command(List.of(line.split(" ")), scratch.folder(), Map.of(), Duration.ofSeconds(30));
    }

    /// With arguments added as they are.
    Command and(String... more) {
        return new Command(Stream.concat(arguments.stream(), Stream.of(more)).toList(), folder, environment, limit);
    }

    Command with(String variable, String value) {
        var more = new HashMap<>(environment);
        more.put(variable, value);
        return new Command(arguments, folder, more, limit);
    }

    Command within(Duration newLimit) {
        return new Command(arguments, folder, environment, newLimit);
    }

    /// @param output standard output and standard error as they came, one Latin-1 character for each octet
    record Finished(int exit, String output) {}

    Finished run() {
        return run(Path.of("/dev/null"));
    }

    Finished run(Path standardInput) {
        try {
            var output = Files.createTempFile(folder, "output-", ".txt");
            var process = builder(standardInput, output).start();
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new PeerFailure("did not end within " + limit + ": " + this + "\n" + Scratch.tail(output));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PeerFailure("interrupted: " + this);
            } finally {
                process.destroyForcibly();
            }
            var text = Files.readString(output, StandardCharsets.ISO_8859_1);
            Files.delete(output);
            return new Finished(process.exitValue(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs a step whose failure leaves nothing to test.
    ///
    /// @return its output, without white space at the ends
    String mustSucceed() {
        var finished = run();
        if (finished.exit() != 0) {
            throw new PeerFailure("exit status " + finished.exit() + " from " + this + "\n" + finished.output());
        }
        return finished.output().strip();
    }

    private ProcessBuilder builder(Path standardInput, Path output) {
        var builder = new ProcessBuilder(arguments)
                .directory(folder.toFile())
                .redirectInput(standardInput.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(environment);
        return builder;
    }

    @Override
    public String toString() {
        return String.join(" ", arguments);
    }
}
