// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// `gatepost dns` as a process of its own: the gateway's verdicts behind a DNS socket.
final class GatepostDns implements AutoCloseable {
    private final InetSocketAddress address;
    private final Daemon daemon;

    private GatepostDns(InetSocketAddress address, Daemon daemon) {
        this.address = address;
        this.daemon = daemon;
    }

    /// The configuration of a resolver that starts from this anchor and asks these servers.
    static GatewaySettings settings(Path anchor, InetSocketAddress... upstreams) {
        return new GatewaySettings(Map.of())
                .with("hostname", GatewaySettings.quoted("gateway.senders.test"))
                .with(
                        "dns.upstreams",
                        Arrays.stream(upstreams).map(GatepostDns::quoted).collect(Collectors.joining(",", "[", "]")))
                .with("dns.trust-anchor-file", GatewaySettings.quoted(anchor.toString()));
    }

    /// @param address IPv4, port 53
    /// @param options of the command, beside the configuration and where to listen
    static GatepostDns start(Scratch scratch, String address, GatewaySettings settings, String... options) {
        var arguments = new ArrayList<>(GatewayProcess.command(
                "dns", "--config", settings.write(scratch).toString(), "--listen", address + ":53"));
        arguments.addAll(List.of(options));
        var endpoint = new InetSocketAddress(address, 53);
        var daemon = Daemon.start(scratch, "gatepost-dns", scratch.path("gatepost.log"), arguments)
                .awaitReady(List.of(endpoint));
        return new GatepostDns(endpoint, daemon);
    }

    private static String quoted(InetSocketAddress server) {
        return GatewaySettings.quoted(server.getAddress().getHostAddress() + ":" + server.getPort());
    }

    DnsClient client() {
        return new DnsClient(address);
    }

    @Override
    public void close() {
        daemon.close();
    }
}
