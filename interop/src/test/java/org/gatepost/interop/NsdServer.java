// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.List;

/// NSD, authoritative for every zone of a [ZoneTree].
final class NsdServer implements AutoCloseable {
    private final Daemon daemon;

    private NsdServer(Daemon daemon) {
        this.daemon = daemon;
    }

    /// @param address IPv4, port 53
    static NsdServer start(Scratch scratch, String address, ZoneTree tree) {
        var config = new StringBuilder("""
                server:
                  ip-address: %s
                  port: 53
                  username: ""
                  zonesdir: "%s"
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
                        tree.folder(),
                        scratch.path("nsd.log"),
                        scratch.path("nsd.pid"),
                        scratch.path("xfrd.state"),
                        scratch.path("zone.list")));
        for (var zone : tree.zones()) {
            config.append("zone:\n  name: \"%s\"\n  zonefile: \"%s\"\n".formatted(zone.origin(), zone.file()));
        }
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
