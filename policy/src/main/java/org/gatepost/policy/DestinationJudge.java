// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.Answer;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;

/// [TransportPolicy#decide] for one destination.
final class DestinationJudge {
    private final DestinationFacts facts;
    private final List<HostFacts> hosts;
    private final DaneJudge dane;
    private final SenderDemand sender;

    DestinationJudge(DestinationFacts facts, SenderDemand sender) {
        this.facts = facts;
        this.sender = sender;
        // RFC 7505 §3: a null MX among others names no host.
        this.hosts =
                facts.hosts().stream().filter(host -> !host.name().isRoot()).toList();
        this.dane = new DaneJudge(facts);
    }

    DestinationDecision decide() {
        return switch (facts.mx()) {
            case Answer.Failed<RecordData.Mx> failed ->
                stop(DnsTrouble.failure(failed, SubReason.MX_BOGUS, SubReason.MX_LOOKUP_FAILED), List.of());
            case Answer.Denied<RecordData.Mx> denied
            when denied.denial() == Answer.Denial.NAME_ERROR ->
                stop(missing(SubReason.DOMAIN_NOT_FOUND, denied.question() + ": no such name"), List.of());
            case Answer.Denied<RecordData.Mx> _ -> decideByHosts();
            case Answer.Found<RecordData.Mx> found
            when found.records().stream().allMatch(mx -> mx.exchange().isRoot()) -> stop(nullMx(), List.of());
            case Answer.Found<RecordData.Mx> _ -> decideByHosts();
        };
    }

    private boolean isSmartHost() {
        return switch (facts.hop().kind()) {
            case RECIPIENT_DOMAIN -> false;
            case SMART_HOST_DOMAIN, SMART_HOST -> true;
        };
    }

    /// That the operator's relay is not there says nothing about the recipient, who must not be given up for it.
    private DeliveryFailure missing(SubReason reason, String evidence) {
        return isSmartHost()
                ? new DeliveryFailure.SmartHostUnusable(facts.nextHop(), reason, evidence)
                : new DeliveryFailure.NoSuchDomain(facts.nextHop(), reason, evidence);
    }

    private DeliveryFailure nullMx() {
        var nullMx = new DeliveryFailure.NullMx(facts.nextHop());
        return isSmartHost()
                ? new DeliveryFailure.SmartHostUnusable(facts.nextHop(), nullMx.subReason(), nullMx.evidence())
                : nullMx;
    }

    private DestinationDecision decideByHosts() {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("the facts of " + facts.nextHop() + " lack its hosts");
        }
        List<HostDecision> decisions = hosts.stream().map(this::decide).toList();
        List<DeliveryFailure> skipped = decisions.stream()
                .flatMap(decision -> decision instanceof HostDecision.Skip skip ? Stream.of(skip.failure()) : null)
                .toList();
        if (skipped.size() == decisions.size()) {
            return stop(OutcomeTable.worst(skipped), decisions);
        }
        return facts.sts() instanceof StsFacts.LookupFailed failed && !failed.graceOver()
                ? waitForPolicy(failed, decisions)
                : new DestinationDecision.Proceed(facts, decisions);
    }

    private DestinationDecision stop(DeliveryFailure failure, List<HostDecision> decisions) {
        return new DestinationDecision.Stop(facts, failure, decisions);
    }

    /// An error is not "no record": whoever breaks the lookup must not switch the policy off (RFC 8461 §3.1,
    /// §10.2).
    private DestinationDecision waitForPolicy(StsFacts.LookupFailed failed, List<HostDecision> decisions) {
        var failure = new DeliveryFailure.DnsLookupFailed(
                new Question(facts.nextHop().child("_mta-sts"), RecordType.TXT),
                SubReason.STS_RECORD_LOOKUP_FAILED,
                failed.failure().detail());
        return stop(
                failure,
                decisions.stream()
                        .<HostDecision>map(decision -> switch (decision) {
                            case HostDecision.Try tried -> new HostDecision.Skip(tried.host(), failure);
                            case HostDecision.Skip skip -> skip;
                        })
                        .toList());
    }

    private HostDecision decide(HostFacts host) {
        List<InetAddress> addresses = addresses(host);
        if (addresses.isEmpty()) {
            return new HostDecision.Skip(host, withoutAddress(host));
        }
        return switch (dane.judge(host)) {
            case DaneJudge.Unusable unusable -> new HostDecision.Skip(host, unusable.failure());
            case DaneJudge.Demanded demanded -> decide(host, addresses, demanded.demand());
        };
    }

    private HostDecision decide(HostFacts host, List<InetAddress> addresses, DaneDemand dane) {
        OperatorDemand operator = facts.hop().demand();
        if (operator.dane() == MechanismUse.MANDATORY && !isFull(dane)) {
            return new HostDecision.Skip(host, daneMissing(host, dane));
        }
        StsDemand sts = excused(stsDemand(host), dane, host);
        if (operator.mtaSts() == MechanismUse.MANDATORY && !(sts instanceof StsDemand.Enforce)) {
            return new HostDecision.Skip(host, stsMissing(sts));
        }
        // RFC 8461 §5: an enforced policy forbids hosts that it does not list.
        if (sts instanceof StsDemand.Enforce enforce && !enforce.policy().lists(host.name())) {
            return new HostDecision.Skip(host, notListed(enforce.policy()));
        }
        return unproven(host, sts)
                .<HostDecision>map(failure -> new HostDecision.Skip(host, failure))
                .orElseGet(() -> new HostDecision.Try(
                        host, addresses, dane, sts, operator, facts.hop().port(), sender));
    }

    private Optional<DeliveryFailure> unproven(HostFacts host, StsDemand sts) {
        return sender == SenderDemand.NOTHING ? Optional.empty() : SenderJudge.unprovenName(facts, host, sts);
    }

    /// Whether DANE authenticates the host and the host is the right one: without signed MX records somebody else
    /// may have named it (RFC 7672 §2.2.1).
    private static boolean isFull(DaneDemand dane) {
        return dane instanceof DaneDemand.Authenticate authenticate && authenticate.mxSecure();
    }

    private DeliveryFailure daneMissing(HostFacts host, DaneDemand dane) {
        String why = switch (dane) {
            case DaneDemand.Authenticate _ -> "unsigned MX records name it";
            case DaneDemand.EncryptOnly encrypt ->
                "none of its " + encrypt.published().size() + " TLSA records is usable";
            case DaneDemand.Nothing nothing -> nothing.why().toString();
        };
        return new DeliveryFailure.ConnectorPolicyMissing(
                facts.nextHop(),
                SubReason.DANE_NOT_PUBLISHED,
                facts.hop().demand().origin() + " demands DANE; host " + host.name() + ": " + why);
    }

    private DeliveryFailure stsMissing(StsDemand sts) {
        String why = switch (sts) {
            case StsDemand.Enforce _, StsDemand.Excused _ -> "it does not suffice";
            case StsDemand.Testing _ -> "the policy has mode testing";
            case StsDemand.Nothing nothing -> nothing.why();
        };
        return new DeliveryFailure.ConnectorPolicyMissing(
                facts.nextHop(),
                SubReason.STS_NOT_ENFORCED,
                facts.hop().demand().origin() + " demands MTA-STS; " + facts.nextHop() + ": " + why);
    }

    /// Postfix's practice where the operator wants it: DANE alone decides about a host that it authenticates.
    private StsDemand excused(StsDemand sts, DaneDemand dane, HostFacts host) {
        OperatorDemand operator = facts.hop().demand();
        return sts instanceof StsDemand.Enforce enforce
                        && operator.daneSuffices()
                        && operator.mtaSts() != MechanismUse.MANDATORY
                        && isFull(dane)
                ? new StsDemand.Excused(
                        enforce.policyDomain(),
                        enforce.policy(),
                        enforce.policy().lists(host.name()))
                : sts;
    }

    private StsDemand stsDemand(HostFacts host) {
        return switch (facts.sts()) {
            case StsFacts.SwitchedOff _ ->
                new StsDemand.Nothing("the operator switched MTA-STS off for this destination");
            case StsFacts.NoPolicy none -> new StsDemand.Nothing(none.reason());
            case StsFacts.LookupFailed failed ->
                new StsDemand.Nothing("the lookup of the MTA-STS record keeps failing: "
                        + failed.failure().detail());
            case StsFacts.InForce inForce -> stsDemand(host, inForce.policy());
        };
    }

    private StsDemand stsDemand(HostFacts host, StsPolicy policy) {
        return switch (policy.mode()) {
            case ENFORCE -> new StsDemand.Enforce(facts.nextHop(), policy);
            case TESTING -> new StsDemand.Testing(facts.nextHop(), policy, policy.lists(host.name()));
            case NONE -> new StsDemand.Nothing("the MTA-STS policy has mode none");
        };
    }

    private DeliveryFailure notListed(StsPolicy policy) {
        return new DeliveryFailure.StsMxNotListed(
                facts.nextHop(), hosts.stream().map(HostFacts::name).distinct().toList(), policy.mx());
    }

    /// The addresses that were found, IPv6 and IPv4 by turns, so that a dead family costs one attempt before
    /// the other is tried (RFC 8305 §4 has the idea); a family that failed spoils only itself.
    private static List<InetAddress> addresses(HostFacts host) {
        List<InetAddress> six = addresses(host.aaaa());
        List<InetAddress> four = addresses(host.a());
        var mixed = new ArrayList<InetAddress>();
        for (int i = 0; i < Math.max(six.size(), four.size()); i++) {
            six.stream().skip(i).limit(1).forEach(mixed::add);
            four.stream().skip(i).limit(1).forEach(mixed::add);
        }
        return mixed;
    }

    private static List<InetAddress> addresses(Answer<RecordData.Address> answer) {
        return switch (answer) {
            case Answer.Found<RecordData.Address> found ->
                found.records().stream()
                        .map(RecordData.Address::address)
                        .distinct()
                        .toList();
            case Answer.Denied<RecordData.Address> _, Answer.Failed<RecordData.Address> _ -> List.of();
        };
    }

    private DeliveryFailure withoutAddress(HostFacts host) {
        List<DeliveryFailure> failures = Stream.of(host.a(), host.aaaa())
                .flatMap(answer -> answer instanceof Answer.Failed<RecordData.Address> failed
                        ? Stream.of(
                                DnsTrouble.failure(failed, SubReason.ADDRESS_BOGUS, SubReason.ADDRESS_LOOKUP_FAILED))
                        : null)
                .toList();
        if (!failures.isEmpty()) {
            return OutcomeTable.worst(failures);
        }
        if (facts.mx() instanceof Answer.Denied<RecordData.Mx>) {
            return missing(SubReason.NO_MX_AND_NO_ADDRESS, facts.nextHop() + " has neither MX nor A nor AAAA records");
        }
        if (facts.hop().kind() == NextHop.Kind.SMART_HOST) {
            return missing(SubReason.MX_HOST_WITHOUT_ADDRESS, facts.nextHop() + " has neither A nor AAAA records");
        }
        return new DeliveryFailure.DnsLookupFailed(
                new Question(host.name(), RecordType.A),
                SubReason.MX_HOST_WITHOUT_ADDRESS,
                "MX host " + host.name() + " has neither A nor AAAA records");
    }
}
