// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// `gatepost serve` as a process of its own, as an operator runs it.
final class GatewayProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Pattern READY = Pattern.compile("gatepost: ready, SMTP on ([0-9.]+):([0-9]+)");

    private final Process process;
    private final Path out;
    /// How much of the log former runs wrote.
    private final int before;

    private GatewayProcess(Process process, Path out, int before) {
        this.process = process;
        this.out = out;
        this.before = before;
    }

    /// Starts a gateway and waits until it takes mail.
    ///
    /// @param scratch where its configuration is; the spool and the log of former runs in the same folder are
    ///     gone on with
    static GatewayProcess start(Scratch scratch, GatewaySettings settings) {
        var config = settings.write(scratch);
        var out = scratch.path("gateway.out");
        try {
            var before = Files.exists(out) ? Scratch.read(out).length() : 0;
            var process = new ProcessBuilder(command("serve", "--config", config.toString()))
                    .directory(scratch.folder().toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
                    .start();
            var gateway = new GatewayProcess(process, out, before);
            gateway.awaitReady();
            return gateway;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs a gateway that must not start, to its end.
    static Command.Finished refused(Scratch scratch, GatewaySettings settings) {
        var command = command("serve", "--config", settings.write(scratch).toString());
        return new Command(command, scratch.folder(), Map.of(), START_LIMIT).run();
    }

    /// The `gatepost` command with the class path of these tests, in which the program and its libraries stand.
    static List<String> command(String... arguments) {
        var command = new ArrayList<>(List.of(
                java(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path", ""),
                "org.gatepost.cli.Main"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String java() {
        var java = System.getenv("GATEPOST_INTEROP_JAVA");
        if (java == null) {
            throw new PeerFailure("GATEPOST_INTEROP_JAVA does not name the java of this run");
        }
        return java;
    }

    private void awaitReady() {
        var deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!READY.matcher(log()).find()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new PeerFailure("the gateway did not start\n" + logTail());
            }
            Daemon.pause();
        }
    }

    /// Where it takes mail.
    InetSocketAddress address() {
        var ready = READY.matcher(log());
        if (!ready.find()) {
            throw new PeerFailure("the gateway does not say where it listens\n" + logTail());
        }
        return new InetSocketAddress(InetAddress.ofLiteral(ready.group(1)), Integer.parseInt(ready.group(2)));
    }

    /// All that it logged and printed.
    String log() {
        return Scratch.read(out).substring(before);
    }

    String logTail() {
        return Scratch.tail(out);
    }

    /// Waits for a line of the log that matches.
    String awaitLog(String regex, Duration limit) {
        var pattern = Pattern.compile(regex);
        var deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            var found =
                    log().lines().filter(line -> pattern.matcher(line).find()).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no line with '" + regex + "' within " + limit + "\n" + logTail());
            }
            Daemon.pause();
        }
    }

    /// Ends it as an operator does, with SIGTERM.
    ///
    /// @return the exit status
    int terminate(Duration limit) {
        process.destroy();
        return awaitEnd(limit);
    }

    /// Ends it as a power cut does, with SIGKILL.
    void kill() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }

    private int awaitEnd(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("the gateway did not end within " + limit + "\n" + logTail());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new PeerFailure("interrupted while waiting");
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            terminate(Duration.ofSeconds(25));
        }
    }
}
