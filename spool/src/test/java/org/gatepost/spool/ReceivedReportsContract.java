// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReceivedReport.Arrival;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReport.Way;
import org.gatepost.spool.ReceivedReports.Entry;
import org.gatepost.spool.ReceivedReports.Intake;
import org.gatepost.spool.ReceivedReports.Outcome;
import org.gatepost.spool.ReceivedReports.Query;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;

/// What every store of received reports must do (spec R3).
abstract class ReceivedReportsContract {
    private static final DomainName OURS = DomainName.parse("example.com");
    private static final Instant NOW = Instant.parse("2026-11-28T09:30:00.123456789Z");
    private static final LocalDate DAY = LocalDate.parse("2026-11-27");

    abstract ReceivedReports reports();

    abstract void reopen();

    private static FailureDetails failure(String type, long sessions, String ip) {
        return new FailureDetails(
                type,
                new FailedSession(
                        Optional.of(ip),
                        Optional.of("mx.example.com"),
                        Optional.empty(),
                        Optional.of("192.0.2.7"),
                        Optional.of("text\nof two lines"),
                        Optional.empty()),
                sessions);
    }

    private static PolicyResult policy(String domain, long successful, FailureDetails... failures) {
        long failed =
                List.of(failures).stream().mapToLong(FailureDetails::sessions).sum();
        return new PolicyResult(
                new ReportedPolicy(
                        "sts", List.of("version: STSv1", "mode: testing"), domain, List.of("mx.example.com")),
                successful,
                failed,
                List.of(failures));
    }

    private static TlsReport report(String organization, String id, LocalDate day, PolicyResult... policies) {
        Instant start = day.atStartOfDay().toInstant(java.time.ZoneOffset.UTC);
        return new TlsReport(
                organization,
                start,
                start.plusSeconds(86_399),
                Optional.of("tls@sender.example"),
                id,
                List.of(policies));
    }

    private static ReceivedReport mailed(TlsReport report, Signature signature) {
        return new ReceivedReport(
                report, new Arrival(NOW, Way.MAIL, "198.51.100.9", signature), List.of("/contact-info: missing"));
    }

    private static ReceivedReport posted(TlsReport report) {
        return new ReceivedReport(report, new Arrival(NOW, Way.HTTPS, "198.51.100.9", Signature.ABSENT), List.of());
    }

    private static Signature signedBy(String domain) {
        return new Signature(
                Signature.Result.PASS, Optional.of(DomainName.parse(domain)), true, "selector s1, rsa-sha256");
    }

    private Outcome store(ReceivedReport report) {
        return reports().store(report, Set.of(OURS));
    }

    private long stored(ReceivedReport report) {
        return ((Outcome.Stored) store(report)).number();
    }

    private List<String> ids(Query query) {
        return reports().list(query, Long.MAX_VALUE, 100).stream()
                .map(Entry::reportId)
                .toList();
    }

    private static Query by(String domain, String sender, String from, String to, String failure) {
        return new Query(
                Optional.of(domain).filter(text -> !text.isEmpty()).map(DomainName::parse),
                Optional.of(sender).filter(text -> !text.isEmpty()),
                Optional.of(from).filter(text -> !text.isEmpty()).map(LocalDate::parse),
                Optional.of(to).filter(text -> !text.isEmpty()).map(LocalDate::parse),
                Optional.of(failure).filter(text -> !text.isEmpty()));
    }

    @Test
    void aStoredReportIsReadBackWholeAfterReopening() {
        ReceivedReport given = mailed(
                report("Sender Inc.", "id-1+", DAY, policy("example.com", 3, failure("tlsa-invalid", 2, "192.0.2.1"))),
                signedBy("sender.example"));
        long number = stored(given);
        reopen();
        assertThat(reports().read(number)).contains(given);
        assertThat(reports().read(number + 1)).isEmpty();
    }

    @Test
    void whatAReportDoesNotSayStaysUnsaid() {
        TlsReport bare = new TlsReport(
                "Sender",
                Instant.parse("2026-11-27T00:00:00Z"),
                Instant.parse("2026-11-27T00:00:00Z"),
                Optional.empty(),
                "",
                List.of(new PolicyResult(
                        new ReportedPolicy("", List.of(), "example.com", List.of()),
                        0,
                        1,
                        List.of(new FailureDetails("odd", FailedSession.UNKNOWN, 1)))));
        assertThat(reports().read(stored(posted(bare))).orElseThrow().report()).isEqualTo(bare);
    }

    @Test
    void aListTellsOfEachReportTheNewestFirst() {
        stored(posted(report("A", "1", DAY, policy("example.com", 5))));
        stored(mailed(
                report(
                        "B",
                        "2",
                        DAY,
                        policy("example.com", 1, failure("certificate-expired", 2, "192.0.2.1")),
                        policy("example.net", 1, failure("certificate-expired", 3, "192.0.2.1"))),
                signedBy("b.example")));
        List<Entry> all = reports().list(Query.ALL, Long.MAX_VALUE, 10);
        assertThat(all).extracting(Entry::reportId).containsExactly("2", "1");
        Entry newest = all.getFirst();
        assertThat(newest.domains()).containsExactly("example.com", "example.net");
        assertThat(newest.successful()).isEqualTo(2);
        assertThat(newest.failed()).isEqualTo(5);
        assertThat(newest.failures()).isEqualTo(Map.of("certificate-expired", 5L));
        assertThat(newest.day()).isEqualTo(DAY);
        assertThat(newest.deviations()).isEqualTo(1);
        assertThat(newest.arrival().signature().domain()).contains(DomainName.parse("b.example"));
        assertThat(all.getLast().deviations()).isZero();
    }

    @Test
    void aLongListComesInPages() {
        for (int i = 0; i < 7; i++) {
            stored(posted(report("A", "id" + i, DAY, policy("example.com", 1))));
        }
        List<Entry> first = reports().list(Query.ALL, Long.MAX_VALUE, 3);
        List<Entry> second = reports().list(Query.ALL, first.getLast().number(), 3);
        assertThat(first).extracting(Entry::reportId).containsExactly("id6", "id5", "id4");
        assertThat(second).extracting(Entry::reportId).containsExactly("id3", "id2", "id1");
    }

    @Test
    void reportsAreFoundByDomainSenderDayAndFailure() {
        stored(mailed(
                report("Big Mail", "a", DAY, policy("example.com", 1, failure("tlsa-invalid", 1, "192.0.2.1"))),
                signedBy("bigmail.example")));
        stored(posted(report("Small", "b", DAY.plusDays(1), policy("EXAMPLE.net.", 1))));
        assertThat(ids(by("example.net", "", "", "", ""))).containsExactly("b");
        assertThat(ids(by("", "BIG m", "", "", ""))).containsExactly("a");
        assertThat(ids(by("", "mail.example", "", "", ""))).containsExactly("a");
        assertThat(ids(by("", "", "2026-11-28", "", ""))).containsExactly("b");
        assertThat(ids(by("", "", "", "2026-11-27", ""))).containsExactly("a");
        assertThat(ids(by("", "", "", "", "tlsa-invalid"))).containsExactly("a");
        assertThat(ids(by("example.net", "big", "", "", ""))).isEmpty();
        assertThat(ids(by("", "%", "", "", ""))).isEmpty();
    }

    @Test
    void sumsAddUpWhatAllReportsSayOfADomainAndDay() {
        stored(posted(report("A", "1", DAY, policy("example.com", 5, failure("tlsa-invalid", 2, "192.0.2.1")))));
        stored(posted(report(
                "B",
                "2",
                DAY,
                policy("example.com", 7, failure("tlsa-invalid", 1, "192.0.2.2"), failure("odd", 4, "192.0.2.3")),
                policy("example.com", 1))));
        stored(posted(report("B", "3", DAY.plusDays(1), policy("example.com", 10))));
        List<ReceivedReports.Sum> sums = reports().sums(by("example.com", "", "", "", ""), 10);
        assertThat(sums).hasSize(2);
        assertThat(sums.getFirst().day()).isEqualTo(DAY.plusDays(1));
        ReceivedReports.Sum day = sums.getLast();
        assertThat(day.reports()).isEqualTo(2);
        assertThat(day.successful()).isEqualTo(13);
        assertThat(day.failed()).isEqualTo(7);
        assertThat(day.failures()).isEqualTo(Map.of("tlsa-invalid", 3L, "odd", 4L));
        assertThat(reports().sums(by("", "", "", "", "odd"), 10))
                .singleElement()
                .satisfies(sum -> {
                    assertThat(sum.reports()).isEqualTo(1);
                    assertThat(sum.successful()).isEqualTo(7);
                });
    }

    @Test
    void theLargestCountsOfReportsAreSummed() { // I-JSON's largest, RFC 7493 §2.2
        long most = (1L << 53) - 1;
        stored(posted(report("A", "1", DAY, policy("example.com", most))));
        stored(posted(report("A", "2", DAY, policy("example.com", most))));
        assertThat(reports().sums(Query.ALL, 10).getFirst().successful()).isEqualTo(2 * most);
    }

    @Test
    void aDomainFindsTheDaneResultsOfItsMxHosts() { // RFC 8460 §1.1
        var dane = new PolicyResult(
                new ReportedPolicy("tlsa", List.of("3 1 1 AB"), "mx.provider.example", List.of()), 7, 0, List.of());
        var others =
                new PolicyResult(new ReportedPolicy("sts", List.of(), "other.example", List.of()), 100, 0, List.of());
        stored(posted(report("A", "dane", DAY, dane, others)));
        String ours = OURS.toString();
        assertThat(ids(by(ours, "", "", "", ""))).containsExactly("dane");
        assertThat(reports().sums(by(ours, "", "", "", ""), 10)).singleElement().satisfies(sum -> {
            assertThat(sum.domain()).isEqualTo("mx.provider.example");
            assertThat(sum.successful()).isEqualTo(7);
        });
        reports().purge(NOW.plusSeconds(1), 10);
        assertThat(ids(by(ours, "", "", "", ""))).isEmpty();
    }

    @Test
    void whatNobodyVouchesForDoesNotKeepOutWhatSaysSomethingElse() {
        long forged = stored(posted(report("Sender Inc.", "id", DAY, policy("example.com", 1))));
        TlsReport real = report("Sender Inc.", "id", DAY, policy("example.com", 500));
        long second = stored(posted(real));
        assertThat(second).isNotEqualTo(forged);
        assertThat(store(posted(real))).isEqualTo(new Outcome.Duplicate(second));
        long signed = stored(mailed(real, signedBy("sender.example")));
        assertThat(reports().list(Query.ALL, Long.MAX_VALUE, 10))
                .extracting(Entry::number)
                .containsExactly(signed);
    }

    @Test
    void theSameReportIsKeptOnceByWhateverWayItComes() {
        TlsReport report = report("Sender Inc.", "id", DAY, policy("example.com", 1), policy("example.net", 1));
        long first = stored(mailed(report, signedBy("sender.example")));
        TlsReport otherCase = report(" SENDER INC.", "id", DAY, policy("Example.NET", 1), policy("example.com.", 1));
        assertThat(store(posted(otherCase))).isEqualTo(new Outcome.Duplicate(first));
        assertThat(store(mailed(report, signedBy("sender.example")))).isEqualTo(new Outcome.Duplicate(first));
        reopen();
        assertThat(store(posted(report))).isEqualTo(new Outcome.Duplicate(first));
        assertThat(reports().intake(OURS, LocalDate.parse("2026-11-28"))).isEqualTo(new Intake(1, 3));
        assertThat(ids(Query.ALL)).hasSize(1);
    }

    @Test
    void reportsDifferWhenOrganizationIdOrDomainsDo() {
        store(posted(report("A", "1", DAY, policy("example.com", 1))));
        assertThat(store(posted(report("B", "1", DAY, policy("example.com", 1)))))
                .isInstanceOf(Outcome.Stored.class);
        assertThat(store(posted(report("A", "2", DAY, policy("example.com", 1)))))
                .isInstanceOf(Outcome.Stored.class);
        assertThat(store(posted(report("A", "1", DAY, policy("example.net", 1)))))
                .isInstanceOf(Outcome.Stored.class);
    }

    /// Report ids can be guessed: who is first with a forged one must not keep the true one out.
    @Test
    void whatASignerVouchesForTakesThePlaceOfWhatNobodyDoes() {
        long forged = stored(posted(report("Big", "2026-11-27", DAY, policy("example.com", 0))));
        long genuine =
                stored(mailed(report("Big", "2026-11-27", DAY, policy("example.com", 9)), signedBy("big.example")));
        assertThat(reports().read(forged)).isEmpty();
        assertThat(store(posted(report("Big", "2026-11-27", DAY, policy("example.com", 0)))))
                .isEqualTo(new Outcome.Duplicate(genuine));
        assertThat(reports().sums(Query.ALL, 10).getFirst().successful()).isEqualTo(9);
    }

    @Test
    void whatTwoSignersVouchForStandsSideBySideUnlessItIsTheSame() {
        stored(mailed(report("Big", "1", DAY, policy("example.com", 0)), signedBy("forger.example")));
        long genuine = stored(mailed(report("Big", "1", DAY, policy("example.com", 9)), signedBy("big.example")));
        assertThat(store(mailed(report("Big", "1", DAY, policy("example.com", 9)), signedBy("forwarder.example"))))
                .isEqualTo(new Outcome.Duplicate(genuine));
        assertThat(ids(Query.ALL)).hasSize(2);
    }

    @Test
    void detailsBeyondTheBoundAreAddedUpWithCountsTrue() {
        List<FailureDetails> many = new ArrayList<>();
        for (int i = 0; i < 3 * ReceivedReports.MOST_DETAILS; i++) {
            many.add(failure(i % 2 == 0 ? "validation-failure" : "odd-" + i, 1 + i % 5, "192.0.2." + i % 250));
        }
        long expected = many.stream().mapToLong(FailureDetails::sessions).sum();
        Collections.shuffle(many, new java.util.Random(1));
        long number =
                stored(posted(report("A", "1", DAY, policy("example.com", 1, many.toArray(FailureDetails[]::new)))));
        List<FailureDetails> kept = reports()
                .read(number)
                .orElseThrow()
                .report()
                .policies()
                .getFirst()
                .failures();
        assertThat(kept).hasSizeBetween(ReceivedReports.MOST_DETAILS, ReceivedReports.MOST_DETAILS + 40);
        assertThat(kept.stream().mapToLong(FailureDetails::sessions).sum()).isEqualTo(expected);
        assertThat(kept.stream().filter(f -> f.sessions() == 5).count()).isGreaterThanOrEqualTo(600);
    }

    @Test
    void theLargestCountsAreFoldedWithinTheirRange() {
        FailureDetails[] details = new FailureDetails[ReceivedReports.MOST_DETAILS + 2];
        Arrays.setAll(details, i -> failure("odd", TlsReport.MOST_SESSIONS, "192.0.2." + i));
        PolicyResult result = new PolicyResult(
                new ReportedPolicy("sts", List.of(), "example.com", List.of()), 0, 1, List.of(details));
        long number = stored(posted(report("A", "1", DAY, result)));
        assertThat(reports()
                        .read(number)
                        .orElseThrow()
                        .report()
                        .policies()
                        .getFirst()
                        .failures()
                        .getLast()
                        .sessions())
                .isEqualTo(TlsReport.MOST_SESSIONS);
    }

    @Test
    void overlongTextsAreCut() {
        String high = "x".repeat(999) + "\uD83D\uDE00";
        long number = stored(posted(report(high + "y".repeat(100_000), "1", DAY, policy("example.com", 1))));
        assertThat(reports().read(number).orElseThrow().report().organizationName())
                .isEqualTo("x".repeat(999));
    }

    @Test
    void aDomainsDayHasAnEnd() {
        int half = ReceivedReports.MOST_PER_DAY / 2;
        storeAtOnce(half, id -> posted(report("A", id, DAY, policy("example.com", 1))));
        ReceivedReport more = posted(report("A", "more", DAY, policy("example.com", 1)));
        assertThat(store(more)).isEqualTo(new Outcome.TooMany(OURS));
        assertThat(reports().store(more, Set.of(DomainName.parse("other.example"))))
                .isInstanceOf(Outcome.Stored.class);
        // Who is not known keeps out nobody who is.
        storeAtOnce(half, id -> mailed(report("B", id, DAY, policy("example.com", 1)), signedBy("b.example")));
        assertThat(reports().intake(OURS, LocalDate.parse("2026-11-28")).stored())
                .isEqualTo(ReceivedReports.MOST_PER_DAY);
        ReceivedReport signed = mailed(report("B", "more", DAY, policy("example.com", 1)), signedBy("b.example"));
        assertThat(store(signed)).isEqualTo(new Outcome.TooMany(OURS));
        Arrival tomorrow = new Arrival(NOW.plus(Duration.ofDays(1)), Way.HTTPS, "192.0.2.1", Signature.ABSENT);
        assertThat(store(new ReceivedReport(
                        report("A", "tomorrow", DAY, policy("example.com", 1)), tomorrow, List.of())))
                .isInstanceOf(Outcome.Stored.class);
    }

    private void storeAtOnce(int count, Function<String, ReceivedReport> report) {
        // What comes together becomes durable together.
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                ReceivedReport one = report.apply("id" + i);
                senders.execute(() -> store(one));
            }
        }
    }

    @Test
    void aDomainsDayTakesABoundedPartOfTheDisk() {
        // Shared by all, so that the test needs no memory for them.
        String text = "x".repeat(15_000);
        PolicyResult large = new PolicyResult(
                new ReportedPolicy("sts", Collections.nCopies(1000, text), "example.com", List.of()), 1, 0, List.of());
        int taken = 0;
        while (store(posted(report("A", "id" + taken, DAY, large))) instanceof Outcome.Stored) {
            taken++;
        }
        assertThat(taken).isEqualTo((int) Math.ceilDiv(ReceivedReports.MOST_OCTETS_PER_DAY / 2, 15_000_000L));
        assertThat(store(mailed(report("B", "1", DAY, policy("example.com", 1)), signedBy("b.example"))))
                .isInstanceOf(Outcome.Stored.class);
    }

    @Test
    void oldReportsAreForgottenABoundedNumberAtATime() {
        for (int i = 0; i < 5; i++) {
            Arrival arrival = new Arrival(NOW.plusSeconds(i), Way.HTTPS, "192.0.2.1", Signature.ABSENT);
            stored(new ReceivedReport(
                    report("A", "id" + i, DAY, policy("example.com", 1, failure("odd", 1, "192.0.2.1"))),
                    arrival,
                    List.of()));
        }
        assertThat(reports().purge(NOW.plusSeconds(3), 2)).isEqualTo(2);
        assertThat(ids(Query.ALL)).containsExactly("id4", "id3", "id2");
        assertThat(reports().purge(NOW.plusSeconds(3), 2)).isEqualTo(1);
        assertThat(reports().purge(NOW.plusSeconds(3), 2)).isZero();
        assertThat(ids(Query.ALL)).containsExactly("id4", "id3");
        assertThat(reports().sums(Query.ALL, 10).getFirst().failures()).isEqualTo(Map.of("odd", 2L));
    }

    @Test
    void textsThatLookLikeSqlAreTexts() {
        String text = "'; DROP TABLE received_report; --\u0000\uFFFD";
        stored(posted(report(text, text, DAY, policy("example.com", 1, failure(text, 1, text)))));
        reopen();
        assertThat(ids(by("", text.toUpperCase(Locale.ROOT), "", "", text))).containsExactly(text);
    }

    @Test
    void aReportForNoDomainOfOursIsADefectOfTheCaller() {
        assertThatThrownBy(() -> reports().store(posted(report("A", "1", DAY, policy("example.com", 1))), Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
