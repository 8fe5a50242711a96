// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.routing;

import java.util.List;
import java.util.Optional;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;

/// The way of mail for one recipient domain, as of now.
///
/// @param hops in the order of trial; not empty
/// @param exemption one printable line when the connector demands less than usual, or did until lately; else
///     empty
public record Route(List<NextHop> hops, Optional<String> exemption) {
    public Route {
        hops = List.copyOf(hops);
        if (hops.isEmpty()) {
            throw new IllegalArgumentException("a route leads somewhere");
        }
    }

    /// What the operator demands, the same of every hop.
    public OperatorDemand demand() {
        return hops.getFirst().demand();
    }
}
