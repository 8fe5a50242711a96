// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.gateway.resolution.FactGatherer;
import org.gatepost.gateway.routing.Route;
import org.gatepost.gateway.routing.Routes;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.ExtensionMissing;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.PrintableText;
import org.gatepost.policy.SenderDemand;
import org.gatepost.policy.SessionEnds;
import org.gatepost.policy.SessionResults;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportPolicy;
import org.gatepost.policy.TransportVerdict;
import org.gatepost.smtp.ConnectionLostException;
import org.gatepost.smtp.ContentSource;
import org.gatepost.smtp.ContentSourceException;
import org.gatepost.smtp.MailTransaction;
import org.gatepost.smtp.Phase;
import org.gatepost.smtp.Reply;
import org.gatepost.smtp.SmtpProtocolException;
import org.gatepost.smtp.TransferResult;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.tlsrpt.SessionResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One delivery: a message to those of its recipients that share a domain. Resolves, decides, and tries the MX
/// hosts in order until each recipient is served, refused for good by its peer, or out of hosts.
///
/// A failure of one host never weakens what the next one must show. Safe for use by many threads.
public final class DomainDelivery implements MessageDelivery {
    private static final int MAX_ADDRESSES_PER_HOST = 4;
    private static final int MAX_ADDRESSES = 20;

    /// After so long no further address is begun with, however slowly those before it gave up.
    private static final Duration LONGEST = Duration.ofMinutes(30);

    /// Recipients in one transaction: what every server must take (RFC 5321 §4.5.3.1.8).
    private static final int MAX_RECIPIENTS = 100;

    private static final int LONGEST_REPLY = 300;
    private static final Logger LOG = LoggerFactory.getLogger(DomainDelivery.class);

    private final Routes routes;
    private final FactGatherer gatherer;
    private final HostDialer dialer;
    private final SessionPool sessions;
    private final RecentDecisions recent;
    private final boolean ipv6;
    private final SessionRecorder recorder;
    private final InstantSource clock;

    /// @param recorder counts the sessions of all mail but that which goes without policies
    public DomainDelivery(
            Routes routes,
            FactGatherer gatherer,
            HostDialer dialer,
            SessionPool sessions,
            boolean ipv6,
            SessionRecorder recorder,
            InstantSource clock) {
        this.routes = routes;
        this.gatherer = gatherer;
        this.dialer = dialer;
        this.sessions = sessions;
        this.recent = new RecentDecisions((hop, sender) -> decide(hop, 0, sender), clock);
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
    }

    /// The way of mail to a domain, as of now.
    public Route route(DomainName domain) {
        return routes.of(domain);
    }

    /// Resolves and decides, with a policy fetched anew where the remembered one would refuse every host or the
    /// message is about to be returned because of it (RFC 8461 §5.1).
    public DestinationDecision decide(NextHop hop, int retries) {
        return decide(hop, retries, SenderDemand.NOTHING);
    }

    private DestinationDecision decide(NextHop hop, int retries, SenderDemand sender) {
        DestinationFacts facts = gatherer.gather(hop, retries);
        DestinationDecision decision = TransportPolicy.decide(facts, sender);
        return isCached(facts.sts()) && decision instanceof DestinationDecision.Stop stop && hasUnlistedHost(stop)
                ? TransportPolicy.decide(gatherer.withFreshPolicy(facts), sender)
                : decision;
    }

    private static boolean hasUnlistedHost(DestinationDecision.Stop stop) {
        return stop.hosts().stream()
                .anyMatch(host -> host instanceof HostDecision.Skip skip
                        && skip.failure() instanceof DeliveryFailure.StsMxNotListed);
    }

    private static boolean isCached(StsFacts sts) {
        return sts instanceof StsFacts.InForce policy && policy.source() == StsFacts.Source.CACHED;
    }

    /// A message that goes without TLS goes without the receiver's policies, too (RFC 8689 §4.2.2).
    private DestinationDecision decide(Order order, NextHop hop) {
        NextHop demanded = isBound(order) ? hop : hop.with(hop.demand().withoutReceiversPolicies());
        SenderDemand sender = isBound(order) ? demand(order) : SenderDemand.NOTHING;
        // A retry looks at everything again (spec O5).
        return order.retries() == 0 ? recent.decide(demanded, sender) : decide(demanded, order.retries(), sender);
    }

    private static boolean isBound(Order order) {
        return switch (order.message().envelope().handling()) {
            case USUAL, TLS_REQUIRED -> true;
            case TLS_NOT_REQUIRED, TLS_REPORT -> false;
        };
    }

    /// A report is not lost because a host does not offer REQUIRETLS (RFC 8689 §5).
    private static SenderDemand demand(Order order) {
        Envelope envelope = order.message().envelope();
        return switch (envelope.handling()) {
            case USUAL, TLS_NOT_REQUIRED, TLS_REPORT -> SenderDemand.NOTHING;
            case TLS_REQUIRED ->
                envelope.reversePath().isPresent() ? SenderDemand.REQUIRE_TLS : SenderDemand.AUTHENTICATED_TLS;
        };
    }

    /// Delivers; the result has an entry for each recipient of the order.
    ///
    /// @throws RuntimeException only before any host was spoken to
    @Override
    public Map<Mailbox, RecipientResult> deliver(Order order) {
        Run run = new Run(order);
        if (order.domain().isRoot()) {
            run.note(new DeliveryFailure.NoSuchDomain(
                    order.domain(), SubReason.DOMAIN_NOT_FOUND, "mail to address literals is not delivered"));
            return run.results();
        }
        List<NextHop> hops = route(order.domain()).hops();
        DestinationDecision decision = decide(order, hops.getFirst());
        try {
            run.carryOut(decision);
            for (NextHop next : hops.subList(1, hops.size())) {
                if (!run.isOver()) {
                    run.carryOut(decide(order, next));
                }
            }
        } catch (RuntimeException | StackOverflowError bug) {
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

    /// What an attempt showed, as far as it got.
    private record AttemptSeen(SessionEnds ends, Optional<TlsObservation> tls, Optional<TransportVerdict> verdict) {}

    /// The state of one delivery; used by one thread.
    private final class Run {
        private final Order order;
        private final Instant begun = clock.instant();
        private final List<AttemptRecord> attempts = new ArrayList<>();
        private final Map<Mailbox, RecipientResult> settled = new LinkedHashMap<>();
        private final Map<Mailbox, DeliveryFailure> rejected = new LinkedHashMap<>();
        private Optional<DeliveryFailure> worst = Optional.empty();
        private boolean policyFailed;
        private boolean stopped;
        private int addressesTried;

        Run(Order order) {
            this.order = order;
        }

        void carryOut(DestinationDecision decision) {
            tryHosts(decision);
            if (order.last() && policyFailed && isCached(decision.facts().sts()) && !open().isEmpty()) {
                Optional<DeliveryFailure> before = worst;
                worst = Optional.empty();
                addressesTried = 0;
                tryHosts(TransportPolicy.decide(gatherer.withFreshPolicy(decision.facts()), demand(order)));
                worst = worst.or(() -> before);
            }
        }

        /// Leaves the remaining hosts alone.
        void stopFor(DeliveryFailure failure) {
            note(failure);
            stopped = true;
        }

        private void tryHosts(DestinationDecision decision) {
            DestinationFacts facts = decision.facts();
            switch (decision) {
                case DestinationDecision.Stop stop -> {
                    stop.hosts().forEach(host -> noteSkipped(facts, host));
                    if (stop.hosts().isEmpty()) {
                        attempts.add(withoutConnection(facts.nextHop().toString(), stop.failure()));
                        count(() -> SessionResults.skipped(facts, Optional.empty(), stop.failure(), clock.instant()));
                    }
                    note(stop.failure());
                }
                case DestinationDecision.Proceed proceed -> proceed.hosts().forEach(host -> tryHost(facts, host));
            }
        }

        /// Counts sessions for TLS reports; a defect there must not touch the mail.
        private void count(Supplier<List<SessionResult>> results) {
            if (!isBound(order)) {
                return;
            }
            try {
                recorder.record(results.get());
            } catch (RuntimeException bug) {
                LOG.error(
                        "{}: a defect of ours: a session is not counted for TLS reports",
                        order.message().id(),
                        bug);
            }
        }

        private void count(DestinationFacts facts, HostDecision.Try host, AttemptSeen seen) {
            if (seen.tls().isPresent() && seen.verdict().isPresent()) {
                count(() -> SessionResults.of(
                        facts,
                        host,
                        new SessionResults.Judged(
                                clock.instant(),
                                seen.ends(),
                                seen.tls().get(),
                                seen.verdict().get())));
            }
        }

        private static boolean isMtaSts(DeliveryFailure failure) {
            return switch (OutcomeTable.row(failure).id()) {
                case "C1", "C2", "C3", "C4", "C5" -> true;
                default -> false;
            };
        }

        private void noteSkipped(DestinationFacts facts, HostDecision host) {
            if (host instanceof HostDecision.Skip skip) {
                attempts.add(withoutConnection(skip.host().name().toString(), skip.failure()));
                count(() -> SessionResults.skipped(facts, Optional.of(skip.host()), skip.failure(), clock.instant()));
                note(skip.failure());
            }
        }

        private void tryHost(DestinationFacts facts, HostDecision decision) {
            if (isOver()) {
                return;
            }
            switch (decision) {
                case HostDecision.Skip skip -> noteSkipped(facts, skip);
                case HostDecision.Try host -> {
                    List<InetAddress> addresses = host.addresses().stream()
                            .filter(address -> ipv6 || address instanceof java.net.Inet4Address)
                            .limit(MAX_ADDRESSES_PER_HOST)
                            .toList();
                    if (addresses.isEmpty()) {
                        noteSkipped(
                                facts,
                                new HostDecision.Skip(
                                        host.host(),
                                        new ConnectionFailed(
                                                host.host().name().toString(),
                                                SubReason.MX_HOST_WITHOUT_ADDRESS,
                                                "the host has only IPv6 addresses, and delivery.ipv6 is off")));
                    }
                    for (InetAddress address : addresses) {
                        tryAddress(facts, host, address);
                    }
                }
            }
        }

        private boolean isOver() {
            return stopped || open().isEmpty() || clock.instant().isAfter(begun.plus(LONGEST));
        }

        private void tryAddress(DestinationFacts facts, HostDecision.Try host, InetAddress address) {
            if (isOver() || addressesTried++ >= MAX_ADDRESSES) {
                return;
            }
            Optional<HostSession> waiting = sessions.take(host, address);
            if (waiting.isPresent() && carry(facts, host, waiting.get(), true)) {
                return;
            }
            switch (dialer.open(host, address)) {
                case Opening.Failed failed -> {
                    count(facts, host, new AttemptSeen(failed.ends(), failed.tls(), failed.verdict()));
                    attempts.add(new AttemptRecord(
                            clock.instant(),
                            host.host().name().toString(),
                            Optional.of(address),
                            failed.tls(),
                            failed.verdict(),
                            Optional.of(failed.failure())));
                    note(failed.failure());
                }
                case Opening.Ready ready -> carry(facts, host, ready.session(), false);
            }
        }

        /// Uses a session and hands it on to the next message.
        ///
        /// @param waited whether it has served others, and the host may have closed it since
        /// @return whether the host was tried; not when it had closed a session that waited
        private boolean carry(DestinationFacts facts, HostDecision.Try host, HostSession session, boolean waited) {
            boolean sound = false;
            try {
                session.use().message();
                boolean tried = transfer(host, session, waited);
                if (tried && session.use().countsFor(order.domain())) {
                    count(
                            facts,
                            host,
                            new AttemptSeen(
                                    session.ends(), Optional.of(session.tls()), Optional.of(session.verdict())));
                }
                sound = true;
                return tried;
            } finally {
                if (sound) {
                    sessions.giveBack(host, session);
                } else {
                    session.close();
                }
            }
        }

        /// @return whether the host was tried
        private boolean transfer(HostDecision.Try host, HostSession session, boolean waited) {
            Optional<DeliveryFailure> unfit = unfit(host, session);
            if (unfit.isPresent()) {
                fail(host, session, unfit.get());
                return true;
            }
            List<Mailbox> recipients = open();
            for (int from = 0; from < recipients.size() && !stopped; from += MAX_RECIPIENTS) {
                if (!session.smtp().isOpen()) {
                    fail(host, session, closed(host, session, "the host ended the session before the last recipients"));
                    return true;
                }
                List<Mailbox> some = recipients.subList(from, Math.min(from + MAX_RECIPIENTS, recipients.size()));
                if (!transfer(host, session, some, waited && from == 0)) {
                    return false;
                }
            }
            return true;
        }

        /// @param mayBeGone whether a connection that proves closed before any content was sent counts as none
        /// @return false in that case
        private boolean transfer(
                HostDecision.Try host, HostSession session, List<Mailbox> recipients, boolean mayBeGone) {
            var envelope = order.message().envelope();
            var transaction = new MailTransaction(
                    envelope.reversePath(),
                    recipients,
                    order.message().size(),
                    envelope.smtpUtf8(),
                    envelope.eightBitMime(),
                    order.content(),
                    envelope.dsnFor(recipients),
                    envelope.handling() == Envelope.Handling.TLS_REQUIRED);
            try {
                TransferResult result = session.smtp().transfer(transaction);
                if (mayBeGone && result.mail().isClosing()) {
                    return false;
                }
                settle(host, session, recipients, result);
            } catch (ContentSourceException e) {
                // No other host can do better with it.
                fail(
                        host,
                        session,
                        new InternalDefect(Optional.ofNullable(e.getMessage()).orElse("no content")));
                stopped = true;
            } catch (IOException e) {
                if (mayBeGone && isBeforeContent(e)) {
                    return false;
                }
                fail(host, session, lost(host, session, e));
                stopped = isInDoubt(e);
            }
            return true;
        }

        private static boolean isBeforeContent(IOException e) {
            return e instanceof ConnectionLostException lost
                    && lost.kind() != ConnectionLostException.Kind.TIMED_OUT
                    && switch (lost.phase()) {
                        case RSET, MAIL, RCPT, DATA -> true;
                        case BANNER, EHLO, STARTTLS, CONTENT, MESSAGE, QUIT -> false;
                    };
        }

        /// Whether the host may have the message all the same (RFC 1047). Then no other host is asked now:
        /// each that loses the last reply, too, would make one more copy.
        private static boolean isInDoubt(IOException e) {
            return switch (e) {
                case ConnectionLostException lost -> lost.messageInDoubt();
                case SmtpProtocolException broken -> broken.phase() == Phase.MESSAGE;
                default -> false;
            };
        }

        private static ConnectionFailed lost(HostDecision.Try host, HostSession session, IOException e) {
            boolean late =
                    e instanceof ConnectionLostException lost && lost.kind() == ConnectionLostException.Kind.TIMED_OUT;
            String evidence = (late ? "no answer in time" : "the connection was closed") + " during the transfer"
                    + (isInDoubt(e) ? "; the host may have the message" : "");
            return late
                    ? new ConnectionFailed(
                            host.host().name().toString(), SubReason.CONNECTION_TIMED_OUT, at(session) + evidence)
                    : closed(host, session, evidence);
        }

        private static ConnectionFailed closed(HostDecision.Try host, HostSession session, String evidence) {
            return new ConnectionFailed(
                    host.host().name().toString(), SubReason.CONNECTION_CLOSED, at(session) + evidence);
        }

        private static String at(HostSession session) {
            return "[" + session.address().getHostAddress() + "]: ";
        }

        private void fail(HostDecision.Try host, HostSession session, DeliveryFailure failure) {
            record(host, session, Optional.of(failure));
            note(failure);
        }

        /// Why this message need not be offered to this host. Content of eight bits is no reason: where
        /// 8BITMIME is missing it goes as it is. RFC 6152 §3 would have it converted or returned; converting
        /// breaks signatures, and hosts that cannot pass eight bits on have died out.
        private Optional<DeliveryFailure> unfit(HostDecision.Try host, HostSession session) {
            var capabilities = session.smtp().capabilities();
            if (order.message().envelope().smtpUtf8() && !capabilities.offers("SMTPUTF8")) {
                return Optional.of(new ExtensionMissing(
                        host.host().name(), SubReason.SMTPUTF8_NOT_OFFERED, "the host does not offer SMTPUTF8"));
            }
            if (host.sender() == SenderDemand.REQUIRE_TLS && !capabilities.offers("REQUIRETLS")) {
                return Optional.of(new DeliveryFailure.RequireTlsUnsupported(
                        host.host().name(),
                        SubReason.REQUIRETLS_NOT_OFFERED,
                        "the host does not offer REQUIRETLS over TLS"));
            }
            long size = order.message().size();
            long limit = capabilities.sizeLimit().orElse(Long.MAX_VALUE);
            return size <= limit
                    ? Optional.empty()
                    : Optional.of(new PeerRejected(
                            "EHLO",
                            552,
                            Optional.of("5.3.4"),
                            "Message too large: it has " + size + " octets, the host takes " + limit));
        }

        private void settle(
                HostDecision.Try host, HostSession session, List<Mailbox> recipients, TransferResult result) {
            List<Runnable> outcomes = new ArrayList<>();
            Optional<DeliveryFailure> shown = Optional.empty();
            for (int i = 0; i < recipients.size(); i++) {
                Mailbox recipient = recipients.get(i);
                Reply reply = result.forRecipient(i);
                if (result.delivered(i)) {
                    String place = host.host().name() + "[" + session.address().getHostAddress() + "]";
                    String words = PrintableText.line(reply.toString(), LONGEST_REPLY);
                    boolean dsnPassedOn = session.smtp().capabilities().offers("DSN");
                    outcomes.add(() -> settled.put(
                            recipient,
                            new Delivered(place, session.verdict().protection(), words, dsnPassedOn, attempts)));
                    continue;
                }
                DeliveryFailure failure = rejection(host, session, result.commandForRecipient(i), reply);
                shown = Optional.of(failure);
                outcomes.add(() -> reject(recipient, failure));
            }
            record(host, session, shown);
            outcomes.forEach(Runnable::run);
        }

        private static DeliveryFailure rejection(
                HostDecision.Try host, HostSession session, String command, Reply reply) {
            boolean tlsBroke = session.tls() instanceof TlsObservation.HandshakeFailed
                    || session.tls() instanceof TlsObservation.Refused;
            PeerRejected failure = HostDialer.rejection(command, reply);
            // RFC 3207 §4: 530 asks for the TLS that just could not be had; next time it may.
            return tlsBroke && reply.code() == 530
                    ? closed(host, session, "TLS failed, and without it: " + failure.evidence())
                    : failure;
        }

        /// A permanent reply settles the recipient; a temporary one leaves it to the next host (RFC 5321 §5.1).
        private void reject(Mailbox recipient, DeliveryFailure failure) {
            rejected.put(recipient, failure);
            if (OutcomeTable.row(failure).nextStep() == NextStep.RETURN_AT_ONCE) {
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
            policyFailed |= isMtaSts(failure);
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
                        .orElseGet(() -> new InternalDefect("no host was tried and no reason noted"));
                settled.put(recipient, new NotDelivered(failure, attempts));
            }
            return settled;
        }
    }
}
