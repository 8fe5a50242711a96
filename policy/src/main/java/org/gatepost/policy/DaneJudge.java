// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.LinkedHashSet;
import java.util.List;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.names.DomainName;

/// What DANE demands of the hosts of one destination (RFC 7672 §2.2).
final class DaneJudge {
    private final DestinationFacts facts;
    private final boolean mxSecure;

    DaneJudge(DestinationFacts facts) {
        this.facts = facts;
        this.mxSecure = facts.mx().status() == DnssecStatus.SECURE;
    }

    /// A demand, or a reason why none can be told.
    sealed interface Outcome {}

    record Demanded(DaneDemand demand) implements Outcome {}

    /// Whether DANE applies is unknown, so the host is not used (RFC 7672 §2.1.2).
    record Unusable(DeliveryFailure failure) implements Outcome {}

    Outcome judge(HostFacts host) {
        if (facts.hop().demand().dane() == MechanismUse.NONE) {
            return nothing(DaneDemand.Why.SWITCHED_OFF);
        }
        return switch (DaneEligibility.judge(host.name(), host.a(), host.aaaa(), host.alias())) {
            case DaneEligibility.Eligibility.Ask ask -> byRecords(host, ask.bases());
            case DaneEligibility.Eligibility.AskAlias ask ->
                throw new IllegalArgumentException("the facts lack the CNAME answer for " + ask.host());
            case DaneEligibility.Eligibility.NoDane none -> nothing(none.why());
            case DaneEligibility.Eligibility.Unusable unusable ->
                new Unusable(
                        DnsTrouble.failure(unusable.alias(), SubReason.ADDRESS_BOGUS, SubReason.ADDRESS_LOOKUP_FAILED));
        };
    }

    private static Outcome nothing(DaneDemand.Why why) {
        return new Demanded(new DaneDemand.Nothing(why));
    }

    private Outcome byRecords(HostFacts host, List<DomainName> bases) {
        var why = DaneDemand.Why.NO_TLSA_RECORDS;
        for (DomainName base : bases) {
            switch (answer(host, base)) {
                case Answer.Failed<Tlsa> failed -> {
                    return new Unusable(DnsTrouble.failure(failed, SubReason.TLSA_BOGUS, SubReason.TLSA_LOOKUP_FAILED));
                }
                case Answer.Found<Tlsa> found
                when found.status() == DnssecStatus.SECURE -> {
                    return new Demanded(demand(base, found.records()));
                }
                case Answer.Found<Tlsa> _ -> why = DaneDemand.Why.TLSA_INSECURE;
                case Answer.Denied<Tlsa> denied ->
                    why = denied.status() == DnssecStatus.SECURE ? why : DaneDemand.Why.TLSA_INSECURE;
            }
        }
        return nothing(why);
    }

    private static Answer<Tlsa> answer(HostFacts host, DomainName base) {
        return host.tlsa().stream()
                .filter(answer -> DaneEligibility.baseOf(answer.question()).equals(base))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the facts lack the TLSA answer for " + base));
    }

    private DaneDemand demand(DomainName base, List<Tlsa> published) {
        List<Tlsa> usable = DaneMatcher.usable(published);
        return usable.isEmpty()
                ? new DaneDemand.EncryptOnly(base, published, mxSecure)
                : new DaneDemand.Authenticate(base, usable, published, referenceNames(base), mxSecure);
    }

    /// RFC 7672 §3.2.2: the TLSA base domain; when the MX answer (or its absence) is secure, the next-hop
    /// domain too, in its original form and with aliases expanded. Without MX records the base domain is the
    /// next-hop domain or where its secure aliases lead, whatever the denial of the MX records is worth.
    private List<DomainName> referenceNames(DomainName base) {
        var names = new LinkedHashSet<DomainName>();
        names.add(base);
        if (facts.mx() instanceof Answer.Denied<RecordData.Mx>) {
            names.add(facts.nextHop());
        }
        if (mxSecure) {
            names.add(facts.nextHop());
            names.add(expandedNextHop());
        }
        return List.copyOf(names);
    }

    private DomainName expandedNextHop() {
        return switch (facts.mx()) {
            case Answer.Found<RecordData.Mx> found -> found.owner();
            case Answer.Denied<RecordData.Mx> denied ->
                denied.aliases().isEmpty() ? facts.nextHop() : denied.aliases().getLast();
            case Answer.Failed<RecordData.Mx> _ -> facts.nextHop();
        };
    }
}
