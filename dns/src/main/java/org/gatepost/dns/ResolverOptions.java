// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// What a [ValidatingResolver] needs to know.
///
/// @param upstreams servers that resolve recursively and pass DNSSEC records on, in order of preference; at least
///     one, each by its IP address
/// @param anchor the keys that validation starts from
/// @param tryTimeout how long one try at one upstream may take
/// @param totalTimeout how long one question may take with all its tries
/// @param cacheEntries the most answers kept
/// @param clock what signature times and TTLs are held against
/// @param mixedCase whether names are asked in letters of random case, which a forger must guess too; an upstream
///     that does not keep the case is then asked over TCP
public record ResolverOptions(
        List<InetSocketAddress> upstreams,
        TrustAnchor anchor,
        Duration tryTimeout,
        Duration totalTimeout,
        int cacheEntries,
        InstantSource clock,
        boolean mixedCase) {
    /// Names are asked as they are.
    public ResolverOptions(
            List<InetSocketAddress> upstreams,
            TrustAnchor anchor,
            Duration tryTimeout,
            Duration totalTimeout,
            int cacheEntries,
            InstantSource clock) {
        this(upstreams, anchor, tryTimeout, totalTimeout, cacheEntries, clock, false);
    }

    public ResolverOptions {
        upstreams = List.copyOf(upstreams);
        if (upstreams.isEmpty()) {
            throw new IllegalArgumentException("at least one upstream is needed");
        }
        if (!tryTimeout.isPositive() || !totalTimeout.isPositive()) {
            throw new IllegalArgumentException("the times for one try and in all are longer than zero");
        }
        if (cacheEntries < 1) {
            throw new IllegalArgumentException("the cache keeps at least one answer");
        }
    }
}
