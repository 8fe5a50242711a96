// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.List;

/// Unbound, resolving from the root of a [ZoneTree] and validating from its key. It hands DNSSEC records on, and
/// with the CD bit bogus data too.
final class UnboundResolver implements AutoCloseable {
    private final InetSocketAddress address;
    private final Daemon daemon;

    private UnboundResolver(InetSocketAddress address, Daemon daemon) {
        this.address = address;
        this.daemon = daemon;
    }

    /// @param address IPv4, port 53
    /// @param rootServer IPv4, where the tree's root is served
    /// @param anchor the root's DNSKEY
    static UnboundResolver start(Scratch scratch, String address, String rootServer, String anchor) {
        return start(scratch, address, rootServer, anchor, "");
    }

    /// One that resolves and hands DNSSEC records on, and leaves it to others to validate.
    static UnboundResolver startWithoutValidation(Scratch scratch, String address, String rootServer) {
        return start(scratch, address, rootServer, "", "  module-config: \"iterator\"\n");
    }

    /// @param more lines of the `server` clause
    static UnboundResolver start(Scratch scratch, String address, String rootServer, String anchor, String more) {
        scratch.write("root.hints", ". 3600 NS ns.test.\nns.test. 3600 A " + rootServer + "\n");
        scratch.write("anchor.key", anchor + "\n");
        var file = scratch.write("unbound.conf", """
                server:
                  directory: "%1$s"
                  chroot: ""
                  username: ""
                  pidfile: "%1$s/unbound.pid"
                  use-syslog: no
                  logfile: "%1$s/unbound.log"
                  val-log-level: 2
                  interface: %2$s
                  access-control: 127.0.0.0/8 allow
                  do-not-query-localhost: no
                  do-ip6: no
                  root-hints: "root.hints"
                  trust-anchor-file: "anchor.key"
                  local-zone: "test." nodefault
                  num-threads: 1
                %3$sremote-control:
                  control-enable: no
                """.formatted(scratch.folder(), address, more));
        var endpoint = new InetSocketAddress(address, 53);
        var daemon = Daemon.start(
                        scratch,
                        "unbound",
                        scratch.path("unbound.log"),
                        List.of("/usr/sbin/unbound", "-d", "-c", file.toString()))
                .awaitReady(List.of(endpoint));
        return new UnboundResolver(endpoint, daemon);
    }

    InetSocketAddress address() {
        return address;
    }

    @Override
    public void close() {
        daemon.close();
    }
}
