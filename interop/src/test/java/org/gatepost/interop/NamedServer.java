// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/// BIND, authoritative for zones that are signed already.
final class NamedServer implements AutoCloseable {
    private final Daemon daemon;

    private NamedServer(Daemon daemon) {
        this.daemon = daemon;
    }

    /// @param address IPv4, port 53
    /// @param files by origin
    static NamedServer start(Scratch scratch, String address, Map<String, String> files) {
        // It listens on what interfaces have, not on all of 127.0.0.0/8.
        Command.of(scratch, "ip address replace " + address + "/8 dev lo").mustSucceed();
        var config = new StringBuilder("""
                options {
                  directory "%1$s";
                  pid-file "%1$s/named.pid";
                  session-keyfile "%1$s/session.key";
                  managed-keys-directory "%1$s";
                  listen-on port 53 { %2$s; };
                  listen-on-v6 { none; };
                  recursion no;
                  notify no;
                  dnssec-validation no;
                  check-integrity no;
                };
                controls { };
                """.formatted(scratch.folder(), address));
        files.forEach((origin, file) ->
                config.append("zone \"%s\" { type primary; file \"%s\"; };\n".formatted(origin, file)));
        var file = scratch.write("named.conf", config.toString());
        var daemon = Daemon.start(
                        scratch,
                        "named",
                        scratch.path("named.log"),
                        List.of("/usr/sbin/named", "-g", "-n", "1", "-c", file.toString()))
                .awaitReady(List.of(new InetSocketAddress(address, 53)));
        return new NamedServer(daemon);
    }

    @Override
    public void close() {
        daemon.close();
    }
}
