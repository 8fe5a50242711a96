// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// What becomes of one MX host.
public sealed interface HostDecision {
    HostFacts host();

    /// The host may be tried, and must show what is demanded.
    ///
    /// @param addresses where to connect, in order; not empty
    /// @param operator what the operator demands besides; of its own, only TLS is left to be judged on the
    ///     connection
    /// @param port of the SMTP service; empty for the configured one
    /// @param sender what the sender demands besides
    record Try(
            HostFacts host,
            List<InetAddress> addresses,
            DaneDemand dane,
            StsDemand sts,
            OperatorDemand operator,
            Optional<Integer> port,
            SenderDemand sender)
            implements HostDecision {
        public Try {
            addresses = List.copyOf(addresses);
        }

        /// A host of which neither operator nor sender demands anything.
        public Try(HostFacts host, List<InetAddress> addresses, DaneDemand dane, StsDemand sts) {
            this(host, addresses, dane, sts, OperatorDemand.USUAL, Optional.empty(), SenderDemand.NOTHING);
        }

        /// What SNI says: the TLSA base domain where DANE applies (RFC 7672 §8.1), else the MX host (RFC 8461
        /// §7.1). The two differ only for an alias; a server that tells them apart must satisfy DANE first.
        public DomainName serverName() {
            return switch (dane) {
                case DaneDemand.Authenticate demand -> demand.base();
                case DaneDemand.EncryptOnly demand -> demand.base();
                case DaneDemand.Nothing _ -> host.name();
            };
        }

        /// Whether the message may go in clear text or over a connection whose peer proved nothing.
        public boolean demandsNothing() {
            return sender == SenderDemand.NOTHING
                    && dane instanceof DaneDemand.Nothing
                    && !(sts instanceof StsDemand.Enforce)
                    && !operator.tls().needsTls();
        }
    }

    /// The host is not used.
    record Skip(HostFacts host, DeliveryFailure failure) implements HostDecision {}
}
