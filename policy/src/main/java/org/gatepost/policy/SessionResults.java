// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.RecordData;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.PolicyType;
import org.gatepost.tlsrpt.ResultType;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// What an attempt means for TLS reports: one result for each policy that was judged, or one of type
/// `no-policy-found` (spec R1).
///
/// - An MTA-STS policy is reported to the recipient domain, whose policy it is.
/// - A DANE policy belongs to the TLSA base domain (RFC 8460 §1.1) and is reported there and to the recipient domain:
///   either may have a reporting record, and both want to know.
/// - A policy that was promised but could not be had is a failed session of type `sts` (RFC 8460 §4.3.2.2), whatever
///   became of the mail.
/// - What the operator's own connector demands is no policy of the receiver's, and its failures are not told.
///   Where it forbids TLS, nothing was learned of the receiver's, and there is no session.
/// - An attempt that ended for reasons that have nothing to do with TLS, such as a refused connection, is no session.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §4.3
public final class SessionResults {
    /// Lines of a policy, and TLSA records, that a report quotes.
    private static final int MAX_STRINGS = 100;

    private static final int LONGEST_REASON = 250;

    private SessionResults() {}

    /// A connection that was judged.
    ///
    /// @param seen what became of STARTTLS and the handshake
    public record Judged(Instant at, SessionEnds ends, TlsObservation seen, TransportVerdict verdict) {}

    /// The results of a connection that was judged, whether or not mail was sent over it.
    public static List<SessionResult> of(DestinationFacts facts, HostDecision.Try host, Judged session) {
        if (session.seen() instanceof TlsObservation.SwitchedOff) {
            return List.of();
        }
        List<SessionResult> results = new ArrayList<>();
        for (TransportVerdict.PolicyFinding finding : session.verdict().findings()) {
            Optional<SessionResult.Failure> failure =
                    finding.failure().flatMap(why -> failure(why, failedSession(host, session, reason(why))));
            switch (finding.type()) {
                case TLSA -> results.addAll(dane(facts, session.at(), tlsaPolicy(host.dane(), host.host()), failure));
                case STS -> results.add(sts(facts, session.at(), stsPolicy(facts, host.sts()), failure));
                case NO_POLICY_FOUND -> {
                    if (promisedPolicy(facts).isEmpty()) {
                        results.add(new SessionResult(
                                session.at(), facts.nextHop(), noPolicy(facts), withoutPolicy(host, session)));
                    }
                }
            }
        }
        promisedPolicy(facts).ifPresent(none -> results.add(fetchFailed(facts, session.at(), none)));
        return results;
    }

    /// The results of an attempt that a policy ended before there was a connection.
    ///
    /// @param host the MX host that was not used; empty when not even the hosts are known
    public static List<SessionResult> skipped(
            DestinationFacts facts, Optional<HostFacts> host, DeliveryFailure failure, Instant at) {
        Optional<SessionResult.Failure> reported = failure(
                failure,
                new FailedSession(
                        Optional.empty(),
                        host.map(known -> known.name().toString()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(reason(failure))));
        if (reported.isEmpty()) {
            return List.of();
        }
        if (failure instanceof DeliveryFailure.StsMxNotListed) {
            return List.of(sts(facts, at, stsPolicy(facts), reported));
        }
        DomainName base = host.map(HostFacts::name).orElse(facts.nextHop());
        return dane(facts, at, policy(PolicyType.TLSA, List.of(), base), reported);
    }

    private static Optional<SessionResult.Failure> failure(DeliveryFailure why, FailedSession session) {
        return OutcomeTable.resultType(why).map(type -> new SessionResult.Failure(type, session));
    }

    private static String reason(DeliveryFailure failure) {
        return PrintableText.line(failure.subReason() + ": " + failure.evidence(), LONGEST_REASON);
    }

    /// Opportunistic TLS: only that there was none is a failure (RFC 8460 §4.3.1); nobody asked for more.
    private static Optional<SessionResult.Failure> withoutPolicy(HostDecision.Try host, Judged session) {
        Optional<ResultType> type = switch (session.seen()) {
            case TlsObservation.Established _, TlsObservation.SwitchedOff _ -> Optional.empty();
            case TlsObservation.NotOffered _, TlsObservation.Refused _ ->
                Optional.of(ResultType.STARTTLS_NOT_SUPPORTED);
            case TlsObservation.HandshakeFailed _ -> Optional.of(ResultType.VALIDATION_FAILURE);
        };
        String reason = PrintableText.line(TlsText.of(session.seen()), LONGEST_REASON);
        return type.map(known -> new SessionResult.Failure(known, failedSession(host, session, reason)));
    }

    private static FailedSession failedSession(HostDecision.Try host, Judged session, String reason) {
        return new FailedSession(
                session.ends().sending().map(InetAddress::getHostAddress),
                Optional.of(host.host().name().toString()),
                session.ends().helo(),
                Optional.of(session.ends().receiving().getHostAddress()),
                Optional.empty(),
                Optional.of(reason));
    }

    private static List<SessionResult> dane(
            DestinationFacts facts, Instant at, ReportedPolicy policy, Optional<SessionResult.Failure> failure) {
        return Stream.of(facts.nextHop(), DomainName.parse(policy.domain()))
                .distinct()
                .map(domain -> new SessionResult(at, domain, policy, failure))
                .toList();
    }

    private static SessionResult sts(
            DestinationFacts facts, Instant at, ReportedPolicy policy, Optional<SessionResult.Failure> failure) {
        return new SessionResult(at, facts.nextHop(), policy, failure);
    }

    private static Optional<StsFacts.NoPolicy> promisedPolicy(DestinationFacts facts) {
        return facts.sts() instanceof StsFacts.NoPolicy none
                        && none.resultType().isPresent()
                ? Optional.of(none)
                : Optional.empty();
    }

    private static SessionResult fetchFailed(DestinationFacts facts, Instant at, StsFacts.NoPolicy none) {
        var session = new FailedSession(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(PrintableText.line(none.reason(), LONGEST_REASON)));
        return sts(
                facts,
                at,
                policy(PolicyType.STS, List.of(), facts.nextHop()),
                none.resultType().map(type -> new SessionResult.Failure(type, session)));
    }

    private static ReportedPolicy tlsaPolicy(DaneDemand demand, HostFacts host) {
        return switch (demand) {
            case DaneDemand.Authenticate authenticate -> tlsaPolicy(authenticate.published(), authenticate.base());
            case DaneDemand.EncryptOnly encrypt -> tlsaPolicy(encrypt.published(), encrypt.base());
            case DaneDemand.Nothing _ -> tlsaPolicy(List.of(), host.name());
        };
    }

    private static ReportedPolicy tlsaPolicy(List<RecordData.Tlsa> records, DomainName base) {
        List<String> strings =
                records.stream().map(RecordData.Tlsa::toString).sorted().toList();
        return policy(PolicyType.TLSA, strings, base);
    }

    private static ReportedPolicy stsPolicy(DestinationFacts facts, StsDemand demand) {
        return switch (demand) {
            case StsDemand.Enforce enforce -> stsPolicy(enforce.policy(), facts.nextHop());
            case StsDemand.Testing testing -> stsPolicy(testing.policy(), facts.nextHop());
            case StsDemand.Excused excused -> stsPolicy(excused.policy(), facts.nextHop());
            case StsDemand.Nothing _ -> stsPolicy(facts);
        };
    }

    private static ReportedPolicy stsPolicy(DestinationFacts facts) {
        return facts.sts() instanceof StsFacts.InForce inForce
                ? stsPolicy(inForce.policy(), facts.nextHop())
                : policy(PolicyType.STS, List.of(), facts.nextHop());
    }

    private static ReportedPolicy stsPolicy(StsPolicy policy, DomainName domain) {
        List<String> lines =
                StsPolicyPrinter.print(policy).lines().limit(MAX_STRINGS).toList();
        List<String> hosts =
                policy.mx().stream().map(MxPattern::toString).limit(MAX_STRINGS).toList();
        return new ReportedPolicy(PolicyType.STS.toString(), lines, domain.toString(), hosts);
    }

    private static ReportedPolicy noPolicy(DestinationFacts facts) {
        return policy(PolicyType.NO_POLICY_FOUND, List.of(), facts.nextHop());
    }

    private static ReportedPolicy policy(PolicyType type, List<String> strings, DomainName domain) {
        return new ReportedPolicy(
                type.toString(), strings.stream().limit(MAX_STRINGS).toList(), domain.toString(), List.of());
    }
}
