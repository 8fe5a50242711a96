// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.InstantSource;
import org.gatepost.gateway.resolution.FactGatherer;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.SenderDemand;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.TransportPolicy;

/// Resolves next hops and decides about them. Safe for use by many threads.
public final class Decisions {
    private final FactGatherer gatherer;
    private final RecentDecisions recent;

    public Decisions(FactGatherer gatherer, InstantSource clock) {
        this.gatherer = gatherer;
        this.recent = new RecentDecisions((hop, sender) -> decide(hop, 0, sender), clock);
    }

    /// Decides with a policy fetched anew where the remembered one would refuse every host (RFC 8461 §5.1).
    ///
    /// @param retries how many attempts the mail has behind it
    public DestinationDecision decide(NextHop hop, int retries, SenderDemand sender) {
        DestinationFacts facts = gatherer.gather(hop, retries);
        DestinationDecision decision = TransportPolicy.decide(facts, sender);
        return isRemembered(facts.sts()) && decision instanceof DestinationDecision.Stop stop && hasUnlistedHost(stop)
                ? withFreshPolicy(facts, sender)
                : decision;
    }

    /// A message that goes without TLS goes without the receiver's policies, too (RFC 8689 §4.2.2).
    DestinationDecision decide(DomainDelivery.Order order, NextHop hop) {
        NextHop demanded = order.isBound() ? hop : hop.with(hop.demand().withoutReceiversPolicies());
        // A retry looks at everything again (spec O5).
        return order.retries() == 0
                ? recent.decide(demanded, order.senderDemand())
                : decide(demanded, order.retries(), order.senderDemand());
    }

    /// Decides again with the policy fetched anew.
    DestinationDecision withFreshPolicy(DestinationFacts facts, SenderDemand sender) {
        return TransportPolicy.decide(gatherer.withFreshPolicy(facts), sender);
    }

    private static boolean hasUnlistedHost(DestinationDecision.Stop stop) {
        return stop.hosts().stream()
                .anyMatch(host -> host instanceof HostDecision.Skip skip
                        && skip.failure() instanceof DeliveryFailure.StsMxNotListed);
    }

    static boolean isRemembered(StsFacts sts) {
        return sts instanceof StsFacts.InForce policy && policy.source() == StsFacts.Source.CACHED;
    }
}
