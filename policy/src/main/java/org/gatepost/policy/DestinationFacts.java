// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.names.DomainName;

/// Everything known of a next hop before a connection is made.
///
/// @param hop where the mail goes and what the operator demands there
/// @param mx the MX answer; for a [NextHop.Kind#SMART_HOST] the operator's own word in the form of a signed
///     answer, for nobody else can have named the host
/// @param hosts the MX hosts by preference, hosts of equal preference in the order in which they shall be
///     tried; the domain itself when it securely or insecurely has no MX; empty when the MX lookup failed or
///     gave a null MX
public record DestinationFacts(NextHop hop, Answer<RecordData.Mx> mx, List<HostFacts> hosts, StsFacts sts) {
    public DestinationFacts {
        hosts = List.copyOf(hosts);
    }

    /// The facts of a recipient domain for which no connector says anything.
    ///
    /// @param daneOn whether the operator has DANE switched on
    public DestinationFacts(
            DomainName nextHop, Answer<RecordData.Mx> mx, List<HostFacts> hosts, StsFacts sts, boolean daneOn) {
        this(
                NextHop.recipientDomain(
                        nextHop,
                        OperatorDemand.usual(
                                daneOn ? MechanismUse.OPPORTUNISTIC : MechanismUse.NONE, MechanismUse.OPPORTUNISTIC)),
                mx,
                hosts,
                sts);
    }

    /// The name under whose records and policies the delivery is validated.
    public DomainName nextHop() {
        return hop.name();
    }
}
