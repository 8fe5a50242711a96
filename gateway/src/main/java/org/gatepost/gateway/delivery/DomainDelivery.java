// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.gateway.resolution.FactGatherer;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.ExtensionMissing;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TransportPolicy;
import org.gatepost.smtp.ConnectionLostException;
import org.gatepost.smtp.ContentSource;
import org.gatepost.smtp.MailTransaction;
import org.gatepost.smtp.TransferResult;
import org.gatepost.spool.QueuedMessage;

/// One delivery: a message to those of its recipients that share a domain. Resolves, decides, and tries the MX
/// hosts in order until each recipient is served, refused for good by its peer, or out of hosts.
///
/// A failure of one host never weakens what the next one must show. Safe for use by many threads.
public final class DomainDelivery {
    private static final int MAX_ADDRESSES_PER_HOST = 4;
    private static final int MAX_ADDRESSES = 20;

    private final FactGatherer gatherer;
    private final HostDialer dialer;
    private final boolean ipv6;
    private final InstantSource clock;

    public DomainDelivery(FactGatherer gatherer, HostDialer dialer, boolean ipv6, InstantSource clock) {
        this.gatherer = gatherer;
        this.dialer = dialer;
        this.ipv6 = ipv6;
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
    }

    /// Resolves and decides, with a policy fetched anew where the remembered one would refuse every host or the
    /// message is about to be returned because of it (RFC 8461 §5.1).
    public DestinationDecision decide(DomainName domain, int retries) {
        DestinationFacts facts = gatherer.gather(domain, retries);
        DestinationDecision decision = TransportPolicy.decide(facts);
        boolean unlisted = decision instanceof DestinationDecision.Stop stop
                && stop.failure() instanceof DeliveryFailure.StsMxNotListed;
        if (unlisted && isCached(facts.sts())) {
            return TransportPolicy.decide(gatherer.withFreshPolicy(facts));
        }
        return decision;
    }

    private static boolean isCached(StsFacts sts) {
        return sts instanceof StsFacts.InForce policy && policy.source() == StsFacts.Source.CACHED;
    }

    /// Delivers; the result has an entry for each recipient of the order.
    public Map<Mailbox, RecipientResult> deliver(Order order) {
        DestinationDecision decision = decide(order.domain(), order.retries());
        Run run = new Run(order);
        run.tryHosts(decision);
        if (order.last() && run.failedUnderCachedPolicy(decision)) {
            run.tryHosts(TransportPolicy.decide(gatherer.withFreshPolicy(decision.facts())));
        }
        return run.results();
    }

    /// The state of one delivery; used by one thread.
    private final class Run {
        private final Order order;
        private final List<AttemptRecord> attempts = new ArrayList<>();
        private final Map<Mailbox, RecipientResult> settled = new LinkedHashMap<>();
        private final Map<Mailbox, DeliveryFailure> rejected = new LinkedHashMap<>();
        private Optional<DeliveryFailure> worst = Optional.empty();
        private int addressesTried;

        Run(Order order) {
            this.order = order;
        }

        void tryHosts(DestinationDecision decision) {
            worst = Optional.empty();
            switch (decision) {
                case DestinationDecision.Stop stop -> {
                    stop.hosts().forEach(this::noteSkipped);
                    if (stop.hosts().isEmpty()) {
                        attempts.add(withoutConnection(order.domain().toString(), stop.failure()));
                    }
                    worst = Optional.of(stop.failure());
                }
                case DestinationDecision.Proceed proceed -> proceed.hosts().forEach(this::tryHost);
            }
        }

        boolean failedUnderCachedPolicy(DestinationDecision decision) {
            return !open().isEmpty()
                    && isCached(decision.facts().sts())
                    && worst.filter(Run::isMtaSts).isPresent();
        }

        private static boolean isMtaSts(DeliveryFailure failure) {
            return switch (OutcomeTable.row(failure).id()) {
                case "C1", "C2", "C3", "C4", "C5" -> true;
                default -> false;
            };
        }

        private void noteSkipped(HostDecision host) {
            if (host instanceof HostDecision.Skip skip) {
                attempts.add(withoutConnection(skip.host().name().toString(), skip.failure()));
                note(skip.failure());
            }
        }

        private void tryHost(HostDecision decision) {
            if (open().isEmpty()) {
                return;
            }
            switch (decision) {
                case HostDecision.Skip skip -> noteSkipped(skip);
                case HostDecision.Try host -> {
                    List<InetAddress> addresses = host.addresses().stream()
                            .filter(address -> ipv6 || address instanceof java.net.Inet4Address)
                            .limit(MAX_ADDRESSES_PER_HOST)
                            .toList();
                    if (addresses.isEmpty()) {
                        noteSkipped(new HostDecision.Skip(
                                host.host(),
                                new ConnectionFailed(
                                        host.host().name().toString(),
                                        SubReason.MX_HOST_WITHOUT_ADDRESS,
                                        "the host has only IPv6 addresses, and delivery.ipv6 is off")));
                    }
                    for (InetAddress address : addresses) {
                        tryAddress(host, address);
                    }
                }
            }
        }

        private void tryAddress(HostDecision.Try host, InetAddress address) {
            if (open().isEmpty() || addressesTried++ >= MAX_ADDRESSES) {
                return;
            }
            switch (dialer.open(host, address)) {
                case Opening.Failed failed -> {
                    attempts.add(new AttemptRecord(
                            clock.instant(),
                            host.host().name().toString(),
                            Optional.of(address),
                            failed.tls(),
                            failed.verdict(),
                            Optional.of(failed.failure())));
                    note(failed.failure());
                }
                case Opening.Ready ready -> {
                    try (HostSession session = ready.session()) {
                        transfer(host, session);
                    }
                }
            }
        }

        private void transfer(HostDecision.Try host, HostSession session) {
            Optional<ExtensionMissing> missing = missingExtension(host, session);
            if (missing.isPresent()) {
                record(host, session, Optional.of(missing.get()));
                note(missing.get());
                return;
            }
            List<Mailbox> recipients = open();
            try {
                var envelope = order.message().envelope();
                TransferResult result = session.smtp()
                        .transfer(new MailTransaction(
                                envelope.reversePath(),
                                recipients,
                                order.message().size(),
                                envelope.smtpUtf8(),
                                envelope.eightBitMime(),
                                order.content()));
                settle(host, session, recipients, result);
            } catch (IOException e) {
                boolean late = e instanceof ConnectionLostException lost
                        && lost.kind() == ConnectionLostException.Kind.TIMED_OUT;
                ConnectionFailed failure = new ConnectionFailed(
                        host.host().name().toString(),
                        late ? SubReason.CONNECTION_TIMED_OUT : SubReason.CONNECTION_CLOSED,
                        "[" + session.address().getHostAddress() + "]: "
                                + (late ? "no answer in time" : "the connection was closed") + " during the transfer");
                record(host, session, Optional.of(failure));
                note(failure);
            }
        }

        private Optional<ExtensionMissing> missingExtension(HostDecision.Try host, HostSession session) {
            boolean needed = order.message().envelope().smtpUtf8();
            if (needed && !session.smtp().capabilities().offers("SMTPUTF8")) {
                return Optional.of(new ExtensionMissing(
                        host.host().name(), SubReason.SMTPUTF8_NOT_OFFERED, "the host does not offer SMTPUTF8"));
            }
            return Optional.empty();
        }

        private void settle(
                HostDecision.Try host, HostSession session, List<Mailbox> recipients, TransferResult result) {
            List<Runnable> outcomes = new ArrayList<>();
            Optional<DeliveryFailure> shown = Optional.empty();
            for (int i = 0; i < recipients.size(); i++) {
                Mailbox recipient = recipients.get(i);
                var reply = result.forRecipient(i);
                if (reply.isPositive()) {
                    String place = host.host().name() + "[" + session.address().getHostAddress() + "]";
                    outcomes.add(() -> settled.put(
                            recipient,
                            new Delivered(place, session.verdict().protection(), reply.toString(), attempts)));
                    continue;
                }
                DeliveryFailure failure = HostDialer.rejection(result.commandForRecipient(i), reply);
                shown = Optional.of(failure);
                outcomes.add(() -> reject(recipient, failure, reply.isPermanent()));
            }
            record(host, session, shown);
            outcomes.forEach(Runnable::run);
        }

        /// A permanent reply settles the recipient; a temporary one leaves it to the next host (RFC 5321 §5.1).
        private void reject(Mailbox recipient, DeliveryFailure failure, boolean permanent) {
            rejected.put(recipient, failure);
            if (permanent) {
                settled.put(recipient, new NotDelivered(failure, attempts));
            }
        }

        private void record(HostDecision.Try host, HostSession session, Optional<DeliveryFailure> failure) {
            attempts.add(new AttemptRecord(
                    clock.instant(),
                    host.host().name().toString(),
                    Optional.of(session.address()),
                    Optional.of(session.tls()),
                    Optional.of(session.verdict()),
                    failure));
        }

        private AttemptRecord withoutConnection(String host, DeliveryFailure failure) {
            return new AttemptRecord(
                    clock.instant(), host, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(failure));
        }

        private void note(DeliveryFailure failure) {
            worst = Optional.of(worst.map(other -> OutcomeTable.worst(List.of(other, failure)))
                    .orElse(failure));
        }

        private List<Mailbox> open() {
            return order.recipients().stream()
                    .filter(recipient -> !settled.containsKey(recipient))
                    .toList();
        }

        Map<Mailbox, RecipientResult> results() {
            for (Mailbox recipient : open()) {
                DeliveryFailure failure = Optional.ofNullable(rejected.get(recipient))
                        .or(() -> worst)
                        .orElseGet(() -> new DeliveryFailure.InternalDefect("no host was tried and no reason noted"));
                settled.put(recipient, new NotDelivered(failure, attempts));
            }
            return settled;
        }
    }
}
