// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.delivery.RecipientResult;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.spool.Envelope.Handling;
import org.gatepost.spool.PlannedReports.Planning;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.ReportPlan.State;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.spool.ReportPlan.TargetState;
import org.gatepost.spool.ReportPlans.NewPlan;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Spec R2: from the end of a day to the last try at its reports. The time limit only turns a hang into a failure.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ReportServiceTest {
    private static final Instant MIDNIGHT = ReportWorld.MIDNIGHT;
    private static final Instant CLOSING = MIDNIGHT.plus(DayClosing.GRACE);
    private static final String NOON = "2026-11-22T12:00:00Z";

    @TempDir
    Path folder;

    private ReportWorld world;

    @BeforeEach
    void open() throws Exception {
        world = new ReportWorld(folder);
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    private List<TargetState> states(String domain) {
        return world.plan(domain).targets().stream().map(Target::state).toList();
    }

    @Test
    void aDayIsPlannedAFewMinutesAfterItsEndAndNotBefore() {
        world.session("2026-11-22T23:59:59Z", "a.example").session("2026-11-23T00:00:00Z", "b.example");
        world.at(CLOSING.minusNanos(1));
        assertThat(world.store.reportPlans().days()).isEmpty();
        world.at(CLOSING);
        assertThat(world.store.reportPlans().plans(ReportWorld.DAY, DomainName.ROOT, 10))
                .extracting(plan -> plan.domain().ascii())
                .containsExactly("a.example");
    }

    @Test
    void aResultThatComesAfterTheClosingIsReportedTheNextDay() {
        world.session(NOON, "a.example").at(CLOSING);
        world.session("2026-11-22T23:59:58Z", "late.example");
        world.at(CLOSING.plus(Duration.ofDays(1)));
        assertThat(world.store.reportPlans().plans(ReportWorld.DAY.plusDays(1), DomainName.ROOT, 10))
                .extracting(plan -> plan.domain().ascii())
                .containsExactly("late.example");
    }

    @Test
    void reportsOfADayAreSpreadOverFourHours() {
        IntStream.range(0, 1200).forEach(i -> world.session(NOON, "d" + i + ".example"));
        world.at(CLOSING);
        List<Instant> due = world.store.reportPlans().plans(ReportWorld.DAY, DomainName.ROOT, 2000).stream()
                .map(ReportPlan::due)
                .map(Optional::orElseThrow)
                .toList();
        assertThat(due).hasSize(1200);
        assertThat(due)
                .allSatisfy(instant -> assertThat(instant)
                        .isBetween(CLOSING, CLOSING.plus(DayClosing.SPREAD).minusNanos(1)));
        for (int quarter = 0; quarter < 16; quarter++) {
            Instant from = CLOSING.plus(Duration.ofMinutes(15L * quarter));
            assertThat(due.stream().filter(at -> !at.isBefore(from) && at.isBefore(from.plus(Duration.ofMinutes(15)))))
                    .hasSizeBetween(35, 120);
        }
    }

    @Test
    void daysThatEndedWhileTheGatewayWasDownAreClosedWhenItIsBack() {
        world.session("2026-11-20T12:00:00Z", "a.example")
                .session(NOON, "a.example")
                .noRecord("a.example");
        world.restart();
        Instant back = MIDNIGHT.plus(Duration.ofHours(30));
        world.at(back);
        assertThat(world.store.reportPlans().days()).containsExactly(ReportWorld.DAY, ReportWorld.DAY.minusDays(2));
        assertThat(world.plan("a.example").due().orElseThrow()).isBetween(back, back.plus(DayClosing.SPREAD));
    }

    @Test
    void planningGoesOnWhereACrashStoppedItAndKeepsTheIdsGiven() {
        world.session(NOON, "a.example").session(NOON, "b.example").session(NOON, "c.example");
        DomainName second = DomainName.parse("b.example");
        world.store
                .reportPlans()
                .plan(
                        ReportWorld.DAY,
                        List.of(
                                new NewPlan(DomainName.parse("a.example"), "a@mx.sender.example", CLOSING),
                                new NewPlan(second, "b@mx.sender.example", CLOSING)),
                        new Planning(DomainName.parse("a.example"), false));
        world.restart();
        world.at(CLOSING.minusSeconds(1)).at(CLOSING);
        assertThat(world.plan("a.example").reportId()).isEqualTo("a@mx.sender.example");
        assertThat(world.plan("b.example").reportId()).isEqualTo("b@mx.sender.example");
        assertThat(world.plan("c.example").reportId()).matches("2026-11-22\\.[0-9a-f]{16}@mx\\.sender\\.example");
        assertThat(world.store.reportPlans().planning(ReportWorld.DAY).complete())
                .isTrue();
    }

    @Test
    void mailsBeyondTheAllowanceOfADayWaitForTheNext() {
        var allowance = new MailAllowance(world.store.reportPlans(), 2);
        assertThat(allowance.takes(world.now)).isTrue();
        assertThat(allowance.takes(world.now)).isTrue();
        assertThat(allowance.takes(world.now)).isFalse();
        assertThat(allowance.takes(MIDNIGHT)).isTrue();
    }

    @Test
    void theAllowanceCountsWhatWasSentBeforeARestart() {
        world.session(NOON, "a.example")
                .record("a.example", "rua=mailto:tls@a.example")
                .afterTheSpread();
        var allowance = new MailAllowance(world.store.reportPlans(), 2);
        assertThat(allowance.takes(world.now)).isTrue();
        assertThat(allowance.takes(world.now)).isFalse();
    }

    @Test
    void aStoreThatFailsDuringATryLeavesThePlanAsItWas() {
        world.session(NOON, "a.example")
                .record("a.example", "rua=mailto:tls@a.example")
                .at(CLOSING);
        world.resolver.failed("_smtp._tls.a.example", RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        ReportPlan before = world.plan("a.example");
        world.now = before.due().orElseThrow();
        world.store.close();
        assertThatThrownBy(() -> world.service.tick()).isInstanceOf(SpoolException.class);
        world.restart();
        assertThat(world.plan("a.example")).isEqualTo(before);
    }

    @Test
    void aDomainWithoutRecordGetsNoReport() {
        world.session(NOON, "a.example").afterTheSpread();
        assertThat(world.plan("a.example").state()).isEqualTo(State.NOT_ASKED_FOR);
        assertThat(world.plan("a.example").line()).isEqualTo("there is no TXT record at _smtp._tls.a.example");
        assertThat(world.queue()).isEmpty();
    }

    @Test
    void aMailIsQueuedOnceWithAnEnvelopeThatCausesNeitherBounceNorReport() throws Exception { // pitfall 24
        world.session(NOON, "a.example")
                .record("a.example", "rua=mailto:tls@a.example")
                .afterTheSpread();
        assertThat(world.plan("a.example").state()).isEqualTo(State.SENT);
        assertThat(states("a.example")).containsExactly(TargetState.QUEUED);
        Spool.Entry entry = world.queue().getFirst();
        assertThat(world.queue()).hasSize(1);
        assertThat(entry.message().envelope().reversePath()).isEmpty();
        assertThat(entry.message().envelope().handling()).isEqualTo(Handling.TLS_REPORT);
        assertThat(world.content(entry.message().id()))
                .contains("\r\nTLS-Required: No\r\n")
                .contains("Report-ID: <" + world.plan("a.example").reportId() + ">");
        world.restart();
        world.at(world.now.plus(Duration.ofHours(6)));
        assertThat(world.queue()).hasSize(1);
    }

    @Test
    void everyAddressIsServedAndOneThatTookTheReportIsNotServedAgain() {
        String https = world.receiver.uri("/tls").toString();
        world.session(NOON, "a.example").record("a.example", "rua=mailto:tls@a.example," + https);
        world.receiver.answers("HTTP/1.1 503 Later\r\n\r\n");
        world.afterTheSpread();
        assertThat(states("a.example")).containsExactly(TargetState.QUEUED, TargetState.WAITING);
        assertThat(world.plan("a.example").state()).isEqualTo(State.WAITING);
        String id = world.plan("a.example").reportId();
        world.restart();
        world.receiver.answers("HTTP/1.1 200 OK\r\n\r\n");
        world.at(world.now.plus(Duration.ofMinutes(20)));
        assertThat(states("a.example")).containsExactly(TargetState.QUEUED, TargetState.POSTED);
        assertThat(world.plan("a.example").state()).isEqualTo(State.SENT);
        assertThat(world.plan("a.example").reportId()).isEqualTo(id);
        assertThat(world.queue()).hasSize(1);
        assertThat(world.receiver.posts()).hasSize(2);
        assertThat(world.receiver.posts().get(0).bodyInHex())
                .isEqualTo(world.receiver.posts().get(1).bodyInHex());
        world.at(world.now.plus(Duration.ofHours(12)));
        assertThat(world.receiver.posts()).hasSize(2);
    }

    @Test
    void anAddressThatDoesNotTakeItIsTriedForADayAtGrowingDistances() { // RFC 8460 §5.5
        world.session(NOON, "a.example")
                .record("a.example", "rua=" + world.receiver.uri("/"))
                .receiver
                .answers("HTTP/1.1 500 Oops\r\n\r\n");
        world.afterTheSpread();
        Instant first = world.plan("a.example").firstTry().orElseThrow();
        Duration before = Duration.ZERO;
        while (world.plan("a.example").state() == State.WAITING) {
            Duration wait =
                    Duration.between(world.now, world.plan("a.example").due().orElseThrow());
            Duration left = Duration.between(world.now, first.plus(Duration.ofHours(24)));
            assertThat(wait).isPositive();
            assertThat(wait.compareTo(before) >= 0 || wait.equals(left)).isTrue();
            before = wait;
            world.at(world.plan("a.example").due().orElseThrow());
        }
        assertThat(world.now).isEqualTo(first.plus(Duration.ofHours(24)));
        assertThat(world.plan("a.example").state()).isEqualTo(State.GIVEN_UP);
        assertThat(states("a.example")).containsExactly(TargetState.GIVEN_UP);
        assertThat(world.receiver.posts().size()).isBetween(6, 12);
    }

    @Test
    void aFailedLookupIsNotAMissingRecord() {
        world.session(NOON, "a.example")
                .resolver
                .failed("_smtp._tls.a.example", RecordType.TXT, DnsFailure.Reason.SERVER_FAILURE);
        world.afterTheSpread();
        assertThat(world.plan("a.example").state()).isEqualTo(State.WAITING);
        assertThat(world.plan("a.example").line())
                .isEqualTo("looking up _smtp._tls.a.example failed: scripted SERVER_FAILURE");
        world.record("a.example", "rua=mailto:tls@a.example").at(world.now.plus(Duration.ofMinutes(15)));
        assertThat(world.plan("a.example").state()).isEqualTo(State.SENT);
    }

    @Test
    void aLookupThatFailsForADayEndsTheReport() {
        world.session(NOON, "a.example")
                .resolver
                .failed("_smtp._tls.a.example", RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        world.afterTheSpread();
        world.at(world.now.plus(Duration.ofHours(24)));
        assertThat(world.plan("a.example").state()).isEqualTo(State.GIVEN_UP);
    }

    @Test
    void theRecordIsLookedUpWhenTheReportIsSentAndAtEachTry() {
        world.session(NOON, "a.example")
                .record("a.example", "rua=mailto:old@a.example")
                .at(CLOSING);
        world.record("a.example", "rua=mailto:new@a.example," + world.receiver.uri("/"));
        world.receiver.answers("HTTP/1.1 503 Later\r\n\r\n");
        world.at(CLOSING.plus(DayClosing.SPREAD));
        assertThat(world.queue().getFirst().recipients().getFirst().mailbox().toString())
                .isEqualTo("new@a.example");
        world.record("a.example", "rua=mailto:new@a.example").at(world.now.plus(Duration.ofMinutes(15)));
        assertThat(states("a.example")).containsExactly(TargetState.QUEUED);
        assertThat(world.plan("a.example").state()).isEqualTo(State.SENT);
        assertThat(world.queue()).hasSize(1);
    }

    @Test
    void noMoreThanTenAddressesOfARecordAreServed() {
        Set<String> all = new HashSet<>();
        IntStream.range(0, 14).forEach(i -> all.add("mailto:tls" + i + "@a.example"));
        world.session(NOON, "a.example")
                .record("a.example", "rua=" + String.join(",", all))
                .afterTheSpread();
        assertThat(world.queue()).hasSize(10);
        assertThat(world.plan("a.example").line()).contains("14 addresses; the first 10 are served");
        assertThat(world.plan("a.example").state()).isEqualTo(State.SENT);
    }

    @Test
    void whatBecomesOfAMailIsNoted() {
        world.session(NOON, "a.example")
                .record("a.example", "rua=mailto:tls@a.example")
                .afterTheSpread();
        world.deliver(ReportWorld.delivered());
        Target target = world.plan("a.example").targets().getFirst();
        assertThat(target.state()).isEqualTo(TargetState.DELIVERED);
        assertThat(target.line()).isEqualTo("mx.receiver.example: 250 2.0.0 ok");
    }

    @Test
    void aMailThatLeftTheQueueUnnoticedIsNotSentAgain() {
        world.session(NOON, "a.example")
                .record("a.example", "rua=mailto:tls@a.example")
                .afterTheSpread();
        world.store
                .spool()
                .lease(world.now, 10)
                .forEach(recipient ->
                        world.store.spool().apply(List.of(new Spool.Update.Finished(recipient)), List.of()));
        world.restart();
        world.at(world.now.plus(Duration.ofHours(12)));
        assertThat(states("a.example")).containsExactly(TargetState.UNKNOWN);
        assertThat(world.queue()).isEmpty();
    }

    @Test
    void aMailboxThatRefusesThreeReportsInARowGetsNoneForThirtyDays() {
        for (int i = 0; i < 3; i++) {
            world.session(NOON, "d" + i + ".example").record("d" + i + ".example", "rua=mailto:gone@a.example");
        }
        world.afterTheSpread();
        assertThat(world.queue()).hasSize(3);
        world.deliver(ReportWorld.refused());
        assertThat(states("d0.example")).containsExactly(TargetState.REFUSED);
        world.restart();
        Instant suppressed = world.now;
        world.session("2026-11-23T12:00:00Z", "e.example").record("e.example", "rua=mailto:gone@a.example");
        world.at(CLOSING.plus(Duration.ofDays(1)));
        world.at(world.now.plus(DayClosing.SPREAD));
        ReportPlan plan = world.store
                .reportPlans()
                .plan(ReportWorld.DAY.plusDays(1), DomainName.parse("e.example"))
                .orElseThrow();
        assertThat(plan.state()).isEqualTo(State.GIVEN_UP);
        assertThat(plan.targets()).extracting(Target::state).containsExactly(TargetState.SUPPRESSED);
        assertThat(world.queue()).isEmpty();
        assertThat(world.store.reportPlans().suppressed(suppressed.plus(Duration.ofDays(29)), 10))
                .hasSize(1);
        assertThat(world.store.reportPlans().suppressed(suppressed.plus(Duration.ofDays(30)), 10))
                .isEmpty();
    }

    @Test
    void aReportThatIsTakenEndsTheCountOfRefusals() {
        world.session(NOON, "a.example").session(NOON, "b.example").session(NOON, "c.example");
        for (String domain : List.of("a.example", "b.example", "c.example")) {
            world.record(domain, "rua=mailto:tls@a.example");
        }
        world.at(CLOSING);
        for (RecipientResult result : List.of(ReportWorld.refused(), ReportWorld.delivered(), ReportWorld.refused())) {
            Instant next = world.store.reportPlans().plans(ReportWorld.DAY, DomainName.ROOT, 10).stream()
                    .flatMap(plan -> plan.due().stream())
                    .min(Instant::compareTo)
                    .orElseThrow();
            world.at(next);
            world.deliver(result);
        }
        assertThat(world.store
                        .reportPlans()
                        .refusals("tls@a.example")
                        .orElseThrow()
                        .inARow())
                .isEqualTo(1);
    }

    @Test
    void aMailGivenUpForAgeSaysNothingOfItsMailbox() {
        world.session(NOON, "a.example")
                .record("a.example", "rua=mailto:tls@a.example")
                .afterTheSpread();
        world.deliver(new RecipientResult.NotDelivered(new DeliveryFailure.Expired(Optional.empty()), List.of()));
        assertThat(states("a.example")).containsExactly(TargetState.GIVEN_UP);
        assertThat(world.store.reportPlans().refusals("tls@a.example")).isEmpty();
    }

    @Test
    void nothingIsForgottenBeforeItIsSentHoweverOldItIs() { // pitfall 28
        world.session(NOON, "a.example").session(NOON, "b.example");
        world.resolver.failed("_smtp._tls.a.example", RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        world.at(CLOSING);
        Instant later = CLOSING.plus(Duration.ofDays(20));
        world.now = later;
        world.restart();
        world.at(later); // still waiting when the day is closed: kept, then tried for the first time
        assertThat(world.store.sessionLog().days()).containsExactly(ReportWorld.DAY);
        world.at(later.plus(Duration.ofHours(24)));
        assertThat(world.plan("a.example").state()).isEqualTo(State.GIVEN_UP);
        world.at(later.plus(Duration.ofDays(2)));
        assertThat(world.store.sessionLog().days()).isEmpty();
        assertThat(world.store.reportPlans().days()).isEmpty();
    }

    @Test
    void aClockThatRanAheadForAMomentEndsNoReporting() {
        world.at(Instant.parse("2031-01-01T12:00:00Z"));
        world.at(MIDNIGHT.minusSeconds(3600));
        world.session("2026-11-22T23:10:00Z", "a.example");
        world.at(MIDNIGHT.plus(DayClosing.GRACE));
        assertThat(world.plan("a.example").reportId()).startsWith("2026-11-22.");
    }

    @Test
    void aClockThatRanAheadBeforeARestartEndsNoReporting() {
        world.at(Instant.parse("2031-01-01T12:00:00Z"));
        world.restart();
        world.at(MIDNIGHT.minusSeconds(3600));
        world.session("2026-11-22T23:10:00Z", "a.example");
        world.at(MIDNIGHT.plus(DayClosing.GRACE));
        assertThat(world.plan("a.example").reportId()).startsWith("2026-11-22.");
    }

    @Test
    void aDayIsKeptForEightDaysToBeLookedAt() {
        world.session(NOON, "a.example").afterTheSpread();
        world.at(CLOSING.plus(Duration.ofDays(7)));
        assertThat(world.store.reportPlans().days()).containsExactly(ReportWorld.DAY);
        world.at(CLOSING.plus(Duration.ofDays(8)));
        assertThat(world.store.reportPlans().days()).isEmpty();
    }
}
