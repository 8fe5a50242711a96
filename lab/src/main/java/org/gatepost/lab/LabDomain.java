// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.List;
import java.util.Optional;

/// What runs for one scenario.
///
/// @param hosts its MX hosts in the order of [Scenario#hosts]
/// @param policyHost present when it publishes MTA-STS
public record LabDomain(Scenario scenario, List<MxHost> hosts, Optional<PolicyHost> policyHost) {
    public LabDomain {
        hosts = List.copyOf(hosts);
    }

    /// @param label the first label of the host's name, such as `mx1`
    MxHost host(String label) {
        for (int i = 0; i < hosts.size(); i++) {
            if (scenario.hosts().get(i).label().equals(label)) {
                return hosts.get(i);
            }
        }
        throw new IllegalArgumentException(scenario.id() + " has no host " + label);
    }
}
