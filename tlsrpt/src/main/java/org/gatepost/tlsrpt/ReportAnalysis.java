// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.tlsrpt.ReadReport.Accepted;
import org.gatepost.tlsrpt.ReportSummary.Kind;
import org.gatepost.tlsrpt.ReportSummary.Line;
import org.gatepost.tlsrpt.ReportSummary.Row;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;

/// Sums up reports one by one, in bounded memory however many there are. For one thread.
public final class ReportAnalysis {
    /// The result type under which failed sessions count that no detail explains.
    public static final String UNEXPLAINED = "unexplained";

    private static final int LONGEST_NAME = 100;
    private static final Pattern REASON_WORD = Pattern.compile("([A-Za-z0-9_.-]{2,60}): ");

    private final ReportFilter filter;
    private final ReportIds ids;
    private final Tally<String> domains;
    private final Tally<String> senders;
    private final Tally<LocalDate> days;
    private final Tally<String> policyTypes;
    private final Tally<Kind> failures;
    private final Tally<Row> rows;
    private final Tally<Deviation> deviations;
    private long reports;
    private long duplicates;
    private long successful;
    private long failed;

    /// Room for a year of reports about some hundred domains.
    public ReportAnalysis(ReportFilter filter) {
        this(filter, 50_000, 1_000_000);
    }

    /// @param mostRows the most of the finest sums; what comes later is summed up as others
    /// @param mostReports how many reports are remembered to tell duplicates
    public ReportAnalysis(ReportFilter filter, int mostRows, int mostReports) {
        this.filter = filter;
        ids = new ReportIds(mostReports);
        rows = new Tally<>(mostRows);
        int mostNames = Math.max(1, mostRows / 5);
        domains = new Tally<>(mostNames);
        senders = new Tally<>(mostNames);
        days = new Tally<>(mostNames);
        policyTypes = new Tally<>(mostNames);
        failures = new Tally<>(mostNames);
        deviations = new Tally<>(500);
    }

    /// Adds a report unless it was there before.
    public void add(Accepted read) {
        TlsReport report = read.report();
        if (!ids.add(report)) {
            duplicates++;
            return;
        }
        reports++;
        for (Deviation deviation : read.deviations()) {
            deviations.add(general(deviation), 0, 1);
        }
        LocalDate day = day(report);
        if (filter.takes(report, day)) {
            String sender = name(report.organizationName());
            for (PolicyResult result : report.policies()) {
                if (filter.takesDomain(result.policy().domain())) {
                    add(result, sender, day);
                }
            }
        }
    }

    private void add(PolicyResult result, String sender, LocalDate day) {
        String domain = name(result.policy().domain());
        String policyType = name(result.policy().type());
        long detailed = 0;
        long taken = 0;
        for (FailureDetails failure : result.failures()) {
            detailed += failure.sessions();
            String type = failure.resultType().isEmpty() ? UNEXPLAINED : name(failure.resultType());
            if (filter.takesFailure(type)) {
                taken += failure.sessions();
                String host = name(failure.session().receivingMxHostname().orElse(""));
                rows.add(new Row(domain, sender, day, policyType, type, host), 0, failure.sessions());
                String reason = reason(failure.session().failureReasonCode().orElse(""));
                failures.add(new Kind(policyType, type, reason), 0, failure.sessions());
            }
        }
        long unexplained = filter.takesFailure(UNEXPLAINED) ? Math.max(0, result.failed() - detailed) : 0;
        if (unexplained > 0) {
            rows.add(new Row(domain, sender, day, policyType, UNEXPLAINED, ""), 0, unexplained);
            failures.add(new Kind(policyType, UNEXPLAINED, ""), 0, unexplained);
        }
        boolean all = filter.failure().isEmpty();
        if (all && result.successful() > 0) {
            rows.add(new Row(domain, sender, day, policyType, "", ""), result.successful(), 0);
        }
        // Details may count a session in several ways (RFC 8460 §4), the summary counts it once.
        boolean summarized = all && result.failed() > 0;
        sum(
                new Row(domain, sender, day, policyType, "", ""),
                all ? result.successful() : 0,
                summarized ? result.failed() : taken + unexplained);
    }

    private void sum(Row row, long moreSuccessful, long moreFailed) {
        if (moreSuccessful == 0 && moreFailed == 0) {
            return;
        }
        successful += moreSuccessful;
        failed += moreFailed;
        domains.add(row.domain(), moreSuccessful, moreFailed);
        senders.add(row.sender(), moreSuccessful, moreFailed);
        days.add(row.day(), moreSuccessful, moreFailed);
        policyTypes.add(row.policyType(), moreSuccessful, moreFailed);
    }

    /// What was summed up so far.
    public ReportSummary summary() {
        return new ReportSummary(
                reports,
                duplicates,
                ids.isFull(),
                successful,
                failed,
                domains.ranking(worstFirst()),
                senders.ranking(worstFirst()),
                days.ranking(Comparator.comparing(Line::key)),
                policyTypes.ranking(worstFirst()),
                failures.ranking(worstFirst()),
                rows.ranking(worstFirst()),
                deviations.ranking(worstFirst()));
    }

    private static <K> Comparator<Line<K>> worstFirst() {
        return Comparator.<Line<K>>comparingLong(Line::failed)
                .thenComparingLong(Line::successful)
                .reversed()
                .thenComparing(line -> String.valueOf(line.key()));
    }

    /// The UTC day that a report is about. Senders whose day is that of another zone are given the day of its
    /// middle.
    private static LocalDate day(TlsReport report) {
        Duration covered = Duration.between(report.start(), report.end());
        Instant within =
                covered.toHours() > 26 ? report.start() : report.start().plus(covered.dividedBy(2));
        return LocalDate.ofInstant(within, ZoneOffset.UTC);
    }

    /// A deviation without what differs from report to report: indices, and what follows the colon.
    private static Deviation general(Deviation one) {
        int colon = one.rule().indexOf(": ");
        return new Deviation(
                one.place().replaceAll("/[0-9]+(?=/|$)", "/*"),
                colon < 0 ? one.rule() : one.rule().substring(0, colon));
    }

    /// The word of a reason code without the evidence that some append, so that the same reasons count together.
    private static String reason(String code) {
        Matcher word = REASON_WORD.matcher(code);
        return name(word.lookingAt() ? word.group(1) : code);
    }

    private static String name(String text) {
        return Printable.line(text, LONGEST_NAME);
    }
}
