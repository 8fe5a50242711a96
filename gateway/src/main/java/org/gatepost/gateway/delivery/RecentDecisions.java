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
import java.util.function.BiFunction;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.SenderDemand;

/// The decisions of the last moment, so that the many messages to a busy domain share one, and one search for it.
///
/// A decision is the result of a look at DNS and policies, and looking costs more than everything else a message
/// needs; after a second it is taken again. Only decisions that leave a host to try are kept: whatever failed is
/// looked at anew each time.
final class RecentDecisions {
    private static final Duration LIFETIME = Duration.ofSeconds(1);

    /// Beyond, everything is forgotten; some kilobytes each.
    private static final int MOST = 2_000;

    private final BiFunction<NextHop, SenderDemand, DestinationDecision> search;
    private final InstantSource clock;
    private final Map<Question, Recent> byQuestion = new ConcurrentHashMap<>();

    RecentDecisions(BiFunction<NextHop, SenderDemand, DestinationDecision> search, InstantSource clock) {
        this.search = search;
        this.clock = clock;
    }

    /// Where to, and what the sender demands.
    private record Question(NextHop hop, SenderDemand sender) {}

    /// @param nanoTime of the machine, for a clock may stand still or jump
    private record Recent(CompletableFuture<DestinationDecision> decision, Instant since, long nanoTime) {
        boolean isFresh(Instant now) {
            Duration age = Duration.between(since, now);
            return System.nanoTime() - nanoTime < LIFETIME.toNanos()
                    && !age.isNegative()
                    && age.compareTo(LIFETIME) < 0;
        }
    }

    DestinationDecision decide(NextHop hop, SenderDemand sender) {
        return decide(new Question(hop, sender));
    }

    private DestinationDecision decide(Question question) {
        Instant now = clock.instant();
        Recent known = byQuestion.get(question);
        if (known != null && known.isFresh(now)) {
            return await(known.decision());
        }
        if (byQuestion.size() >= MOST) {
            byQuestion.clear();
        }
        Recent own = new Recent(new CompletableFuture<>(), now, System.nanoTime());
        boolean mine = known == null
                ? byQuestion.putIfAbsent(question, own) == null
                : byQuestion.replace(question, known, own);
        return mine
                ? find(question, own)
                : Optional.ofNullable(byQuestion.get(question))
                        .map(other -> await(other.decision()))
                        .orElseGet(() -> search.apply(question.hop(), question.sender()));
    }

    private DestinationDecision find(Question question, Recent own) {
        try {
            DestinationDecision decision = search.apply(question.hop(), question.sender());
            if (!(decision instanceof DestinationDecision.Proceed)) {
                byQuestion.remove(question, own);
            }
            own.decision().complete(decision);
            return decision;
        } catch (RuntimeException | Error e) {
            byQuestion.remove(question, own);
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
