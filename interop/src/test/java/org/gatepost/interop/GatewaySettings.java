// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The configuration of a gateway that lives in the small internet and is impatient; a test varies what it is
/// about.
///
/// @param values TOML values by full key
record GatewaySettings(Map<String, String> values) {
    GatewaySettings {
        values = Map.copyOf(values);
    }

    /// Takes mail from loopback, looks up and delivers in this internet, returns what failed for 3 seconds.
    static GatewaySettings in(MiniInternet internet) {
        var resolver = internet.resolver();
        return new GatewaySettings(Map.of())
                .with("hostname", quoted("gateway.senders.test"))
                .with("listen.addresses", "[\"127.30.0.1:0\"]")
                .with("spool.directory", quoted("spool"))
                .with("queue.retry", "[\"1s\"]")
                .with("queue.lifetime", quoted("3s"))
                .with(
                        "dns.upstreams",
                        "[\"" + resolver.getAddress().getHostAddress() + ":" + resolver.getPort() + "\"]")
                .with("dns.trust-anchor-file", quoted(internet.trustAnchorFile().toString()))
                .with("delivery.ipv6", "false")
                .with("policy.ca-bundle", quoted(internet.authorities().toString()))
                .with("policy.mta-sts-private-addresses", "true");
    }

    /// @param toml the value as it stands in the file
    GatewaySettings with(String key, String toml) {
        var more = new TreeMap<>(values);
        more.put(key, toml);
        return new GatewaySettings(more);
    }

    /// A TOML string.
    static String quoted(String text) {
        return "\"" + text + "\"";
    }

    /// Writes the file `gatepost.toml`; the spool will be beside it.
    Path write(Scratch scratch) {
        return scratch.write(
                "gatepost.toml",
                new TreeMap<>(values)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + " = " + entry.getValue() + "\n")
                                .collect(Collectors.joining()));
    }
}
