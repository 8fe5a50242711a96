// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.gatepost.gateway.delivery.HostConnections.Access;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.SessionEnds;
import org.gatepost.policy.SessionResults;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportVerdict;
import org.gatepost.tlsrpt.SessionResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way of one delivery through the hosts that were decided about. Used by one thread.
///
/// Hosts are tried in the order of their preference. One that has as many connections as it may have is passed
/// over for others of the same preference, never for worse ones: those are there for when it is down.
final class DeliveryRun {
    private static final int MAX_ADDRESSES_PER_HOST = 4;
    private static final int MAX_ADDRESSES = 20;

    /// To one address: one that waited and is gone, one whose host does not know BDAT after all, and one more.
    private static final int MAX_CONNECTIONS = 3;

    /// After so long no further address is begun with, however slowly those before it gave up.
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private static final Logger LOG = LoggerFactory.getLogger(DeliveryRun.class);

    private final DomainDelivery.Order order;
    private final Decisions decisions;
    private final HostConnections connections;
    private final boolean ipv6;
    private final SessionRecorder recorder;
    private final InstantSource clock;
    private final Instant begun;
    private final RecipientLedger ledger;
    private final Handover handover;
    private final List<SessionResult> counted = new ArrayList<>();
    private OptionalInt fullAt = OptionalInt.empty();
    private boolean spoken;
    private boolean policyFailed;
    private boolean stopped;
    private int addressesTried;

    DeliveryRun(
            DomainDelivery.Order order,
            Decisions decisions,
            HostConnections connections,
            boolean ipv6,
            SessionRecorder recorder,
            InstantSource clock) {
        this.order = order;
        this.decisions = decisions;
        this.connections = connections;
        this.ipv6 = ipv6;
        this.recorder = recorder;
        this.clock = clock;
        this.begun = clock.instant();
        this.ledger = new RecipientLedger(order.recipients());
        this.handover = new Handover(order, ledger, clock);
    }

    /// Tries what was decided, once more with the policy fetched anew where the message would be returned for the
    /// remembered one (RFC 8461 §5.1).
    void carryOut(DestinationDecision decision) {
        tryHosts(decision);
        if (order.last()
                && policyFailed
                && Decisions.isRemembered(decision.facts().sts())
                && goesOn()) {
            Optional<DeliveryFailure> before = ledger.forgetFailures();
            addressesTried = 0;
            tryHosts(decisions.withFreshPolicy(decision.facts(), order.senderDemand()));
            ledger.noteUnlessOther(before);
        }
    }

    /// Leaves the remaining hosts alone.
    void stopFor(DeliveryFailure failure) {
        note(failure);
        stopped = true;
    }

    /// Whether other hosts may be tried.
    boolean goesOn() {
        return !stopped && fullAt.isEmpty() && !ledger.open().isEmpty() && !isLate();
    }

    private boolean isLate() {
        return clock.instant().isAfter(begun.plus(LONGEST));
    }

    private void tryHosts(DestinationDecision decision) {
        DestinationFacts facts = decision.facts();
        switch (decision) {
            case DestinationDecision.Stop stop -> {
                stop.hosts().forEach(host -> noteSkipped(facts, host));
                if (stop.hosts().isEmpty()) {
                    ledger.attempted(withoutConnection(facts.nextHop().toString(), stop.failure()));
                    count(() -> SessionResults.skipped(facts, Optional.empty(), stop.failure(), clock.instant()));
                }
                note(stop.failure());
            }
            case DestinationDecision.Proceed proceed -> proceed.hosts().forEach(host -> tryHost(facts, host));
        }
    }

    private boolean isLeftAlone(HostFacts host) {
        return stopped
                || ledger.open().isEmpty()
                || fullAt.stream().anyMatch(preference -> host.preference() > preference);
    }

    private void noteSkipped(DestinationFacts facts, HostDecision host) {
        if (host instanceof HostDecision.Skip skip) {
            ledger.attempted(withoutConnection(skip.host().name().toString(), skip.failure()));
            count(() -> SessionResults.skipped(facts, Optional.of(skip.host()), skip.failure(), clock.instant()));
            note(skip.failure());
        }
    }

    private void tryHost(DestinationFacts facts, HostDecision decision) {
        if (isLeftAlone(decision.host())) {
            return;
        }
        switch (decision) {
            case HostDecision.Skip skip -> noteSkipped(facts, skip);
            case HostDecision.Try host -> {
                List<InetAddress> addresses = host.addresses().stream()
                        .filter(address -> ipv6 || address instanceof Inet4Address)
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

    private void tryAddress(DestinationFacts facts, HostDecision.Try host, InetAddress address) {
        if (isLeftAlone(host.host())) {
            return;
        }
        if (isLate() || addressesTried++ >= MAX_ADDRESSES) {
            // Without this, what the others said for good would return the message.
            note(new ConnectionFailed(
                    host.host().name().toString(),
                    SubReason.CONNECTION_TIMED_OUT,
                    "not tried: the hosts before it took too long"));
            return;
        }
        Access access = connections.open(host, address);
        for (int i = 0;
                i < MAX_CONNECTIONS && access instanceof Access.Ready(HostSession session, boolean waited);
                i++) {
            if (carry(facts, host, session, waited)) {
                return;
            }
            access = connections.openNew(host, address);
        }
        switch (access) {
            case Access.Ready(HostSession session, var _) -> session.close();
            case Access.Failed(Opening.Failed failed) -> noteFailed(facts, host, address, failed);
            case Access.Full _ -> fullAt = OptionalInt.of(host.host().preference());
        }
    }

    private void noteFailed(DestinationFacts facts, HostDecision.Try host, InetAddress address, Opening.Failed failed) {
        // To come back in a moment would not repeat an attempt that found nobody.
        spoken |= !failed.silent();
        count(facts, host, failed.ends(), failed.tls(), failed.verdict());
        ledger.attempted(new AttemptRecord(
                clock.instant(),
                host.host().name().toString(),
                Optional.of(address),
                failed.tls(),
                failed.verdict(),
                Optional.of(failed.failure())));
        note(failed.failure());
    }

    /// Uses a session and hands it on to the next message.
    ///
    /// @param waited whether it has served others, and the host may have closed it since
    /// @return whether the host was tried; not when it would not go on with a session that waited
    private boolean carry(DestinationFacts facts, HostDecision.Try host, HostSession session, boolean waited) {
        session.use().message();
        Handover.End end;
        try {
            end = handover.transfer(host, session, waited);
        } catch (RuntimeException | Error bug) {
            session.drop();
            throw bug;
        }
        if (end == Handover.End.GONE) {
            session.leave(); // at once, so that its place is free for the next one
            return false;
        }
        try {
            spoken = true;
            stopped |= end == Handover.End.STOP;
            if (session.use().countsFor(order.domain())) {
                count(facts, host, session.ends(), Optional.of(session.tls()), Optional.of(session.verdict()));
            }
            return true;
        } finally {
            connections.giveBack(host, session);
        }
    }

    private void count(
            DestinationFacts facts,
            HostDecision.Try host,
            SessionEnds ends,
            Optional<TlsObservation> tls,
            Optional<TransportVerdict> verdict) {
        if (tls.isPresent() && verdict.isPresent()) {
            count(() -> SessionResults.of(
                    facts, host, new SessionResults.Judged(clock.instant(), ends, tls.get(), verdict.get())));
        }
    }

    /// Counts sessions for TLS reports; a defect there must not touch the mail.
    private void count(Supplier<List<SessionResult>> results) {
        if (!order.isBound()) {
            return;
        }
        try {
            counted.addAll(results.get());
        } catch (RuntimeException | Error bug) {
            notCounted(bug);
        }
    }

    private void notCounted(Throwable bug) {
        LOG.error(
                "{}: a defect of ours: a session is not counted for TLS reports",
                order.message().id(),
                bug);
    }

    private AttemptRecord withoutConnection(String host, DeliveryFailure failure) {
        return new AttemptRecord(
                clock.instant(), host, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(failure));
    }

    private void note(DeliveryFailure failure) {
        policyFailed |= isMtaSts(failure);
        ledger.note(failure);
    }

    private static boolean isMtaSts(DeliveryFailure failure) {
        return switch (OutcomeTable.row(failure).id()) {
            case "C1", "C2", "C3", "C4", "C5" -> true;
            default -> false;
        };
    }

    /// What [MessageDelivery#deliver] returns; once.
    Optional<Map<Mailbox, RecipientResult>> results() {
        if (fullAt.isPresent() && !spoken && !stopped && ledger.isBlank()) {
            return Optional.empty();
        }
        if (!counted.isEmpty()) {
            try {
                recorder.record(counted);
            } catch (RuntimeException | Error bug) {
                notCounted(bug);
            }
        }
        return Optional.of(fullAt.isPresent() && !stopped ? ledger.resultsSoFar(untried()) : ledger.results());
    }

    private ConnectionFailed untried() {
        return new ConnectionFailed(
                order.domain().toString(),
                SubReason.CONNECTION_LIMIT_REACHED,
                "the remaining hosts have as many connections as delivery.connections-per-host allows");
    }
}
