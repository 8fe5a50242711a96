// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// `gatepost serve` of this checkout, as an operator starts it; `GATEPOST_JAVA_ARGS` is passed on.
final class GatepostRelay implements RelaySystem {
    static final String NAME = "Gatepost";

    private static final String ENDPOINT = "127.0.0.1:2527";

    private final Path folder;
    private final ProcessGroup group;
    private final Daemon daemon;
    private final Duration startUp;

    private GatepostRelay(Path folder, ProcessGroup group, Daemon daemon, Duration startUp) {
        this.folder = folder;
        this.group = group;
        this.daemon = daemon;
        this.startUp = startUp;
    }

    /// @param folder of its own, on a disk
    /// @param freshConnections whether every message must have a connection of its own
    static GatepostRelay start(Path folder, RelayInternet internet, boolean freshConnections)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("gatepost.toml"), """
                hostname = "relay.sender.test"
                listen.addresses = ["%s"]
                spool.directory = "spool"
                dns.upstreams = ["%s"]
                dns.trust-anchor-file = "%s"
                delivery.ipv6 = false
                policy.ca-bundle = "%s"
                policy.mta-sts-private-addresses = true
                %s
                """.formatted(
                        ENDPOINT,
                        RelayInternet.ADDRESSES.resolver(),
                        internet.trustAnchor(),
                        internet.authorities(),
                        freshConnections ? "delivery.messages-per-connection = 1" : ""));
        return start(folder, ProcessGroup.create(folder.getFileName().toString()));
    }

    private static GatepostRelay start(Path folder, ProcessGroup group) throws IOException, InterruptedException {
        Path log = folder.resolve("gatepost.log");
        Files.deleteIfExists(log);
        long begun = System.nanoTime();
        Daemon daemon = Daemon.start(
                group,
                NAME,
                log,
                Path.of("gatepost").toAbsolutePath().toString(),
                "serve",
                "--config",
                folder.resolve("gatepost.toml").toString());
        daemon.await(() -> isReady(log));
        return new GatepostRelay(folder, group, daemon, Duration.ofNanos(System.nanoTime() - begun));
    }

    private static boolean isReady(Path log) {
        try {
            return Files.readString(log).contains("gatepost: ready, SMTP on ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Stops it as an operator does, and starts it again with what it has in its spool.
    GatepostRelay restart() throws IOException, InterruptedException {
        close();
        return start(folder, group);
    }

    /// From the start of the process until it took mail.
    Duration startUp() {
        return startUp;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String endpoint() {
        return ENDPOINT;
    }

    @Override
    public ProcessGroup group() {
        return group;
    }

    @Override
    public String logTail() {
        return daemon.logTail();
    }

    @Override
    public void close() {
        daemon.close();
    }
}
