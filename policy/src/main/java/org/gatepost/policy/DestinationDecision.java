// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;

/// What becomes of a destination before any connection.
public sealed interface DestinationDecision {
    DestinationFacts facts();

    /// At least one host may be tried.
    ///
    /// @param hosts all hosts in the order of trial, those to skip included
    record Proceed(DestinationFacts facts, List<HostDecision> hosts) implements DestinationDecision {
        public Proceed {
            hosts = List.copyOf(hosts);
        }
    }

    /// No host may be tried.
    ///
    /// @param failure the one that stands for all, worst first
    /// @param hosts as for [Proceed], each a [HostDecision.Skip]; empty when there were none to judge
    record Stop(DestinationFacts facts, DeliveryFailure failure, List<HostDecision> hosts)
            implements DestinationDecision {
        public Stop {
            hosts = List.copyOf(hosts);
        }
    }
}
