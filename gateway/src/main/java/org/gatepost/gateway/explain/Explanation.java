// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.explain;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.OutcomeTable;

/// What would happen to a message for a domain, with all evidence. Nothing was sent.
///
/// @param subject what was asked about, as it was given
/// @param probes what the hosts showed; empty when no connection was wanted
public record Explanation(
        String subject, DomainName domain, Instant time, DestinationDecision decision, List<Probe> probes) {
    public Explanation {
        probes = List.copyOf(probes);
    }

    /// A conversation with one address of one host, up to the point where a message could be sent.
    public record Probe(HostDecision.Try host, InetAddress address, Opening opening) {}

    /// Why a message would not go, when that is known: no host may be tried, or none of those probed would do.
    public Optional<DeliveryFailure> failure() {
        if (decision instanceof DestinationDecision.Stop stop) {
            return Optional.of(stop.failure());
        }
        if (probes.isEmpty() || probes.stream().anyMatch(probe -> probe.opening() instanceof Opening.Ready)) {
            return Optional.empty();
        }
        return Optional.of(OutcomeTable.worst(probes.stream()
                .map(Probe::opening)
                .filter(Opening.Failed.class::isInstance)
                .map(opening -> ((Opening.Failed) opening).failure())
                .toList()));
    }
}
