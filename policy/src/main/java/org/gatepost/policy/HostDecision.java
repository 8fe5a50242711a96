// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.net.InetAddress;
import java.util.List;

/// What becomes of one MX host.
public sealed interface HostDecision {
    HostFacts host();

    /// The host may be tried, and must show what is demanded.
    ///
    /// @param addresses where to connect, in order; not empty
    record Try(HostFacts host, List<InetAddress> addresses, DaneDemand dane, StsDemand sts) implements HostDecision {
        public Try {
            addresses = List.copyOf(addresses);
        }

        /// Whether the message may go in clear text or over a connection whose peer proved nothing.
        public boolean demandsNothing() {
            return dane instanceof DaneDemand.Nothing && !(sts instanceof StsDemand.Enforce);
        }
    }

    /// The host is not used.
    record Skip(HostFacts host, DeliveryFailure failure) implements HostDecision {}
}
