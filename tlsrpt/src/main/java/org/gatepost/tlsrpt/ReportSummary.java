// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/// What many reports say together. Names are printable and cut; sessions are those that the filter takes.
///
/// @param reports read, without duplicates, whether or not the filter takes any of their results
/// @param duplicates not counted
/// @param duplicatesUnsure whether there were too many reports to remember them all, so that some may count
/// twice
/// @param domains worst first, as all rankings but `days`
/// @param days in their order
/// @param failures by kind, with advice
/// @param rows the finest sums; those of `rows` and `failures` may add up to more than `failed`, since a
/// session can
/// fail in several ways
public record ReportSummary(
        long reports,
        long duplicates,
        boolean duplicatesUnsure,
        long successful,
        long failed,
        Ranking<String> domains,
        Ranking<String> senders,
        Ranking<LocalDate> days,
        Ranking<String> policyTypes,
        Ranking<Kind> failures,
        Ranking<Row> rows,
        Ranking<Deviation> deviations) {
    /// @param others what had no room in the lines
    public record Ranking<K>(List<Line<K>> lines, Optional<Others> others) {
        public Ranking {
            lines = List.copyOf(lines);
        }
    }

    /// Sums for one key. In the ranking of deviations `failed` is how often one was met.
    public record Line<K>(K key, long successful, long failed) {}

    /// Sums of all keys that had no room.
    public record Others(long successful, long failed) {}

    /// A kind of failure.
    ///
    /// @param resultType as in the reports; empty for failed sessions that no detail explains
    public record Kind(String policyType, String resultType, String reasonCode) {
        /// What to do about it.
        public FailureAdvice advice() {
            return FailureAdvice.of(
                    resultType, policyType, reasonCode.isEmpty() ? Optional.empty() : Optional.of(reasonCode));
        }
    }

    /// @param resultType empty for sessions that succeeded, `unexplained` for failures without details
    public record Row(
            String domain, String sender, LocalDate day, String policyType, String resultType, String mxHost) {}
}
