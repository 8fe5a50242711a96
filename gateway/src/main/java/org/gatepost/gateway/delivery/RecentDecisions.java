// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DestinationDecision;

/// The decisions of the last moment, so that the many messages to a busy domain share one, and one search for it.
///
/// A decision is the result of a look at DNS and policies, and looking costs more than everything else a message
/// needs; after a second it is taken again. Only decisions that leave a host to try are kept: whatever failed is
/// looked at anew each time.
final class RecentDecisions {
    private static final Duration LIFETIME = Duration.ofSeconds(1);

    /// Beyond, everything is forgotten.
    private static final int MOST = 10_000;

    private final Function<DomainName, DestinationDecision> search;
    private final InstantSource clock;
    private final Map<DomainName, Recent> byDomain = new ConcurrentHashMap<>();

    RecentDecisions(Function<DomainName, DestinationDecision> search, InstantSource clock) {
        this.search = search;
        this.clock = clock;
    }

    /// @param nanoTime of the machine, for a clock may stand still or jump
    private record Recent(CompletableFuture<DestinationDecision> decision, Instant since, long nanoTime) {
        boolean isFresh(Instant now) {
            Duration age = Duration.between(since, now);
            return System.nanoTime() - nanoTime < LIFETIME.toNanos()
                    && !age.isNegative()
                    && age.compareTo(LIFETIME) < 0;
        }
    }

    DestinationDecision decide(DomainName domain) {
        Instant now = clock.instant();
        Recent known = byDomain.get(domain);
        if (known != null && known.isFresh(now)) {
            return await(known.decision());
        }
        if (byDomain.size() >= MOST) {
            byDomain.clear();
        }
        Recent own = new Recent(new CompletableFuture<>(), now, System.nanoTime());
        boolean mine = known == null ? byDomain.putIfAbsent(domain, own) == null : byDomain.replace(domain, known, own);
        return mine
                ? find(domain, own)
                : Optional.ofNullable(byDomain.get(domain))
                        .map(other -> await(other.decision()))
                        .orElseGet(() -> search.apply(domain));
    }

    private DestinationDecision find(DomainName domain, Recent own) {
        try {
            DestinationDecision decision = search.apply(domain);
            if (!(decision instanceof DestinationDecision.Proceed)) {
                byDomain.remove(domain, own);
            }
            own.decision().complete(decision);
            return decision;
        } catch (RuntimeException | Error e) {
            byDomain.remove(domain, own);
            own.decision().completeExceptionally(e);
            throw e;
        }
    }

    private static DestinationDecision await(CompletableFuture<DestinationDecision> decision) {
        try {
            return decision.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
