// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.explain;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.gateway.routing.Route;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.OutcomeTable;

/// What would happen to a message for a domain, with all evidence. Nothing was sent.
///
/// @param subject what was asked about, as it was given
/// @param route where the mail goes next, and what the operator demands there
/// @param decisions one for each hop of the route, in the order of trial
/// @param probes what the hosts showed; empty when no connection was wanted
public record Explanation(
        String subject,
        DomainName domain,
        Instant time,
        Route route,
        List<DestinationDecision> decisions,
        List<Probe> probes) {
    public Explanation {
        decisions = List.copyOf(decisions);
        probes = List.copyOf(probes);
    }

    /// A conversation with one address of one host, up to the point where a message could be sent.
    public record Probe(HostDecision.Try host, InetAddress address, Opening opening) {}

    /// Why a message would not go, when that is known: no host may be tried, or none of those probed would do.
    public Optional<DeliveryFailure> failure() {
        List<DeliveryFailure> stops = decisions.stream()
                .flatMap(decision ->
                        decision instanceof DestinationDecision.Stop stop ? Stream.of(stop.failure()) : Stream.empty())
                .toList();
        if (stops.size() == decisions.size()) {
            return Optional.of(OutcomeTable.worst(stops));
        }
        if (probes.isEmpty() || probes.stream().anyMatch(probe -> probe.opening() instanceof Opening.Ready)) {
            return Optional.empty();
        }
        Stream<DeliveryFailure> failed = probes.stream()
                .flatMap(probe ->
                        probe.opening() instanceof Opening.Failed one ? Stream.of(one.failure()) : Stream.empty());
        return Optional.of(
                OutcomeTable.worst(Stream.concat(stops.stream(), failed).toList()));
    }
}
