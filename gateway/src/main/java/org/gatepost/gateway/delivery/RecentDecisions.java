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
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.NextHop;

/// The decisions of the last moment, so that the many messages to a busy domain share one, and one search for it.
///
/// A decision is the result of a look at DNS and policies, and looking costs more than everything else a message
/// needs; after a second it is taken again. Only decisions that leave a host to try are kept: whatever failed is
/// looked at anew each time.
final class RecentDecisions {
    private static final Duration LIFETIME = Duration.ofSeconds(1);

    /// Beyond, everything is forgotten.
    private static final int MOST = 10_000;

    private final Function<NextHop, DestinationDecision> search;
    private final InstantSource clock;
    private final Map<NextHop, Recent> byHop = new ConcurrentHashMap<>();

    RecentDecisions(Function<NextHop, DestinationDecision> search, InstantSource clock) {
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

    DestinationDecision decide(NextHop hop) {
        Instant now = clock.instant();
        Recent known = byHop.get(hop);
        if (known != null && known.isFresh(now)) {
            return await(known.decision());
        }
        if (byHop.size() >= MOST) {
            byHop.clear();
        }
        Recent own = new Recent(new CompletableFuture<>(), now, System.nanoTime());
        boolean mine = known == null ? byHop.putIfAbsent(hop, own) == null : byHop.replace(hop, known, own);
        return mine
                ? find(hop, own)
                : Optional.ofNullable(byHop.get(hop))
                        .map(other -> await(other.decision()))
                        .orElseGet(() -> search.apply(hop));
    }

    private DestinationDecision find(NextHop hop, Recent own) {
        try {
            DestinationDecision decision = search.apply(hop);
            if (!(decision instanceof DestinationDecision.Proceed)) {
                byHop.remove(hop, own);
            }
            own.decision().complete(decision);
            return decision;
        } catch (RuntimeException | Error e) {
            byHop.remove(hop, own);
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
