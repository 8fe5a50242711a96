// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.names.DomainName;

/// Everything known of a next-hop domain before a connection is made.
///
/// @param nextHop the recipient domain, or the one an operator routes to instead
/// @param mx the MX answer
/// @param hosts the MX hosts by preference, hosts of equal preference in the order in which they shall be tried;
///     the
///     domain itself when it securely or insecurely has no MX; empty when the MX lookup failed or gave a null MX
/// @param daneOn whether the operator has DANE switched on for this destination
public record DestinationFacts(
        DomainName nextHop, Answer<RecordData.Mx> mx, List<HostFacts> hosts, StsFacts sts, boolean daneOn) {
    public DestinationFacts {
        hosts = List.copyOf(hosts);
    }
}
