// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A process that answers policy lookups by socketmap.
///
/// @param readyMillis from the start of the process; 0 when it does not say
record SocketmapServer(Process process, int port, long readyMillis) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed on Linux

    /// Ours, with so much heap.
    static SocketmapServer gatepost(Path store, String heap) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx" + heap,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.gatepost.bench.PolicyNode",
                        store.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = output.readLine();
        if (line == null || !line.startsWith("ready ")) {
            process.destroyForcibly();
            throw new IOException("the node said: " + line);
        }
        String[] words = line.split(" ", -1);
        return new SocketmapServer(process, Integer.parseInt(words[1]), Long.parseLong(words[2]));
    }

    /// postfix-mta-sts-resolver of the Debian package. Its policies are put where it keeps them before it starts, and
    /// it takes them for fresh all the time, so that it asks no DNS and fetches nothing.
    ///
    /// @param sqlite its database, which is what the package configures; else its memory, which is faster
    static SocketmapServer mtaStsDaemon(Path folder, PolicyWorld world, boolean sqlite)
            throws IOException, InterruptedException {
        int port = freePort();
        Path config = folder.resolve("mta-sts-daemon-" + port + ".yml");
        Path cache = folder.resolve("mta-sts-" + port + ".db");
        String where = sqlite
                ? "  type: sqlite\n  options:\n    filename: \"" + cache + "\"\n"
                : "  type: internal\n  options:\n    cache_size: 2000000\n";
        Files.writeString(
                config,
                "host: 127.0.0.1\nport: " + port + "\nreuse_port: true\ncache_grace: 100000000\ncache:\n" + where);
        Path script = folder.resolve("mta-sts-daemon-" + port + ".py");
        Files.writeString(script, SCRIPT.replace("COUNT", String.valueOf(world.count())));
        Path log = folder.resolve("mta-sts-daemon-" + port + ".log");
        // Debian's own interpreter, which sees the package, whatever else is called python3.
        Process process = new ProcessBuilder(
                        "/usr/bin/python3", script.toString(), "-c", config.toString(), "-v", "error")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        var server = new SocketmapServer(process, port, 0);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!server.accepts()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new IOException("mta-sts-daemon does not answer: " + Files.readString(log));
            }
            Thread.sleep(100);
        }
        return server;
    }

    /// Runs the program as packaged; before it listens, the policies are stored by the cache's own `set` or, in a
    /// database, in one transaction.
    private static final String SCRIPT = """
            import json, sqlite3, time
            from postfix_mta_sts_resolver import daemon, internal_cache, sqlite_cache

            def policies():
                now = int(time.time())
                for i in range(COUNT):
                    d = f"d{i}.example"
                    yield d, now, "20260101T000000", {
                        "version": "STSv1", "mode": "enforce", "max_age": 31536000,
                        "mx": [f"mx1.{d}", f"mx2.{d}", f"*.mail.provider{i % 100}.example"]}

            async def fill_memory(cache):
                for d, ts, pol_id, body in policies():
                    await cache.set(d, internal_cache_entry(ts, pol_id, body))

            from postfix_mta_sts_resolver.base_cache import CacheEntry as internal_cache_entry
            internal_cache.InternalLRUCache.setup = fill_memory
            setup = sqlite_cache.SqliteCache.setup

            async def fill_database(cache):
                await setup(cache)
                with sqlite3.connect(cache._filename) as db:
                    db.executemany("insert into sts_policy_cache (domain, ts, pol_id, pol_body) values (?, ?, ?, ?)",
                                   ((d, ts, pol_id, json.dumps(body)) for d, ts, pol_id, body in policies()))
            sqlite_cache.SqliteCache.setup = fill_database
            daemon.main()
            """;

    private boolean accepts() {
        try (var socket = new Socket(BenchWorld.LOOPBACK, port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(BenchWorld.LOOPBACK, 0));
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

    /// Memory that the process holds now, in MB.
    long residentMegabytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
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
