// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A server program in the foreground as a child of this JVM, from its start to the end of the last process
/// that it started.
final class Daemon implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final String name;
    private final Process process;
    private final List<Path> logs;

    private Daemon(String name, Process process, List<Path> logs) {
        this.name = name;
        this.process = process;
        this.logs = List.copyOf(logs);
    }

    /// Starts a program whose standard output and error go to `<name>.out` in the scratch folder.
    ///
    /// @param log where the program itself writes its log; may not exist
    static Daemon start(Scratch scratch, String name, Path log, List<String> arguments) {
        var out = scratch.path(name + ".out");
        try {
            var process = new ProcessBuilder(arguments)
                    .directory(scratch.folder().toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            return new Daemon(name, process, List.of(out, log));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until every address takes TCP connections. On failure the program is stopped before the exception.
    Daemon awaitReady(List<InetSocketAddress> addresses) {
        var deadline = System.nanoTime() + START_LIMIT.toNanos();
        for (var address : addresses) {
            while (!connects(address)) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    var state = process.isAlive() ? "does not listen on " + address : "ended at its start";
                    close();
                    throw new PeerFailure(name + " " + state + "\n" + logTail());
                }
                pause();
            }
        }
        return this;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    String logTail() {
        var text = new StringBuilder();
        for (var log : logs) {
            text.append("--- ")
                    .append(log)
                    .append('\n')
                    .append(Scratch.tail(log))
                    .append('\n');
        }
        return text.toString();
    }

    /// Asks the program to end, then makes sure that it and the processes it started are gone.
    @Override
    public void close() {
        var family = new ArrayList<>(process.descendants().toList());
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                family.addAll(process.descendants().toList());
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        for (var member : family) {
            member.destroyForcibly();
        }
        var deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        while (family.stream().anyMatch(ProcessHandle::isAlive)) {
            if (System.nanoTime() > deadline) {
                throw new PeerFailure(name + " left processes behind: " + family);
            }
            pause();
        }
    }

    private static boolean connects(InetSocketAddress address) {
        try (var socket = new Socket()) {
            socket.connect(address, 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /// Another process's port or file has no latch to wait on.
    static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(20));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PeerFailure("interrupted while waiting");
        }
    }
}
