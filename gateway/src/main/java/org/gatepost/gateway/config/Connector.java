// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.policy.OperatorDemand;

/// Where mail for some recipient domains goes, and what is demanded on the way (spec O6).
///
/// @param domains not empty; no pattern is in two connectors
/// @param smartHosts in the order of trial; empty: the MX hosts of the recipient domain
/// @param exemption present wherever the demand is weaker than it would be without the connector
public record Connector(
        String name,
        List<DomainPattern> domains,
        List<SmartHost> smartHosts,
        OperatorDemand demand,
        Pace pace,
        Optional<Exemption> exemption) {
    public Connector {
        domains = List.copyOf(domains);
        smartHosts = List.copyOf(smartHosts);
    }

    /// A relay that mail is handed to.
    ///
    /// @param byMx whether the name's MX records name the hosts; else it is the host
    /// @param port empty for the configured one
    public record SmartHost(DomainName name, boolean byMx, Optional<Integer> port) {
        /// As the configuration spells it.
        @Override
        public String toString() {
            return (byMx ? name.toString() : "[" + name + "]")
                    + port.map(number -> ":" + number).orElse("");
        }
    }

    /// When mail is tried again and given up, and how much of it goes at once.
    ///
    /// @param concurrency the most deliveries at once through the connector; empty for no bound of its own
    public record Pace(List<Duration> retry, Duration lifetime, Optional<Integer> concurrency) {
        public Pace {
            retry = List.copyOf(retry);
        }
    }

    /// Why less than usual is demanded, and until when.
    ///
    /// @param lastDay in UTC; afterwards the usual is demanded again
    public record Exemption(String reason, LocalDate lastDay) {
        /// Whether the exemption is over.
        ///
        /// @param today in UTC
        public boolean isOver(LocalDate today) {
            return today.isAfter(lastDay);
        }
    }
}
