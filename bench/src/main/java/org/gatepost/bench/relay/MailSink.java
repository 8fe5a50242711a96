// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The receiving MX hosts: the program `sink.c`.
final class MailSink implements AutoCloseable {
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;
    private int run;

    private MailSink(Process process) {
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.US_ASCII);
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    }

    static MailSink start(ProcessGroup group, List<String> command) throws IOException {
        var sink =
                new MailSink(group.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT)));
        sink.answer();
        return sink;
    }

    /// What was counted in a run.
    record Count(Map<String, Double> figures) {
        double of(String name) {
            Double figure = figures.get(name);
            if (figure == null) {
                throw new IllegalArgumentException("the sink does not count " + name);
            }
            return figure;
        }

        long messages() {
            return (long) of("messages");
        }
    }

    /// Counts from nothing.
    ///
    /// @return the number that messages of the new run must be stamped with
    int newRun() throws IOException {
        run++;
        say("run " + run);
        return run;
    }

    /// Waits until so many different messages of the run came, or none came for a while.
    Count await(long messages, Duration idle) throws IOException {
        say("report " + messages + " " + idle.toMillis());
        return new Count(Figures.parse(answer()));
    }

    private void say(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new BenchFailure("the sink ended");
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        commands.close();
        process.destroy();
    }
}
