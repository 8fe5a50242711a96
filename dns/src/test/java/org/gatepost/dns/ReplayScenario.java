// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Record;

/// A replay scenario: what a resolver is configured with, what servers answer at which step, and what the
/// resolver is to answer.
record ReplayScenario(Config config, String title, List<Range> ranges, List<Step> steps) {
    ReplayScenario {
        ranges = List.copyOf(ranges);
        steps = List.copyOf(steps);
    }

    /// The part before CONFIG_END.
    ///
    /// @param anchors DS and DNSKEY records
    /// @param options the last value of every other option, by lower-case key
    /// @param insecure the names of domain-insecure
    record Config(List<Record> anchors, Map<String, String> options, List<String> insecure) {
        Config {
            anchors = List.copyOf(anchors);
            options = Map.copyOf(options);
            insecure = List.copyOf(insecure);
        }

        Optional<String> option(String key) {
            return Optional.ofNullable(options.get(key));
        }
    }

    /// The entries of one server, which it sends from the first to the last step.
    ///
    /// @param addresses none: any server
    record Range(long first, long last, List<String> addresses, List<ReplayEntry> entries) {
        Range {
            addresses = List.copyOf(addresses);
            entries = List.copyOf(entries);
        }

        boolean isLive(long step) {
            return first <= step && step <= last;
        }
    }

    /// One step; those that say nothing about answers are left out.
    sealed interface Step {
        long number();
    }

    record Query(long number, ReplayEntry entry) implements Step {}

    record CheckAnswer(long number, ReplayEntry entry) implements Step {}

    record TimePasses(long number, Duration elapsed) implements Step {}
}
