// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.List;

/// What came of reading a report.
public sealed interface ReadReport {
    /// @param deviations at most [ReportReader#MOST_DEVIATIONS], in the order they were met
    record Accepted(TlsReport report, List<Deviation> deviations) implements ReadReport {
        public Accepted {
            deviations = List.copyOf(deviations);
        }
    }

    /// No report at all, or one beyond the bounds.
    ///
    /// @param place a JSON pointer; empty for the whole
    /// @param rule one printable line
    record Unreadable(String place, String rule) implements ReadReport {
        @Override
        public String toString() {
            return place.isEmpty() ? rule : place + ": " + rule;
        }
    }
}
