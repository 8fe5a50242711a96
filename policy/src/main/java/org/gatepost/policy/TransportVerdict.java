// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;
import java.util.Optional;
import org.gatepost.tlsrpt.PolicyType;

/// Whether what a host showed satisfies what is demanded of it.
///
/// @param findings one for each policy that applies, DANE before MTA-STS, or a single one of type `no-policy-found`
/// @param operator what the operator's connector says; empty when it demands nothing
/// @param bySender why what the sender demands is not met; empty when it is, or nothing is demanded
public record TransportVerdict(
        Protection protection,
        List<PolicyFinding> findings,
        Optional<OperatorFinding> operator,
        Optional<DeliveryFailure> bySender) {
    public TransportVerdict {
        findings = List.copyOf(findings);
    }

    /// Why mail must not be sent over this connection; empty when it may.
    public Optional<DeliveryFailure> refusal() {
        return findings.stream()
                .filter(PolicyFinding::enforced)
                .flatMap(finding -> finding.failure().stream())
                .findFirst()
                .or(() -> operator.flatMap(OperatorFinding::failure))
                .or(() -> bySender);
    }

    /// What one policy says of the connection.
    ///
    /// @param enforced whether a failure forbids delivery; false for `testing` and `no-policy-found`
    /// @param failure empty when the policy is satisfied
    /// @param match the TLSA record that authenticates the host, and the certificate that it matches
    /// @param evidence one printable line: what matched, or what did not
    public record PolicyFinding(
            PolicyType type,
            boolean enforced,
            Optional<DeliveryFailure> failure,
            Optional<DaneMatch.Matched> match,
            String evidence) {}

    /// What protects a message on this connection.
    public enum Protection {
        /// Authenticated by a TLSA record.
        DANE,
        /// Authenticated by a TLSA record, but unsigned MX records name the host, so that an attacker may have
        /// chosen it: no secure delivery to the domain, and not to be told as one (RFC 7672 §2.2.1).
        DANE_UNSIGNED_MX,
        /// Authenticated by an enforced MTA-STS policy.
        MTA_STS,
        /// Authenticated by both.
        DANE_AND_MTA_STS,
        /// Authenticated by the certificate name that the operator's connector demands; the receiver demanded
        /// nothing.
        CONNECTOR,
        /// Authenticated by a certificate for the host's name, because the sender demanded it (RFC 8689).
        CERTIFICATE,
        /// Encrypted; the peer proved nothing that was demanded.
        TLS,
        /// Clear text.
        NONE
    }
}
