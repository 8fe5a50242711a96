// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Function;
import org.gatepost.gateway.delivery.Scheduler.ConnectorBound;
import org.gatepost.names.DomainName;

/// How many deliveries are under way through each connector that has a bound of its own, and which recipient
/// domains wait for one to end. A domain waits at most once. Guarded by the scheduler's lock.
final class ConnectorShares {
    private final Function<DomainName, Optional<ConnectorBound>> bounds;
    private final Map<String, Share> shares = new HashMap<>();

    /// @param bounds the bound of the connector that a recipient domain's mail goes through, always the same
    ///     one; empty without a bound
    ConnectorShares(Function<DomainName, Optional<ConnectorBound>> bounds) {
        this.bounds = bounds;
    }

    private static final class Share {
        private final Queue<DomainName> waiting = new ArrayDeque<>();
        private int running;
    }

    /// Takes a place for a delivery to the domain. Without a free one the domain waits, and [#release] will
    /// name it.
    ///
    /// @return whether the delivery may begin
    boolean take(DomainName domain) {
        Optional<ConnectorBound> bound = bounds.apply(domain);
        if (bound.isEmpty()) {
            return true;
        }
        Share share = share(bound.get());
        if (share.running >= bound.get().most()) {
            share.waiting.add(domain);
            return false;
        }
        share.running++;
        return true;
    }

    private Share share(ConnectorBound bound) {
        return shares.computeIfAbsent(bound.connector(), name -> new Share());
    }

    /// Gives the place of a delivery back.
    ///
    /// @return a domain that waited for one, and waits no longer
    Optional<DomainName> release(DomainName domain) {
        Optional<ConnectorBound> bound = bounds.apply(domain);
        if (bound.isEmpty()) {
            return Optional.empty();
        }
        Share share = share(bound.get());
        share.running--;
        Optional<DomainName> next = Optional.ofNullable(share.waiting.poll());
        if (share.running == 0 && next.isEmpty()) {
            shares.remove(bound.get().connector());
        }
        return next;
    }
}
