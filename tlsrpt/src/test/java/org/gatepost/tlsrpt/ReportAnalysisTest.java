// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.gatepost.tlsrpt.ReadReport.Accepted;
import org.gatepost.tlsrpt.ReportSummary.Kind;
import org.gatepost.tlsrpt.ReportSummary.Line;
import org.gatepost.tlsrpt.ReportSummary.Others;
import org.gatepost.tlsrpt.ReportSummary.Ranking;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;

final class ReportAnalysisTest {
    private static final Instant FRIDAY = Instant.parse("2026-11-27T00:00:00Z");
    private static final LocalDate DAY = LocalDate.of(2026, 11, 27);
    private static final FailedSession SESSION = new FailedSession(
            Optional.empty(),
            Optional.of("mx.example.com"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of("X509_V_ERR_CERT_HAS_EXPIRED"));

    private final ReportAnalysis analysis = new ReportAnalysis(ReportFilter.EVERYTHING);

    @Test
    void sessionsAreSummedUpByEverythingWorstFirst() {
        analysis.add(report("Alpha", FRIDAY, "1", result("a.example", 10, 1, detail("certificate-expired", 1))));
        analysis.add(report("Alpha", FRIDAY.plus(Duration.ofDays(1)), "2", result("a.example", 5, 0)));
        analysis.add(report("Beta", FRIDAY, "1", result("b.example", 0, 7, detail("validation-failure", 4))));

        ReportSummary summary = analysis.summary();
        assertThat(summary.reports()).isEqualTo(3);
        assertThat(summary.successful()).isEqualTo(15);
        assertThat(summary.failed()).isEqualTo(8);
        assertThat(summary.domains().lines())
                .containsExactly(new Line<>("b.example", 0, 7), new Line<>("a.example", 15, 1));
        assertThat(summary.senders().lines()).containsExactly(new Line<>("Beta", 0, 7), new Line<>("Alpha", 15, 1));
        assertThat(summary.days().lines()).containsExactly(new Line<>(DAY, 10, 8), new Line<>(DAY.plusDays(1), 5, 0));
        assertThat(summary.policyTypes().lines()).containsExactly(new Line<>("sts", 15, 8));
        assertThat(summary.failures().lines())
                .containsExactly(
                        new Line<>(new Kind("sts", "validation-failure", "X509_V_ERR_CERT_HAS_EXPIRED"), 0, 4),
                        new Line<>(new Kind("sts", "unexplained", ""), 0, 3),
                        new Line<>(new Kind("sts", "certificate-expired", "X509_V_ERR_CERT_HAS_EXPIRED"), 0, 1));
        assertThat(summary.rows().lines().getFirst().key())
                .isEqualTo(
                        new ReportSummary.Row("b.example", "Beta", DAY, "sts", "validation-failure", "mx.example.com"));
    }

    @Test
    void sessionThatFailedInTwoWaysCountsOnceInTheTotals() { // RFC 8460 §4
        analysis.add(report(
                "Alpha",
                FRIDAY,
                "1",
                result("a.example", 0, 3, detail("certificate-expired", 3), detail("validation-failure", 2))));
        analysis.add(report("Alpha", FRIDAY, "2", result("a.example", 0, 0, detail("certificate-expired", 4))));
        assertThat(analysis.summary().failed()).isEqualTo(7);
        assertThat(analysis.summary().failures().lines())
                .extracting(Line::failed)
                .containsExactly(7L, 2L);
    }

    @Test
    void reportThatComesTwiceCountsOnce() {
        analysis.add(report("Alpha", FRIDAY, "1", result("a.example", 10, 0)));
        analysis.add(report("ALPHA", FRIDAY, "1", result("a.example", 10, 0)));
        analysis.add(report("Alpha", FRIDAY, "2", result("a.example", 10, 0)));
        analysis.add(report("Alpha", FRIDAY, "1", result("b.example", 10, 0)));
        analysis.add(report("Alpha", FRIDAY, "", result("a.example", 10, 0)));
        analysis.add(report("Alpha", FRIDAY, "", result("a.example", 10, 0)));
        analysis.add(report("Alpha", FRIDAY, "", result("a.example", 11, 0)));

        assertThat(analysis.summary().reports()).isEqualTo(5);
        assertThat(analysis.summary().duplicates()).isEqualTo(2);
        assertThat(analysis.summary().successful()).isEqualTo(51);
        assertThat(analysis.summary().duplicatesUnsure()).isFalse();
    }

    @Test
    void dayIsThatOfTheMiddleOfTheReport() {
        analysis.add(report("Alpha", FRIDAY.minus(Duration.ofHours(5)), "1", result("a.example", 1, 0)));
        analysis.add(report("Alpha", FRIDAY.plus(Duration.ofHours(8)), "2", result("a.example", 1, 0)));
        assertThat(analysis.summary().days().lines()).containsExactly(new Line<>(DAY, 2, 0));
    }

    @Test
    void filtersLeaveOutTheRest() {
        assertFiltered(new ReportFilter(Optional.of("A.example"), none(), noDay(), noDay(), none()), 10, 3);
        assertFiltered(new ReportFilter(none(), Optional.of("bet"), noDay(), noDay(), none()), 20, 4);
        assertFiltered(new ReportFilter(none(), none(), Optional.of(DAY.plusDays(1)), noDay(), none()), 20, 4);
        assertFiltered(new ReportFilter(none(), none(), noDay(), Optional.of(DAY), none()), 10, 3);
        assertFiltered(new ReportFilter(none(), none(), noDay(), noDay(), Optional.of("tlsa-invalid")), 0, 4);
        assertFiltered(new ReportFilter(none(), none(), noDay(), noDay(), Optional.of("unexplained")), 0, 2);
        assertFiltered(ReportFilter.EVERYTHING, 30, 7);
    }

    private static void assertFiltered(ReportFilter filter, long successful, long failed) {
        var analysis = new ReportAnalysis(filter);
        analysis.add(report("Alpha", FRIDAY, "1", result("a.example", 10, 3, detail("certificate-expired", 1))));
        analysis.add(report(
                "Beta", FRIDAY.plus(Duration.ofDays(1)), "1", result("b.example", 20, 4, detail("tlsa-invalid", 4))));
        assertThat(analysis.summary().successful()).as(filter.toString()).isEqualTo(successful);
        assertThat(analysis.summary().failed()).as(filter.toString()).isEqualTo(failed);
        assertThat(analysis.summary().rows().lines().stream()
                        .mapToLong(Line::failed)
                        .sum())
                .isEqualTo(failed);
    }

    private static Optional<String> none() {
        return Optional.empty();
    }

    private static Optional<LocalDate> noDay() {
        return Optional.empty();
    }

    @Test
    void groupsWithoutRoomFoldAndTheSumsStayTrue() {
        var small = new ReportAnalysis(ReportFilter.EVERYTHING, 10, 1_000);
        var random = new Random(8460);
        long successful = 0;
        long failed = 0;
        for (int i = 0; i < 500; i++) {
            int good = random.nextInt(100);
            int bad = random.nextInt(100);
            successful += good;
            failed += bad;
            small.add(report("Org " + i, FRIDAY, "x", result("d" + i + ".example", good, bad, detail("t" + i, bad))));
        }
        ReportSummary summary = small.summary();
        for (Ranking<?> ranking :
                List.of(summary.domains(), summary.senders(), summary.days(), summary.policyTypes(), summary.rows())) {
            var sums = new ArrayList<Others>(ranking.others().stream().toList());
            ranking.lines().forEach(line -> sums.add(new Others(line.successful(), line.failed())));
            assertThat(sums.stream().mapToLong(Others::successful).sum()).isEqualTo(successful);
            assertThat(sums.stream().mapToLong(Others::failed).sum()).isEqualTo(failed);
        }
        assertThat(summary.rows().lines()).hasSize(10);
        assertThat(summary.domains().lines()).hasSize(2);
        assertThat(summary.domains().others()).isPresent();
        assertThat(summary.policyTypes().others()).isEmpty();
    }

    @Test
    void reportsBeyondTheMemoryOfDuplicatesCountAndThatIsTold() {
        var small = new ReportAnalysis(ReportFilter.EVERYTHING, 10, 100);
        for (int i = 0; i < 150; i++) {
            small.add(report("Org", FRIDAY, "id" + i, result("a.example", 1, 0)));
        }
        for (int i = 0; i < 150; i++) {
            small.add(report("Org", FRIDAY, "id" + i, result("a.example", 1, 0)));
        }
        assertThat(small.summary().duplicates()).isEqualTo(100);
        assertThat(small.summary().reports()).isEqualTo(200);
        assertThat(small.summary().duplicatesUnsure()).isTrue();
    }

    @Test
    void manyReportsAreToldApart() {
        for (int i = 0; i < 20_000; i++) {
            analysis.add(report("Org", FRIDAY, "id" + i % 15_000, result("a.example", 1, 0)));
        }
        assertThat(analysis.summary().reports()).isEqualTo(15_000);
        assertThat(analysis.summary().duplicates()).isEqualTo(5_000);
    }

    @Test
    void namesOfStrangersAreCutAndPrintable() {
        analysis.add(report("\u001b[2J" + "x".repeat(5000), FRIDAY, "1", result("a\nb", 1, 0)));
        assertThat(analysis.summary().senders().lines().getFirst().key())
                .startsWith("?[2Jxxx")
                .hasSize(101);
        assertThat(analysis.summary().domains().lines().getFirst().key()).isEqualTo("a b");
    }

    @Test
    void deviationsAreCountedByKind() {
        for (int i = 0; i < 3; i++) {
            TlsReport report =
                    report("Org", FRIDAY, "id" + i, result("a.example", 1, 0)).report();
            analysis.add(new Accepted(
                    report, List.of(new Deviation("/policies/" + i + "/summary", "counts do not add up: 3 of " + i))));
        }
        assertThat(analysis.summary().deviations().lines())
                .containsExactly(new Line<>(new Deviation("/policies/*/summary", "counts do not add up"), 0, 3));
    }

    private static Accepted report(String organization, Instant start, String id, PolicyResult... results) {
        return new Accepted(
                new TlsReport(
                        organization,
                        start,
                        start.plus(Duration.ofDays(1)).minusSeconds(1),
                        Optional.empty(),
                        id,
                        List.of(results)),
                List.of());
    }

    private static PolicyResult result(String domain, long successful, long failed, FailureDetails... details) {
        return new PolicyResult(
                new ReportedPolicy("sts", List.of(), domain, List.of()), successful, failed, List.of(details));
    }

    private static FailureDetails detail(String type, long sessions) {
        return new FailureDetails(type, SESSION, sessions);
    }
}
