// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Optional;
import org.gatepost.names.DomainName;

/// Where mail goes next, and what the operator demands there. Validation is always under this name's own DNS
/// records and policies, never under those of the recipient domain when that is another (pitfall 17).
///
/// @param port of the SMTP service; empty for the configured one
public record NextHop(DomainName name, Kind kind, Optional<Integer> port, OperatorDemand demand) {
    /// A recipient domain itself, as where no connector says otherwise.
    public static NextHop recipientDomain(DomainName domain, OperatorDemand demand) {
        return new NextHop(domain, Kind.RECIPIENT_DOMAIN, Optional.empty(), demand);
    }

    /// The same with another demand.
    public NextHop with(OperatorDemand other) {
        return new NextHop(name, kind, port, other);
    }

    /// How the hosts of a next hop are found.
    public enum Kind {
        /// By the MX records of the recipient domain (RFC 5321 §5.1).
        RECIPIENT_DOMAIN,
        /// By the MX records of a name that a connector gives.
        SMART_HOST_DOMAIN,
        /// A connector names the host itself; no MX record is asked for.
        SMART_HOST
    }
}
