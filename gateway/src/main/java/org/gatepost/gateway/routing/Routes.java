// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.routing;

import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;

/// Tells the way of mail, first of all for each recipient domain (spec O2).
@FunctionalInterface
public interface Routes {
    /// The route that holds now. Safe for use by many threads.
    Route of(DomainName recipientDomain);

    /// Every domain to its own MX hosts.
    static Routes direct(OperatorDemand demand) {
        return domain -> new Route(List.of(NextHop.recipientDomain(domain, demand)), Optional.empty());
    }
}
