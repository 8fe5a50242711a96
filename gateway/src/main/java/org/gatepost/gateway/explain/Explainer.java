// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.explain;

import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.gatepost.gateway.Transport;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.gateway.explain.Explanation.Probe;
import org.gatepost.gateway.routing.Route;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.HostDecision;

/// Runs the code that delivers, up to the point where a message would be sent, and keeps what it found.
public final class Explainer {
    private final Transport transport;
    private final InstantSource clock;

    public Explainer(Transport transport, InstantSource clock) {
        this.transport = transport;
        this.clock = clock;
    }

    /// Reads an address or a domain.
    ///
    /// @throws org.gatepost.names.NameSyntaxException when it is neither
    /// @throws IllegalArgumentException when it is an address literal, which has no domain
    public static DomainName domainOf(String subject) {
        if (!subject.contains("@")) {
            return DomainName.parse(subject);
        }
        return switch (Mailbox.parse(subject).host()) {
            case Mailbox.Host.Domain domain -> domain.name();
            case Mailbox.Host.Literal literal ->
                throw new IllegalArgumentException("an address literal has no domain to explain: " + literal);
        };
    }

    /// Explains what would happen to a message that arrived now.
    ///
    /// @param connect whether to talk to the hosts; sends no mail
    public Explanation explain(String subject, boolean connect) {
        DomainName domain = domainOf(subject);
        Route route = transport.delivery().route(domain);
        List<DestinationDecision> decisions = route.hops().stream()
                .map(hop -> transport.delivery().decide(hop, 0))
                .toList();
        List<Probe> probes = connect
                ? decisions.stream()
                        .flatMap(decision -> probe(decision).stream())
                        .toList()
                : List.of();
        return new Explanation(subject, domain, clock.instant(), route, decisions, probes);
    }

    private List<Probe> probe(DestinationDecision decision) {
        List<Probe> probes = new ArrayList<>();
        if (decision instanceof DestinationDecision.Proceed proceed) {
            for (HostDecision host : proceed.hosts()) {
                if (host instanceof HostDecision.Try toTry) {
                    for (InetAddress address : toTry.addresses()) {
                        probes.add(probe(toTry, address));
                    }
                }
            }
        }
        return probes;
    }

    private Probe probe(HostDecision.Try host, InetAddress address) {
        Opening opening = transport.connections().dialer().open(host, address);
        if (opening instanceof Opening.Ready ready) {
            ready.session().close();
        }
        return new Probe(host, address, opening);
    }
}
