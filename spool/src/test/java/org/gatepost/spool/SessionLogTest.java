// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.ResultType;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sums of sessions by UTC day, domain and policy (spec R1).
final class SessionLogTest {
    private static final LocalDate DAY = LocalDate.parse("2026-11-27");
    private static final DomainName DOMAIN = DomainName.parse("example.net");
    private static final ReportedPolicy STS = new ReportedPolicy(
            "sts",
            List.of("version: STSv1", "mode: testing", "mx: *.example.net"),
            "example.net",
            List.of("*.example.net"));
    private static final ReportedPolicy NONE =
            new ReportedPolicy("no-policy-found", List.of(), "example.net", List.of());

    @TempDir
    Path directory;

    private EmbeddedStore store;

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory.resolve("spool"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private SessionLog log() {
        return store.sessionLog();
    }

    private void reopen() {
        store.close();
        open();
    }

    private static SessionResult good(String time, ReportedPolicy policy) {
        return new SessionResult(Instant.parse(time), DOMAIN, policy, Optional.empty());
    }

    private static SessionResult bad(String time, ReportedPolicy policy, ResultType type, FailedSession session) {
        return new SessionResult(
                Instant.parse(time), DOMAIN, policy, Optional.of(new SessionResult.Failure(type, session)));
    }

    private static FailedSession at(String host) {
        return new FailedSession(
                Optional.of("192.0.2.1"),
                Optional.of(host),
                Optional.of("helo." + host),
                Optional.of("2001:db8::1"),
                Optional.empty(),
                Optional.of("expired"));
    }

    /// What a writer that comes later waits for.
    private void settle() {
        log().close(LocalDate.EPOCH);
    }

    @Test
    void sessionsAreSummedByPolicyAndFailure() {
        log().record(List.of(good("2026-11-27T10:00:00Z", STS), good("2026-11-27T10:00:00Z", NONE)));
        log().record(List.of(good("2026-11-27T11:00:00Z", STS)));
        log().record(List.of(
                bad("2026-11-27T12:00:00Z", STS, ResultType.CERTIFICATE_EXPIRED, at("mx1.example.net")),
                bad("2026-11-27T12:00:00Z", STS, ResultType.CERTIFICATE_EXPIRED, at("mx2.example.net")),
                bad("2026-11-27T12:00:01Z", STS, ResultType.CERTIFICATE_EXPIRED, at("mx1.example.net")),
                bad("2026-11-27T12:00:02Z", STS, ResultType.VALIDATION_FAILURE, FailedSession.UNKNOWN)));
        settle();
        assertThat(log().results(DAY, DOMAIN))
                .containsExactly(
                        new PolicyResult(
                                STS,
                                2,
                                4,
                                List.of(
                                        new FailureDetails("certificate-expired", at("mx1.example.net"), 2),
                                        new FailureDetails("certificate-expired", at("mx2.example.net"), 1),
                                        new FailureDetails("validation-failure", FailedSession.UNKNOWN, 1))),
                        new PolicyResult(NONE, 1, 0, List.of()));
        assertThat(log().results(DAY, DomainName.parse("other.example"))).isEmpty();
    }

    @Test
    void theDayEndsWhenTheUtcDayDoes() { // RFC 8460 §4.1
        log().record(List.of(
                good("2026-11-27T00:00:00Z", STS),
                good("2026-11-27T23:59:59.999999999Z", STS),
                good("2026-11-28T00:00:00Z", STS)));
        settle();
        assertThat(log().results(DAY, DOMAIN).getFirst().successful()).isEqualTo(2);
        assertThat(log().results(DAY.plusDays(1), DOMAIN).getFirst().successful())
                .isEqualTo(1);
        assertThat(log().days()).containsExactly(DAY, DAY.plusDays(1));
    }

    @Test
    void whatComesAfterTheCloseCountsForTheFirstOpenDay() {
        log().record(List.of(good("2026-11-27T23:59:58Z", STS)));
        log().close(DAY);
        log().record(List.of(good("2026-11-27T23:59:59Z", STS), good("2026-11-20T00:00:00Z", STS)));
        log().close(DAY.minusDays(3)); // never opens again
        log().record(List.of(good("2026-11-27T23:59:59Z", STS)));
        settle();
        assertThat(log().results(DAY, DOMAIN).getFirst().successful()).isEqualTo(1);
        assertThat(log().results(DAY.plusDays(1), DOMAIN).getFirst().successful())
                .isEqualTo(3);
    }

    @Test
    void daysThatAClockRunningAheadClosedAreOpenAgain() {
        log().close(DAY.plusDays(1));
        assertThat(log().reopenAfter(DAY)).isFalse();
        log().close(DAY.plusYears(4));
        assertThat(log().reopenAfter(DAY)).isTrue();
        assertThat(log().reopenAfter(DAY)).isFalse();
        log().record(List.of(good("2026-11-27T10:00:00Z", NONE), good("2026-11-29T10:00:00Z", NONE)));
        settle();
        assertThat(log().days()).containsExactly(DAY.plusDays(1), DAY.plusDays(2));
    }

    @Test
    void sumsOutliveARestart() {
        log().record(List.of(good("2026-11-27T10:00:00Z", STS)));
        reopen();
        log().record(List.of(good("2026-11-27T10:00:00Z", STS)));
        reopen();
        assertThat(log().results(DAY, DOMAIN)).containsExactly(new PolicyResult(STS, 2, 0, List.of()));
    }

    @Test
    void policiesBeyondTheBoundFoldIntoOneOfTheirTypeWithTheCountsKept() {
        int policies = SessionTables.MAX_POLICIES + 30;
        for (int i = 0; i < policies; i++) {
            var policy = new ReportedPolicy("sts", List.of("id: " + i), "example.net", List.of());
            log().record(List.of(good("2026-11-27T10:00:00Z", policy)));
        }
        settle();
        List<PolicyResult> results = log().results(DAY, DOMAIN);
        assertThat(results).hasSize(SessionTables.MAX_POLICIES + 1);
        assertThat(results.getLast().policy())
                .isEqualTo(new ReportedPolicy("sts", List.of(), "example.net", List.of()));
        assertThat(results.stream().mapToLong(PolicyResult::successful).sum()).isEqualTo(policies);
    }

    @Test
    void detailsBeyondTheBoundFoldIntoTheirTypeWithTheCountsKept() {
        int ways = SessionTables.MAX_DETAILS + 50;
        log().record(IntStream.range(0, ways)
                .mapToObj(i ->
                        bad("2026-11-27T10:00:00Z", STS, ResultType.CERTIFICATE_EXPIRED, at("mx" + i + ".example.net")))
                .toList());
        settle();
        PolicyResult result = log().results(DAY, DOMAIN).getFirst();
        assertThat(result.failed()).isEqualTo(ways);
        assertThat(result.failures()).hasSize(SessionTables.MAX_DETAILS + 1);
        assertThat(result.failures()).contains(new FailureDetails("certificate-expired", FailedSession.UNKNOWN, 50));
        assertThat(result.failures().stream()
                        .mapToLong(FailureDetails::sessions)
                        .sum())
                .isEqualTo(ways);
    }

    @Test
    void domainsComeByNameAndInPages() {
        for (String name : List.of("b.example", "a.example", "c.example")) {
            log().record(List.of(new SessionResult(
                    Instant.parse("2026-11-27T10:00:00Z"), DomainName.parse(name), NONE, Optional.empty())));
        }
        settle();
        assertThat(log().domains(DAY, DomainName.ROOT, 2))
                .extracting(DomainName::ascii)
                .containsExactly("a.example", "b.example");
        assertThat(log().domains(DAY, DomainName.parse("b.example"), 2))
                .extracting(DomainName::ascii)
                .containsExactly("c.example");
        assertThat(log().domains(DAY.plusDays(1), DomainName.ROOT, 2)).isEmpty();
    }

    @Test
    void forgettingLeavesLaterDaysAlone() {
        log().record(IntStream.range(0, 1200)
                .mapToObj(i -> new SessionResult(
                        Instant.parse("2026-11-27T10:00:00Z"),
                        DomainName.parse("d" + i + ".example"),
                        NONE,
                        Optional.empty()))
                .toList());
        log().record(List.of(good("2026-11-28T10:00:00Z", STS)));
        log().forget(DAY.plusDays(1));
        assertThat(log().days()).containsExactly(DAY.plusDays(1));
        assertThat(log().domains(DAY, DomainName.ROOT, 10)).isEmpty();
        assertThat(log().results(DAY.plusDays(1), DOMAIN)).hasSize(1);
    }

    @Test
    void aPolicysLinesComeBackAsTheyWere() {
        var odd = new ReportedPolicy("tlsa", List.of("3 1 1 AB", "", "2 0 1 CD"), "mx.example.net", List.of());
        log().record(List.of(good("2026-11-27T10:00:00Z", odd)));
        settle();
        assertThat(log().results(DAY, DOMAIN).getFirst().policy()).isEqualTo(odd);
    }
}
