// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gatepost.gateway.routing.Route;
import org.gatepost.gateway.routing.Routes;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.SenderDemand;
import org.gatepost.policy.SubReason;
import org.gatepost.smtp.ContentSource;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.QueuedMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One delivery: a message to those of its recipients that share a domain. Resolves, decides, and tries the MX
/// hosts in order until each recipient is served, refused for good by its peer, or out of hosts.
///
/// A failure of one host never weakens what the next one must show. Safe for use by many threads.
public final class DomainDelivery implements MessageDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(DomainDelivery.class);

    private final Routes routes;
    private final Decisions decisions;
    private final HostConnections connections;
    private final boolean ipv6;
    private final SessionRecorder recorder;
    private final InstantSource clock;

    /// @param recorder counts the sessions of all mail but that which goes without policies
    public DomainDelivery(
            Routes routes,
            Decisions decisions,
            HostConnections connections,
            boolean ipv6,
            SessionRecorder recorder,
            InstantSource clock) {
        this.routes = routes;
        this.decisions = decisions;
        this.connections = connections;
        this.ipv6 = ipv6;
        this.recorder = recorder;
        this.clock = clock;
    }

    /// What is to be delivered where.
    ///
    /// @param retries how many attempts the recipients have behind them
    /// @param last whether a temporary failure now means returning the message
    public record Order(
            QueuedMessage message,
            ContentSource content,
            DomainName domain,
            List<Mailbox> recipients,
            int retries,
            boolean last) {
        public Order {
            recipients = List.copyOf(recipients);
        }

        /// Whether the receiver's policies hold for the message.
        boolean isBound() {
            return switch (message.envelope().handling()) {
                case USUAL, TLS_REQUIRED -> true;
                case TLS_NOT_REQUIRED, TLS_REPORT -> false;
            };
        }

        /// A report is not lost because a host does not offer REQUIRETLS (RFC 8689 §5).
        SenderDemand senderDemand() {
            Envelope envelope = message.envelope();
            return switch (envelope.handling()) {
                case USUAL, TLS_NOT_REQUIRED, TLS_REPORT -> SenderDemand.NOTHING;
                case TLS_REQUIRED ->
                    envelope.reversePath().isPresent() ? SenderDemand.REQUIRE_TLS : SenderDemand.AUTHENTICATED_TLS;
            };
        }
    }

    /// The way of mail to a domain, as of now.
    public Route route(DomainName domain) {
        return routes.of(domain);
    }

    /// As [Decisions#decide], of mail whose sender demands nothing.
    public DestinationDecision decide(NextHop hop, int retries) {
        return decisions.decide(hop, retries, SenderDemand.NOTHING);
    }

    @Override
    public Optional<Map<Mailbox, RecipientResult>> deliver(Order order) {
        DeliveryRun run = new DeliveryRun(order, decisions, connections, ipv6, recorder, clock);
        if (order.domain().isRoot()) {
            run.stopFor(new DeliveryFailure.NoSuchDomain(
                    order.domain(), SubReason.DOMAIN_NOT_FOUND, "mail to address literals is not delivered"));
            return run.results();
        }
        List<NextHop> hops = route(order.domain()).hops();
        DestinationDecision decision = decisions.decide(order, hops.getFirst());
        try {
            run.carryOut(decision);
            for (NextHop next : hops.subList(1, hops.size())) {
                if (run.goesOn()) {
                    run.carryOut(decisions.decide(order, next));
                }
            }
        } catch (RuntimeException | Error bug) {
            // What a host has taken over must be told all the same: forgotten, it would be delivered again.
            LOG.error(
                    "{}: a defect of ours cut the delivery to {} short",
                    order.message().id(),
                    order.domain(),
                    bug);
            run.stopFor(new InternalDefect("a defect stopped the delivery; the gateway's log has details"));
        }
        return run.results();
    }
}
