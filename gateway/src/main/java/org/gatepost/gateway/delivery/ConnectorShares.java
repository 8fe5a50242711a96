// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
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
        private final int most;
        private final Map<Turns.Kind, Queue<DomainQueue>> waiting = new EnumMap<>(Turns.Kind.class);
        private int running;

        Share(int most) {
            this.most = most;
        }

        void await(DomainQueue domain) {
            waiting.computeIfAbsent(Turns.kind(domain), _ -> new ArrayDeque<>()).add(domain);
        }

        /// One of each kind, for the turn of some may not come while others' does.
        List<DomainQueue> next() {
            List<DomainQueue> next = new ArrayList<>();
            if (running < most) {
                waiting.values().forEach(some -> next.add(some.remove()));
                waiting.values().removeIf(Queue::isEmpty);
            }
            return next;
        }
    }

    /// Takes a place for a delivery to the domain. Without a free one the domain waits, and [#release] or [#pass]
    /// will name it.
    ///
    /// @return whether the delivery may begin
    boolean take(DomainQueue domain) {
        Optional<Share> share = share(domain);
        if (share.isEmpty()) {
            return true;
        }
        if (share.get().running >= share.get().most) {
            share.get().await(domain);
            return false;
        }
        share.get().running++;
        return true;
    }

    private Optional<Share> share(DomainQueue domain) {
        return bounds.apply(domain.domain())
                .map(bound -> shares.computeIfAbsent(bound.connector(), _ -> new Share(bound.most())));
    }

    /// Gives the place of a delivery back.
    ///
    /// @return domains that waited for one, and wait no longer; the place is for the first of them that takes it
    List<DomainQueue> release(DomainQueue domain) {
        Optional<Share> share = share(domain);
        share.ifPresent(one -> one.running--);
        return next(domain, share);
    }

    /// Leaves a place that is free to others.
    ///
    /// @return as [#release]
    List<DomainQueue> pass(DomainQueue domain) {
        return next(domain, share(domain));
    }

    private List<DomainQueue> next(DomainQueue domain, Optional<Share> share) {
        List<DomainQueue> next = share.map(Share::next).orElse(List.of());
        if (share.isPresent() && share.get().running == 0 && share.get().waiting.isEmpty() && next.isEmpty()) {
            bounds.apply(domain.domain()).ifPresent(bound -> shares.remove(bound.connector()));
        }
        return next;
    }
}
