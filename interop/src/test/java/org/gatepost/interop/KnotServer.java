// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/// Knot DNS, authoritative for zones that are signed already.
final class KnotServer implements AutoCloseable {
    private final Daemon daemon;

    private KnotServer(Daemon daemon) {
        this.daemon = daemon;
    }

    /// @param address IPv4, port 53
    /// @param files by origin
    static KnotServer start(Scratch scratch, String address, Map<String, String> files) {
        var config = new StringBuilder("""
                server:
                  rundir: "%1$s"
                  listen: "%2$s@53"
                  udp-workers: 1
                  tcp-workers: 1
                  background-workers: 1
                log:
                  - target: "%1$s/knot.log"
                    any: warning
                database:
                  storage: "%1$s"
                template:
                  - id: default
                    zonefile-sync: -1
                    zonefile-load: whole
                    journal-content: none
                zone:
                """.formatted(scratch.folder(), address));
        files.forEach(
                (origin, file) -> config.append("  - domain: \"%s\"\n    file: \"%s\"\n".formatted(origin, file)));
        var file = scratch.write("knotd.conf", config.toString());
        var daemon = Daemon.start(
                        scratch, "knotd", scratch.path("knot.log"), List.of("/usr/sbin/knotd", "-c", file.toString()))
                .awaitReady(List.of(new InetSocketAddress(address, 53)));
        return new KnotServer(daemon);
    }

    @Override
    public void close() {
        daemon.close();
    }
}
