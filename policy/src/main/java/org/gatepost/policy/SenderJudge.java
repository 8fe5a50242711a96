// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordType;
import org.gatepost.tls.CnFallback;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.PathVerdict;
import org.gatepost.tls.ReferenceNames;
import org.gatepost.tls.TrustStore;

/// Judges what a sender demands by REQUIRETLS (RFC 8689 §4.2.1): first whether it is proved that the host is
/// the domain's, then whether the host is the one that was meant.
///
/// What an attacker or a passing trouble can bring about is never final: only the domain's lack of signed MX
/// records and of an MTA-STS policy, and a host that has proved itself and does not offer REQUIRETLS, return
/// mail at once.
final class SenderJudge {
    private SenderJudge() {}

    /// RFC 8689 §4.2.1 item 2: the host's name comes from signed MX records, or an MTA-STS policy lists it.
    ///
    /// @param sts what the policy demands of the host; one that enforces and does not list it is judged
    ///     elsewhere
    static Optional<DeliveryFailure> unprovenName(DestinationFacts facts, HostFacts host, StsDemand sts) {
        // Without MX records the host is the domain itself, and its certificate must name it.
        if (facts.mx().status() == DnssecStatus.SECURE || host.name().equals(facts.nextHop())) {
            return Optional.empty();
        }
        return switch (sts) {
            case StsDemand.Enforce _ -> Optional.empty();
            case StsDemand.Testing testing -> listed(host, testing.mxListed());
            case StsDemand.Excused excused -> listed(host, excused.mxListed());
            case StsDemand.Nothing nothing -> Optional.of(withoutPolicy(facts, host, nothing));
        };
    }

    private static Optional<DeliveryFailure> listed(HostFacts host, boolean isListed) {
        return isListed
                ? Optional.empty()
                : Optional.of(
                        unproven(host, SubReason.MX_NOT_LISTED, "the MTA-STS policy does not list " + host.name()));
    }

    private static DeliveryFailure withoutPolicy(DestinationFacts facts, HostFacts host, StsDemand.Nothing nothing) {
        String unsigned = "the MX records of " + facts.nextHop() + " are not signed, and MTA-STS lists no hosts: "
                + nothing.why();
        return switch (facts.sts()) {
            // An error is not "no record", and must not make mail bounce.
            case StsFacts.LookupFailed failed ->
                new DeliveryFailure.DnsLookupFailed(
                        new Question(facts.nextHop().child("_mta-sts"), RecordType.TXT),
                        SubReason.STS_RECORD_LOOKUP_FAILED,
                        failed.failure().detail());
            case StsFacts.NoPolicy none
            when none.resultType().isPresent() -> unproven(host, SubReason.REQUIRETLS_POLICY_UNAVAILABLE, unsigned);
            // Whether the domain has a policy is not known, and it is our own operator who can mend it.
            case StsFacts.SwitchedOff _ -> unproven(host, SubReason.REQUIRETLS_MTA_STS_SWITCHED_OFF, unsigned);
            case StsFacts.NoPolicy _, StsFacts.InForce _ ->
                unproven(host, SubReason.REQUIRETLS_NOT_AUTHENTICATED, unsigned);
        };
    }

    private static DeliveryFailure unproven(HostFacts host, SubReason reason, String evidence) {
        return new DeliveryFailure.RequireTlsUnsupported(host.name(), reason, evidence);
    }

    /// RFC 8689 §4.2.1 item 4: what DANE or an enforced MTA-STS policy has not authenticated must show a
    /// certificate that the trust store vouches for and that names the MX host.
    ///
    /// @param trust the authorities that are trusted
    /// @param at the time that certificate dates are held against
    static Optional<DeliveryFailure> refusal(HostDecision.Try host, TlsObservation seen, TrustStore trust, Instant at) {
        boolean authenticated =
                host.dane() instanceof DaneDemand.Authenticate || host.sts() instanceof StsDemand.Enforce;
        if (host.sender() == SenderDemand.NOTHING || authenticated) {
            return Optional.empty();
        }
        return seen instanceof TlsObservation.Established established && !TlsText.isTooOld(established.facts())
                ? certificate(host.host(), established.facts(), trust, at)
                : Optional.of(unproven(host.host(), TlsText.trouble(seen), TlsText.of(seen)));
    }

    private static Optional<DeliveryFailure> certificate(
            HostFacts host, HandshakeFacts facts, TrustStore trust, Instant at) {
        return switch (trust.validate(facts.chain(), at)) {
            case PathVerdict.Invalid invalid ->
                Optional.of(unproven(
                        host,
                        StsJudge.subReason(invalid.problem()),
                        PrintableText.line(invalid.detail(), 300) + "; the server sent "
                                + CertificateText.chain(facts.chain())));
            case PathVerdict.Valid _ -> {
                // RFC 9525 §2: a common name is no name any more, though RFC 8689 would still take one.
                List<String> names = ReferenceNames.presentedNames(facts.leaf(), CnFallback.NEVER);
                yield names.stream().anyMatch(name -> ReferenceNames.matches(name, host.name()))
                        ? Optional.empty()
                        : Optional.of(unproven(
                                host,
                                SubReason.NAME_MISMATCH,
                                "names in the certificate: " + CertificateText.names(names) + "; MX host: "
                                        + host.name()));
            }
        };
    }
}
