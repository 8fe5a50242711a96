// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Optional;

/// What the operator demands on the way to one next hop, beside what the receiver publishes (spec O6).
///
/// @param connector whose demand it is; empty where no connector matches
/// @param daneSuffices whether a host that DANE authenticates in full may fail an enforced MTA-STS policy,
///     which RFC 8461 §5 forbids and Postfix does
public record OperatorDemand(
        Optional<String> connector, TlsDemand tls, MechanismUse dane, MechanismUse mtaSts, boolean daneSuffices) {
    /// What holds where no connector matches and nothing is switched off.
    public static final OperatorDemand USUAL = usual(MechanismUse.OPPORTUNISTIC, MechanismUse.OPPORTUNISTIC);

    /// What holds where no connector matches.
    public static OperatorDemand usual(MechanismUse dane, MechanismUse mtaSts) {
        return new OperatorDemand(Optional.empty(), new TlsDemand.Opportunistic(), dane, mtaSts, false);
    }

    /// What is left for a message whose sender wants no receiver's policy to stop it (RFC 8689 §4.1): the
    /// operator's own demands, which the sender cannot waive.
    public OperatorDemand withoutReceiversPolicies() {
        return new OperatorDemand(connector, tls, unlessMandatory(dane), unlessMandatory(mtaSts), daneSuffices);
    }

    private static MechanismUse unlessMandatory(MechanismUse use) {
        return use == MechanismUse.MANDATORY ? use : MechanismUse.NONE;
    }

    /// The stricter of both in each respect; the connector stays this one's.
    public OperatorDemand atLeast(OperatorDemand other) {
        return new OperatorDemand(
                connector,
                other.tls.strictness() > tls.strictness() ? other.tls : tls,
                dane.compareTo(other.dane) >= 0 ? dane : other.dane,
                mtaSts.compareTo(other.mtaSts) >= 0 ? mtaSts : other.mtaSts,
                daneSuffices && other.daneSuffices);
    }

    /// Who demands it, as failures say it.
    String origin() {
        return connector.map(name -> "connector '" + name + "'").orElse("the gateway's configuration");
    }
}
