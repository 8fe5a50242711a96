// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.PolicyType;

/// [TransportPolicy#judge] for one connection.
final class ConnectionJudge {
    private final HostDecision.Try host;
    private final TlsObservation seen;
    private final TrustStore trust;
    private final Instant at;

    ConnectionJudge(HostDecision.Try host, TlsObservation seen, TrustStore trust, Instant at) {
        this.host = host;
        this.seen = seen;
        this.trust = trust;
        this.at = at;
    }

    TransportVerdict judge() {
        var findings = new ArrayList<TransportVerdict.PolicyFinding>();
        daneFinding().ifPresent(findings::add);
        stsFinding().ifPresent(findings::add);
        if (findings.isEmpty()) {
            findings.add(new TransportVerdict.PolicyFinding(
                    PolicyType.NO_POLICY_FOUND, false, Optional.empty(), Optional.empty(), TlsText.of(seen)));
        }
        Optional<OperatorFinding> operator =
                new OperatorJudge(host.operator(), host.host().name(), seen, at).judge(trust);
        Optional<DeliveryFailure> bySender = SenderJudge.refusal(host, seen, trust, at);
        return new TransportVerdict(protection(findings, operator, bySender), findings, operator, bySender);
    }

    private Optional<TransportVerdict.PolicyFinding> daneFinding() {
        return switch (host.dane()) {
            case DaneDemand.Authenticate demand -> Optional.of(dane(judgeDane(demand), demand.mxSecure()));
            case DaneDemand.EncryptOnly demand -> Optional.of(dane(encrypted(demand), demand.mxSecure()));
            case DaneDemand.Nothing _ -> Optional.empty();
        };
    }

    /// RFC 7672 §2.2.1: without a signed MX answer, someone else may have chosen the host that is
    /// authenticated here.
    private static TransportVerdict.PolicyFinding dane(Judgement judgement, boolean mxSecure) {
        return new TransportVerdict.PolicyFinding(
                PolicyType.TLSA,
                true,
                judgement.failure(),
                judgement.match(),
                judgement.evidence() + (mxSecure ? "" : "; the MX records are not signed"));
    }

    private Judgement judgeDane(DaneDemand.Authenticate demand) {
        return switch (seen) {
            case TlsObservation.Established established
            when !TlsText.isTooOld(established.facts()) ->
                switch (DaneMatcher.match(demand, established.facts().chain(), at)) {
                    case DaneMatch.Matched matched -> Judgement.matched(matched);
                    case DaneMatch.Failed failed -> Judgement.failed(failed.failure());
                };
            case TlsObservation.Established _,
                    TlsObservation.NotOffered _,
                    TlsObservation.SwitchedOff _,
                    TlsObservation.Refused _,
                    TlsObservation.HandshakeFailed _ -> withoutTls(demand.base());
        };
    }

    /// RFC 7672 §2.2: unusable records still say that the server speaks TLS.
    private Judgement encrypted(DaneDemand.EncryptOnly demand) {
        return switch (seen) {
            case TlsObservation.Established established
            when !TlsText.isTooOld(established.facts()) ->
                Judgement.passed("none of " + demand.published().size() + " TLSA records is usable; encrypted with "
                        + TlsText.of(seen));
            case TlsObservation.Established _,
                    TlsObservation.NotOffered _,
                    TlsObservation.SwitchedOff _,
                    TlsObservation.Refused _,
                    TlsObservation.HandshakeFailed _ -> withoutTls(demand.base());
        };
    }

    /// C6: no TLS of a version that counts, for whatever reason.
    private Judgement withoutTls(DomainName base) {
        return Judgement.failed(new DeliveryFailure.DaneTlsMissing(base, TlsText.trouble(seen), TlsText.of(seen)));
    }

    private Optional<TransportVerdict.PolicyFinding> stsFinding() {
        return switch (host.sts()) {
            case StsDemand.Enforce demand ->
                Optional.of(sts(sts(demand.policyDomain()).judge(trust), true));
            case StsDemand.Testing demand ->
                Optional.of(notEnforced(demand.policyDomain(), demand.policy(), demand.mxListed()));
            case StsDemand.Excused demand ->
                Optional.of(notEnforced(demand.policyDomain(), demand.policy(), demand.mxListed()));
            case StsDemand.Nothing _ -> Optional.empty();
        };
    }

    private TransportVerdict.PolicyFinding notEnforced(DomainName policyDomain, StsPolicy policy, boolean mxListed) {
        StsJudge judge = sts(policyDomain);
        return sts(mxListed ? judge.judge(trust) : judge.notListed(policy), false);
    }

    private StsJudge sts(DomainName policyDomain) {
        return new StsJudge(policyDomain, host.host().name(), seen, at);
    }

    private static TransportVerdict.PolicyFinding sts(Judgement judgement, boolean enforced) {
        return new TransportVerdict.PolicyFinding(
                PolicyType.STS, enforced, judgement.failure(), judgement.match(), judgement.evidence());
    }

    private TransportVerdict.Protection protection(
            List<TransportVerdict.PolicyFinding> findings,
            Optional<OperatorFinding> operator,
            Optional<DeliveryFailure> bySender) {
        if (!(seen instanceof TlsObservation.Established)) {
            return TransportVerdict.Protection.NONE;
        }
        // Where one enforced policy fails, what another one proved protects nothing: no mail goes (RFC 8461
        // §2, §5).
        boolean refused = operator.flatMap(OperatorFinding::failure).isPresent()
                || findings.stream()
                        .anyMatch(finding ->
                                finding.enforced() && finding.failure().isPresent());
        boolean bySts = !refused && host.sts() instanceof StsDemand.Enforce;
        if (!refused && host.dane() instanceof DaneDemand.Authenticate demand) {
            // A policy that lists the host makes up for MX records without signature.
            return bySts
                    ? TransportVerdict.Protection.DANE_AND_MTA_STS
                    : demand.mxSecure()
                            ? TransportVerdict.Protection.DANE
                            : TransportVerdict.Protection.DANE_UNSIGNED_MX;
        }
        if (bySts) {
            return TransportVerdict.Protection.MTA_STS;
        }
        if (!refused && host.operator().tls() instanceof TlsDemand.DomainValidation) {
            return TransportVerdict.Protection.CONNECTOR;
        }
        return !refused && host.sender() != SenderDemand.NOTHING && bySender.isEmpty()
                ? TransportVerdict.Protection.CERTIFICATE
                : TransportVerdict.Protection.TLS;
    }
}
