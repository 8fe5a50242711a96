// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.ReportWriter;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;

/// A report as it leaves: the same octets at every try.
public final class OutgoingReport {
    /// Of the compressed form; receivers often take no more than ten megabytes (RFC 8460 §5.2), and base64 adds a
    /// third.
    static final int MAX_GZIP = 7 << 20;

    private final DomainName domain;
    private final TlsReport report;
    private final byte[] json;
    private final byte[] gzip;
    private final String filename;

    private OutgoingReport(Reporter reporter, Subject subject, TlsReport report) {
        this.domain = subject.domain();
        this.report = report;
        this.json = ReportWriter.write(report);
        this.gzip = compressed(json);
        this.filename = reporter.submitter() + "!" + subject.domain() + "!"
                + subject.start().getEpochSecond() + "!" + subject.end().getEpochSecond() + "!" + subject.unique()
                + ".json.gz";
    }

    /// Whom it is about.
    public DomainName domain() {
        return domain;
    }

    public TlsReport report() {
        return report;
    }

    /// As RFC 8460 §4.4 has it.
    public byte[] json() {
        return json.clone();
    }

    /// The same, compressed (RFC 8460 §5.2).
    public byte[] gzip() {
        return gzip.clone();
    }

    /// Of the compressed form (RFC 8460 §5.1).
    public String filename() {
        return filename;
    }

    /// @param reportId `left@right`
    public static OutgoingReport of(
            Reporter reporter, LocalDate day, DomainName domain, String reportId, List<PolicyResult> results) {
        return of(reporter, new Subject(day, domain, reportId), results, MAX_GZIP);
    }

    /// What a report is about.
    record Subject(LocalDate day, DomainName domain, String reportId) {
        Instant start() {
            return day.atStartOfDay(ZoneOffset.UTC).toInstant();
        }

        /// The last second of the day (RFC 8460 §4.4).
        Instant end() {
            return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().minusSeconds(1);
        }

        /// Letters and digits only (RFC 8460 §5.1).
        String unique() {
            return reportId.substring(0, reportId.indexOf('@')).replaceAll("[^0-9A-Za-z]", "");
        }
    }

    /// @param maxGzip octets; a report above has the rarer failure details folded until it fits, counts kept true
    static OutgoingReport of(Reporter reporter, Subject subject, List<PolicyResult> results, int maxGzip) {
        List<PolicyResult> shown = results;
        int details = results.stream().mapToInt(r -> r.failures().size()).max().orElse(0);
        while (true) {
            OutgoingReport report = build(reporter, subject, shown);
            if (report.gzip.length <= maxGzip || details == 0) {
                return report;
            }
            details /= 2;
            int most = details;
            shown = results.stream().map(result -> folded(result, most)).toList();
        }
    }

    private static OutgoingReport build(Reporter reporter, Subject subject, List<PolicyResult> results) {
        TlsReport report = new TlsReport(
                reporter.organization(),
                subject.start(),
                subject.end(),
                Optional.of(reporter.contact().toString()),
                subject.reportId(),
                results.stream().map(result -> informed(reporter, result)).toList());
        return new OutgoingReport(reporter, subject, report);
    }

    /// Says of each failure where more can be read about its kind.
    private static PolicyResult informed(Reporter reporter, PolicyResult result) {
        if (reporter.informationPage().isEmpty()) {
            return result;
        }
        String page = reporter.informationPage().get() + "#";
        List<FailureDetails> failures = result.failures().stream()
                .map(failure -> new FailureDetails(
                        failure.resultType(),
                        failure.session().withInformation(page + failure.resultType()),
                        failure.sessions()))
                .toList();
        return new PolicyResult(result.policy(), result.successful(), result.failed(), failures);
    }

    /// Keeps the failures that most sessions met; the others become one entry for each result type.
    private static PolicyResult folded(PolicyResult result, int most) {
        List<FailureDetails> byCount = new ArrayList<>(result.failures());
        byCount.sort((a, b) -> Long.compare(b.sessions(), a.sessions()));
        int kept = Math.min(most, byCount.size());
        List<FailureDetails> failures = new ArrayList<>(byCount.subList(0, kept));
        Map<String, Long> rest = new LinkedHashMap<>();
        byCount.subList(kept, byCount.size())
                .forEach(failure -> rest.merge(failure.resultType(), failure.sessions(), Long::sum));
        rest.forEach((type, sessions) -> failures.add(new FailureDetails(type, FailedSession.UNKNOWN, sessions)));
        return new PolicyResult(result.policy(), result.successful(), result.failed(), failures);
    }

    private static byte[] compressed(byte[] json) {
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return gzip.toByteArray();
    }
}
