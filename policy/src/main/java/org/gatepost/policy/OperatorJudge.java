// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.tls.CnFallback;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.PathVerdict;
import org.gatepost.tls.ReferenceNames;
import org.gatepost.tls.TrustStore;

/// What the operator's connector says of one connection (spec O6): encryption first, then the certificate's
/// path, then its name.
///
/// @param mxHost for the evidence; its name plays no part in the judgement
/// @param seen what became of STARTTLS and the handshake
/// @param at the time that certificate dates are held against
record OperatorJudge(OperatorDemand demand, DomainName mxHost, TlsObservation seen, Instant at) {
    /// The finding; empty when nothing is demanded.
    Optional<OperatorFinding> judge(TrustStore trust) {
        return switch (demand.tls()) {
            case TlsDemand.Never _, TlsDemand.Opportunistic _ -> Optional.empty();
            case TlsDemand.Encryption _ -> Optional.of(finding(encrypted()));
            case TlsDemand.CertificateValidation _ -> Optional.of(finding(trusted(trust)));
            case TlsDemand.DomainValidation named -> Optional.of(finding(named(trust, named.name())));
        };
    }

    private OperatorFinding finding(Judgement judgement) {
        return new OperatorFinding(demand.tls(), judgement.failure(), judgement.evidence());
    }

    private Optional<HandshakeFacts> established() {
        return seen instanceof TlsObservation.Established(HandshakeFacts facts) && !TlsText.isTooOld(facts)
                ? Optional.of(facts)
                : Optional.empty();
    }

    private Judgement encrypted() {
        return established().isPresent()
                ? Judgement.passed("encrypted with " + TlsText.of(seen))
                : Judgement.failed(new DeliveryFailure.ConnectorTlsMissing(
                        mxHost, TlsText.trouble(seen), demand.origin() + " demands TLS; " + TlsText.of(seen)));
    }

    private Judgement trusted(TrustStore trust) {
        Judgement encrypted = encrypted();
        return established().map(facts -> trusted(facts, trust)).orElse(encrypted);
    }

    private Judgement trusted(HandshakeFacts facts, TrustStore trust) {
        return switch (trust.validate(facts.chain(), at)) {
            case PathVerdict.Invalid invalid ->
                certificateFails(
                        StsJudge.subReason(invalid.problem()),
                        PrintableText.line(invalid.detail(), 300) + "; the server sent "
                                + CertificateText.chain(facts.chain()));
            case PathVerdict.Valid _ -> Judgement.passed("trusted: " + CertificateText.certificate(facts.leaf()));
        };
    }

    private Judgement named(TrustStore trust, MxPattern wanted) {
        Judgement trusted = trusted(trust);
        return trusted.failure().isPresent()
                ? trusted
                : established().map(facts -> named(facts, wanted)).orElse(trusted);
    }

    /// RFC 9525 §6.3 for the certificate's own wildcards; a common name never counts.
    private Judgement named(HandshakeFacts facts, MxPattern wanted) {
        List<String> names = ReferenceNames.presentedNames(facts.leaf(), CnFallback.NEVER);
        return names.stream().anyMatch(name -> matches(name, wanted))
                ? Judgement.passed("trusted for " + wanted + ": " + CertificateText.certificate(facts.leaf()))
                : certificateFails(
                        SubReason.NAME_MISMATCH,
                        "names in the certificate: " + CertificateText.names(names) + "; demanded: " + wanted);
    }

    /// A demanded wildcard is met by the same wildcard, and by every name that it stands for.
    private static boolean matches(String presented, MxPattern wanted) {
        if (!wanted.wildcard()) {
            return ReferenceNames.matches(presented, wanted.name());
        }
        String name = presented.startsWith("*.") ? "any" + presented.substring(1) : presented;
        try {
            DomainName candidate = new DomainName(name.toLowerCase(Locale.ROOT));
            return wanted.matches(candidate) && ReferenceNames.matches(presented, candidate);
        } catch (NameSyntaxException malformed) {
            return false;
        }
    }

    private Judgement certificateFails(SubReason reason, String evidence) {
        return Judgement.failed(new DeliveryFailure.ConnectorCertificateInvalid(
                mxHost, reason, demand.origin() + " demands a certificate; " + evidence));
    }
}
