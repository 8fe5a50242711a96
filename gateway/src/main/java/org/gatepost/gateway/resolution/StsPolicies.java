// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import org.gatepost.names.DomainName;
import org.gatepost.policy.StsFacts;

/// The MTA-STS policies of recipient domains.
public interface StsPolicies {
    /// What is in force for the domain now: looks the policy record up, and fetches when it announces another
    /// policy than the one remembered. Blocks; never throws for trouble with the network or with data.
    ///
    /// @param retries how many attempts the message has behind it
    StsFacts lookUp(DomainName policyDomain, int retries);

    /// Fetches the policy anew although the one remembered has not expired: when no MX host matches, and before a
    /// message is returned (RFC 8461 §5.1).
    StsFacts refresh(DomainName policyDomain);
}
