// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The upstream servers in order of preference; one that failed stands last for a while.
final class Upstreams {
    /// How long a server that did not answer, refused or gave wrong data is tried last.
    static final Duration PENALTY = Duration.ofSeconds(30);

    private static final Duration LATELY = Duration.ofMinutes(15);

    private final List<InetSocketAddress> servers;
    private final InstantSource clock;
    private final Map<InetSocketAddress, Instant> lastUntil = new ConcurrentHashMap<>();
    private final Map<InetSocketAddress, Disagreement> disagreements = new ConcurrentHashMap<>();

    private record Disagreement(String detail, Instant at) {}

    /// @throws IllegalArgumentException when an address is a name that was never resolved: resolvers are
    ///     not looked up by name, least of all through the platform
    Upstreams(List<InetSocketAddress> servers, InstantSource clock) {
        for (InetSocketAddress server : servers) {
            if (server.isUnresolved()) {
                throw new IllegalArgumentException(
                        "an upstream is given by its IP address, not by the name " + server.getHostString());
            }
        }
        this.servers = List.copyOf(servers);
        this.clock = clock;
    }

    /// All servers: first the healthy ones in order of preference, then those that failed, last those to be
    /// avoided: whoever gave wrong data for this very question is worse than whoever was slow for another.
    List<InetSocketAddress> inOrder(Set<InetSocketAddress> avoided) {
        Instant now = clock.instant();
        return servers.stream()
                .sorted(Comparator.comparingInt(server -> rank(server, avoided, now)))
                .toList();
    }

    private int rank(InetSocketAddress server, Set<InetSocketAddress> avoided, Instant now) {
        if (avoided.contains(server)) {
            return 2;
        }
        return lastUntil.getOrDefault(server, Instant.MIN).isAfter(now) ? 1 : 0;
    }

    int count() {
        return servers.size();
    }

    void succeeded(InetSocketAddress server) {
        lastUntil.remove(server);
    }

    void failed(InetSocketAddress server) {
        lastUntil.put(server, clock.instant().plus(PENALTY));
    }

    /// The server set AD on what does not validate here. It is asked on: its AD counts for nothing anyway.
    void disagrees(InetSocketAddress server, String detail) {
        disagreements.put(server, new Disagreement(detail, clock.instant()));
    }

    /// What it last vouched for in vain, if that was lately.
    Optional<String> disagreement(InetSocketAddress server) {
        Instant now = clock.instant();
        return Optional.ofNullable(disagreements.get(server))
                .filter(last -> last.at().plus(LATELY).isAfter(now))
                .map(Disagreement::detail);
    }

    /// As people write it: `192.0.2.1:53`, `[2001:db8::1]:53`.
    static String text(InetSocketAddress server) {
        String host = server.getAddress().getHostAddress();
        return (server.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + server.getPort();
    }
}
