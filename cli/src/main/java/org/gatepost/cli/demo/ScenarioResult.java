// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import java.util.List;
import java.util.Optional;
import org.gatepost.lab.Scenario;

/// How a scenario ended, and what is wrong with that.
///
/// @param happened a few words
/// @param reply the exact final code and text; empty when the message was delivered
/// @param report the non-delivery report as the sender's host received it, when there was one
/// @param objections what is not as it must be; none when all is
public record ScenarioResult(
        Scenario scenario, String happened, Optional<String> reply, Optional<String> report, List<String> objections) {
    public ScenarioResult {
        objections = List.copyOf(objections);
    }

    /// Whether it ended as it must.
    public boolean expected() {
        return objections.isEmpty();
    }
}
