// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.time.Instant;
import org.gatepost.tls.TrustStore;

/// The transport decision, in two pure steps around the connection.
///
/// DANE and MTA-STS are judged apart and both must be satisfied where both are published: MTA-STS never
/// overrides a failing DANE (RFC 8461 §2), and DANE passing does not excuse a failing enforce policy (RFC
/// 8461 §5).
///
/// Of an MX host that is an alias, MTA-STS looks only at the name in the MX record: that name must be listed
/// in the policy (RFC 8461 §4.1), and that name the certificate must bear. The alias's target is never
/// looked up in the policy. Were a listed target enough, whoever forges an unsigned MX answer
/// could name a host of his own, point it by CNAME at a listed name, and show a certificate for his own host.
/// A domain whose MX is an alias so passes when its policy lists the MX name as published, or when its MX
/// names the final host and that is listed.
public final class TransportPolicy {
    private TransportPolicy() {}

    /// Decides from DNS and policy alone which hosts may be tried, and what each must show.
    ///
    /// Hosts keep the order of the facts. A host is skipped with the failure that spoils it, and spoils no
    /// other; when none is left, the worst of the failures stands for all ([OutcomeTable#worst]). Addresses
    /// are those of the families that were found, IPv6 and IPv4 by turns.
    ///
    /// @throws IllegalArgumentException when an answer is missing that the policy needs, such as a TLSA
    ///     answer that [DaneEligibility] wants asked: a defect of the caller's, never to be read as absence
    public static DestinationDecision decide(DestinationFacts facts) {
        return decide(facts, SenderDemand.NOTHING);
    }

    /// The same for a message whose sender demands something besides. A host that cannot meet that is skipped
    /// as if the domain's own policy forbade it.
    public static DestinationDecision decide(DestinationFacts facts, SenderDemand sender) {
        return new DestinationJudge(facts, sender).decide();
    }

    /// Judges what a host showed against what is demanded of it.
    ///
    /// @param seen what became of STARTTLS and the handshake
    /// @param trust the authorities that MTA-STS validation trusts; DANE asks none
    /// @param at the time that certificate dates are held against
    public static TransportVerdict judge(HostDecision.Try host, TlsObservation seen, TrustStore trust, Instant at) {
        return new ConnectionJudge(host, seen, trust, at).judge();
    }
}
