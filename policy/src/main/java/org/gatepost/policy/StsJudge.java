// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.time.Instant;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.tls.CnFallback;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.PathProblem;
import org.gatepost.tls.PathVerdict;
import org.gatepost.tls.ReferenceNames;
import org.gatepost.tls.TrustStore;

/// What MTA-STS says of one connection (RFC 8461 §4.2): the path first, then the name, because names in a
/// certificate that nobody vouches for mean nothing.
///
/// @param mxHost as published in the MX record, which the certificate must name
/// @param seen what became of STARTTLS and the handshake
/// @param at the time that certificate dates are held against
record StsJudge(DomainName policyDomain, DomainName mxHost, TlsObservation seen, Instant at) {
    Judgement judge(TrustStore trust) {
        return switch (seen) {
            case TlsObservation.NotOffered _, TlsObservation.Refused _ ->
                Judgement.failed(new DeliveryFailure.StsStartTlsMissing(
                        policyDomain, mxHost, TlsText.trouble(seen), TlsText.of(seen)));
            case TlsObservation.HandshakeFailed failed ->
                Judgement.failed(failed.observedVersion().map(this::tooOld).orElseGet(this::handshakeFailed));
            case TlsObservation.Established established
            when TlsText.isTooOld(established.facts()) ->
                Judgement.failed(tooOld(established.facts().protocol()));
            case TlsObservation.Established established -> certificate(established.facts(), trust);
        };
    }

    /// The finding for a host that a `testing` policy does not list: nothing else about it matters.
    Judgement notListed(StsPolicy policy) {
        return Judgement.failed(new DeliveryFailure.StsMxNotListed(policyDomain, List.of(mxHost), policy.mx()));
    }

    private DeliveryFailure tooOld(String version) {
        return new DeliveryFailure.StsTlsTooOld(policyDomain, mxHost, TlsText.version(version), TlsText.of(seen));
    }

    private DeliveryFailure handshakeFailed() {
        return invalid(SubReason.HANDSHAKE_FAILED, TlsText.of(seen));
    }

    private DeliveryFailure invalid(SubReason reason, String evidence) {
        return new DeliveryFailure.StsCertificateInvalid(policyDomain, mxHost, reason, evidence);
    }

    private Judgement certificate(HandshakeFacts facts, TrustStore trust) {
        return switch (trust.validate(facts.chain(), at)) {
            case PathVerdict.Invalid invalid ->
                Judgement.failed(invalid(
                        subReason(invalid.problem()),
                        PrintableText.line(invalid.detail(), 300) + "; the server sent "
                                + CertificateText.chain(facts.chain())));
            case PathVerdict.Valid _ -> name(facts);
        };
    }

    static SubReason subReason(PathProblem problem) {
        return switch (problem) {
            case EXPIRED -> SubReason.EXPIRED;
            case NOT_YET_VALID -> SubReason.NOT_YET_VALID;
            case UNTRUSTED_ISSUER -> SubReason.UNTRUSTED_ISSUER;
            case INVALID -> SubReason.CHAIN_INVALID;
        };
    }

    /// RFC 8461 §4.2: a DNS-ID must match the MX host; a common name never does.
    private Judgement name(HandshakeFacts facts) {
        List<String> names = ReferenceNames.presentedNames(facts.leaf(), CnFallback.NEVER);
        return names.stream().anyMatch(name -> ReferenceNames.matches(name, mxHost))
                ? Judgement.passed("trusted for " + mxHost + ": " + CertificateText.certificate(facts.leaf()))
                : Judgement.failed(
                        new DeliveryFailure.StsNameMismatch(policyDomain, mxHost, CertificateText.names(names)));
    }
}
