// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// NSD, authoritative for zones that are signed already.
final class NsdServer implements AutoCloseable {
    private final Daemon daemon;

    private NsdServer(Daemon daemon) {
        this.daemon = daemon;
    }

    /// @param address IPv4, port 53
    static NsdServer start(Scratch scratch, String address, ZoneTree tree) {
        return start(
                scratch,
                address,
                tree.zones().stream()
                        .collect(Collectors.toMap(
                                Zone::origin,
                                zone -> tree.folder().resolve(zone.file()).toString())));
    }

    /// @param address IPv4, port 53
    /// @param files by origin
    static NsdServer start(Scratch scratch, String address, Map<String, String> files) {
        var config = new StringBuilder("""
                server:
                  ip-address: %s
                  port: 53
                  username: ""
                  database: ""
                  logfile: "%s"
                  pidfile: "%s"
                  xfrdfile: "%s"
                  zonelistfile: "%s"
                  server-count: 1
                  rrl-ratelimit: 0
                remote-control:
                  control-enable: no
                """.formatted(
                        address,
                        scratch.path("nsd.log"),
                        scratch.path("nsd.pid"),
                        scratch.path("xfrd.state"),
                        scratch.path("zone.list")));
        files.forEach(
                (origin, file) -> config.append("zone:\n  name: \"%s\"\n  zonefile: \"%s\"\n".formatted(origin, file)));
        var file = scratch.write("nsd.conf", config.toString());
        var daemon = Daemon.start(
                        scratch, "nsd", scratch.path("nsd.log"), List.of("/usr/sbin/nsd", "-d", "-c", file.toString()))
                .awaitReady(List.of(new InetSocketAddress(address, 53)));
        return new NsdServer(daemon);
    }

    @Override
    public void close() {
        daemon.close();
    }
}
