// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.TlsReport;

/// The TLS reports that others sent about our domains (RFC 8460). Safe for use by many threads; every method throws
/// [SpoolException] when the store cannot work.
///
/// ## What is the same report
/// Two reports are one when organization, report id and policy domains agree, in whatever case they are written. The
/// first one stays, with exceptions, for report ids can be guessed: what a signer vouches for takes the place of what
/// nobody vouched for, and what differs stands side by side when two signers vouch for it, or nobody does.
public interface ReceivedReports {
    /// How many reports of one UTC day are kept for one domain; more are refused until the next. Those that nobody
    /// vouches for get half of it at most: whoever floods with them must not keep out those that are signed.
    int MOST_PER_DAY = 10_000;

    /// Octets, about, that the reports of one UTC day take for one domain; half as above. A flood must not fill the
    /// disk that mail needs.
    long MOST_OCTETS_PER_DAY = 256L << 20;

    /// How many failure details of one report are kept one by one; those of fewer sessions are added up by result
    /// type.
    int MOST_DETAILS = 1_000;

    /// What became of a report.
    sealed interface Outcome {
        /// It is durable.
        record Stored(long number) implements Outcome {}

        /// It was there before.
        ///
        /// @param number of the one that stays
        record Duplicate(long number) implements Outcome {}

        /// The domain has had [#MOST_PER_DAY] or [#MOST_OCTETS_PER_DAY] of that day.
        record TooMany(DomainName domain) implements Outcome {}
    }

    /// Makes a report durable. Throws when the disk has little room left, while new mail is still stored.
    ///
    /// @param ours those of its policy domains that it was accepted for; at least one
    Outcome store(ReceivedReport report, Set<DomainName> ours);

    /// What is asked for; whatever is empty is not asked about.
    ///
    /// @param domain a policy domain, or one of ours whose DANE results bear the names of its MX hosts
    /// @param sender part of the organization's name or of the signer's domain, in any case
    /// @param from the first day that reports are about
    /// @param to the last one
    /// @param failure a result type, as the report spells it
    record Query(
            Optional<DomainName> domain,
            Optional<String> sender,
            Optional<LocalDate> from,
            Optional<LocalDate> to,
            Optional<String> failure) {
        public static final Query ALL =
                new Query(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// One report in a list.
    ///
    /// @param domains its policy domains
    /// @param successful sessions under all its policies; the same for `failed`
    /// @param failures the failed sessions by result type
    /// @param deviations how many
    record Entry(
            long number,
            ReceivedReport.Arrival arrival,
            LocalDate day,
            String organization,
            String reportId,
            List<String> domains,
            long successful,
            long failed,
            SortedMap<String, Long> failures,
            int deviations) {}

    /// The reports asked for, the newest first.
    ///
    /// @param before only those with lower numbers; `Long.MAX_VALUE` for all
    List<Entry> list(Query query, long before, int limit);

    /// A report in full.
    Optional<ReceivedReport> read(long number);

    /// The sessions of one domain and day, over all reports.
    ///
    /// @param failures the failed ones by result type; may add up to less than `failed`
    record Sum(
            String domain,
            LocalDate day,
            long reports,
            long successful,
            long failed,
            SortedMap<String, Long> failures) {}

    /// The sums of the policies asked for, the newest day first.
    ///
    /// @param limit the most domains and days
    List<Sum> sums(Query query, int limit);

    /// How many reports for the domain were taken in on a UTC day.
    record Intake(long stored, long duplicates) {}

    Intake intake(DomainName domain, LocalDate received);

    /// Forgets reports received before the instant.
    ///
    /// @param most how many in this call
    /// @return how many
    int purge(Instant before, int most);

    /// The report as it is kept: details beyond [#MOST_DETAILS] added up by result type.
    static TlsReport folded(TlsReport report) {
        return DetailFold.fold(report, MOST_DETAILS);
    }
}
