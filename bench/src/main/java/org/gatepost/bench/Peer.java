// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A resolver in a process of its own that answers on a port of the loopback interface: Unbound, or Gatepost's own.
record Peer(Process process, int port) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed on Linux

    /// Unbound that asks another server for everything, with one thread.
    ///
    /// @param anchor empty: it validates nothing and only remembers
    static Peer unbound(Path folder, int upstream, String anchor) throws IOException, InterruptedException {
        int port = freePort();
        String validation = anchor.isEmpty()
                ? "  module-config: \"iterator\"\n  cache-min-ttl: 86400\n"
                : "  module-config: \"validator iterator\"\n  trust-anchor: \"" + anchor + "\"\n";
        Path file = folder.resolve("unbound-" + port + ".conf");
        Files.writeString(file, """
                server:
                  interface: 127.0.0.1
                  port: %d
                  username: ""
                  chroot: ""
                  directory: "%s"
                  pidfile: ""
                  use-syslog: no
                  logfile: ""
                  num-threads: 1
                  do-ip6: no
                  do-not-query-localhost: no
                  access-control: 127.0.0.0/8 allow
                  local-zone: "test." nodefault
                  msg-cache-size: 256m
                  rrset-cache-size: 256m
                  key-cache-size: 64m
                  outgoing-range: 4096
                  num-queries-per-thread: 2048
                %sforward-zone:
                  name: "."
                  forward-addr: 127.0.0.1@%d
                """.formatted(port, folder, validation, upstream));
        return start(List.of("unbound", "-d", "-c", file.toString()), port, folder.resolve("unbound-" + port + ".log"));
    }

    /// `gatepost dns` as users start it.
    static Peer gatepost(Path folder, int upstream, String anchor) throws IOException, InterruptedException {
        int port = freePort();
        Path anchors = folder.resolve("anchor");
        Files.writeString(anchors, anchor + "\n");
        Path config = folder.resolve("gatepost-" + port + ".toml");
        Files.writeString(
                config,
                "dns.upstreams = [\"127.0.0.1:" + upstream + "\"]\ndns.trust-anchor-file = \"" + anchors + "\"\n");
        var command = List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "org.gatepost.cli.Main",
                "dns",
                "--config",
                config.toString(),
                "--listen",
                "127.0.0.1:" + port);
        return start(command, port, folder.resolve("gatepost-" + port + ".log"));
    }

    private static Peer start(List<String> command, int port, Path log) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        var peer = new Peer(process, port);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Load.answers(port)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroy();
                throw new IOException(
                        command.getFirst() + " does not answer: " + Files.readString(log, StandardCharsets.UTF_8));
            }
            Thread.sleep(50);
        }
        return peer;
    }

    private static int freePort() throws IOException {
        try (var socket = new DatagramSocket(new InetSocketAddress(BenchWorld.LOOPBACK, 0))) {
            return socket.getLocalPort();
        }
    }

    /// Seconds of processor time that the process has used so far.
    double cpu() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        // The name in parentheses may hold spaces; the state is the third field.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
