// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.PlannedReports.Planning;
import org.gatepost.spool.PlannedReports.Refusals;
import org.gatepost.spool.ReportPlan.State;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.spool.ReportPlan.TargetState;
import org.gatepost.spool.ReportPlans.Mail;
import org.gatepost.spool.ReportPlans.NewPlan;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportPlansTest {
    private static final LocalDate DAY = LocalDate.parse("2026-11-22");
    private static final Instant DUE = Instant.parse("2026-11-23T01:00:00Z");
    private static final DomainName A = DomainName.parse("a.example");
    private static final DomainName B = DomainName.parse("b.example");
    private static final String MAILTO = "mailto:tls@a.example";

    @TempDir
    Path directory;

    private EmbeddedStore store;

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void reopen() {
        store.close();
        open();
    }

    private ReportPlans plans() {
        return store.reportPlans();
    }

    private void planBoth() {
        plans().plan(
                        DAY,
                        List.of(
                                new NewPlan(A, "1@mx.example", DUE),
                                new NewPlan(B, "2@mx.example", DUE.plusSeconds(60))),
                        new Planning(B, true));
    }

    private ReportPlan planA() {
        return plans().plan(DAY, A).orElseThrow();
    }

    private static ReportPlan tried(ReportPlan plan, State state, Optional<Instant> due, Target... targets) {
        return new ReportPlan(
                plan.id(),
                plan.day(),
                plan.domain(),
                plan.reportId(),
                state,
                due,
                Optional.of(DUE),
                plan.tries() + 1,
                "tried",
                List.of(targets));
    }

    private static Target waiting(String uri) {
        return new Target(uri, TargetState.WAITING, "", Optional.empty());
    }

    private Spool.Draft mail() throws Exception {
        Spool.Draft draft = store.spool().draft();
        draft.content().write("Subject: r\r\n\r\nx\r\n".getBytes(StandardCharsets.US_ASCII));
        draft.seal(
                new Envelope(Optional.empty(), List.of(Mailbox.parse("tls@a.example")), false, false, "tls report"),
                DUE,
                DUE);
        return draft;
    }

    private MessageId queueMail() throws Exception {
        plans().settle(
                        tried(planA(), State.SENT, Optional.empty(), waiting(MAILTO)),
                        List.of(new Mail(MAILTO, mail())));
        return planA().targets().getFirst().message().orElseThrow();
    }

    @Test
    void aPlannedReportIsDueAtItsTimeAndThereAfterReopening() {
        planBoth();
        reopen();
        assertThat(plans().planning(DAY)).isEqualTo(new Planning(B, true));
        assertThat(plans().due(DUE.minusNanos(1), 10)).isEmpty();
        assertThat(plans().due(DUE, 10)).extracting(ReportPlan::reportId).containsExactly("1@mx.example");
        assertThat(plans().due(DUE.plusSeconds(60), 10))
                .extracting(ReportPlan::domain)
                .containsExactly(A, B);
        assertThat(plans().plans(DAY, DomainName.ROOT, 10))
                .extracting(ReportPlan::domain)
                .containsExactly(A, B);
        assertThat(plans().plans(DAY, A, 10)).extracting(ReportPlan::domain).containsExactly(B);
        assertThat(plans().days()).containsExactly(DAY);
    }

    @Test
    void planningADayAgainKeepsTheReportIdsAndWhatWasDone() {
        planBoth();
        plans().settle(tried(planA(), State.NOT_ASKED_FOR, Optional.empty()), List.of());
        plans().plan(DAY, List.of(new NewPlan(A, "another@mx.example", DUE)), new Planning(A, false));
        assertThat(planA().reportId()).isEqualTo("1@mx.example");
        assertThat(planA().state()).isEqualTo(State.NOT_ASKED_FOR);
        assertThat(plans().planning(DAY)).isEqualTo(new Planning(A, false));
    }

    @Test
    void aTryAndItsMailBecomeDurableTogether() throws Exception {
        planBoth();
        MessageId mail = queueMail();
        reopen();
        assertThat(planA().state()).isEqualTo(State.SENT);
        assertThat(planA().tries()).isEqualTo(1);
        assertThat(planA().targets()).containsExactly(new Target(MAILTO, TargetState.QUEUED, "", Optional.of(mail)));
        assertThat(store.spool().message(mail)).isPresent();
        assertThat(store.spool().lease(DUE, 10))
                .extracting(QueuedRecipient::message)
                .containsExactly(mail);
        assertThat(plans().underWay(10)).containsExactly(mail);
        assertThat(plans().mailsSince(DUE)).isEqualTo(1);
        assertThat(plans().mailsSince(DUE.plusSeconds(1))).isZero();
    }

    @Test
    void aTryThatCannotBeStoredLeavesNeitherMailNorResult() throws Exception {
        planBoth();
        Spool.Draft unsealed = store.spool().draft();
        assertThatThrownBy(() -> plans().settle(
                                tried(planA(), State.SENT, Optional.empty(), waiting(MAILTO)),
                                List.of(new Mail(MAILTO, mail()), new Mail(MAILTO, unsealed))))
                .isInstanceOf(IllegalStateException.class);
        assertThat(planA().tries()).isZero();
        assertThat(store.spool().depth().messages()).isZero();
    }

    @Test
    void whatBecomesOfAMailCountsOnce() throws Exception {
        planBoth();
        MessageId mail = queueMail();
        Refusals first = new Refusals("tls@a.example", 1, Optional.empty());
        plans().ended(mail, TargetState.REFUSED, "550 5.1.1 no such user", Optional.of(first));
        plans().ended(mail, TargetState.DELIVERED, "", Optional.of(new Refusals("tls@a.example", 2, Optional.empty())));
        reopen();
        assertThat(planA().targets().getFirst().state()).isEqualTo(TargetState.REFUSED);
        assertThat(planA().targets().getFirst().line()).isEqualTo("550 5.1.1 no such user");
        assertThat(plans().refusals("tls@a.example")).contains(first);
        assertThat(plans().underWay(10)).isEmpty();
        assertThat(plans().target(mail)).isEmpty();
    }

    @Test
    void aLaterTryKeepsWhatBecameOfMailsMeanwhile() throws Exception {
        planBoth();
        ReportPlan before = planA();
        plans().settle(
                        tried(before, State.WAITING, Optional.of(DUE), waiting(MAILTO), waiting("https://a.example/")),
                        List.of(new Mail(MAILTO, mail())));
        ReportPlan read = planA();
        MessageId mail = read.targets().getFirst().message().orElseThrow();
        plans().ended(mail, TargetState.DELIVERED, "250", Optional.empty());
        plans().settle(
                        tried(
                                read,
                                State.SENT,
                                Optional.empty(),
                                read.targets().getFirst(),
                                new Target("https://a.example/", TargetState.POSTED, "200", Optional.empty())),
                        List.of());
        assertThat(planA().targets())
                .extracting(Target::state)
                .containsExactly(TargetState.DELIVERED, TargetState.POSTED);
        assertThat(plans().mailsSince(DUE)).isEqualTo(1);
    }

    @Test
    void onlyMailboxesSuppressedAtTheInstantAreListed() throws Exception {
        planBoth();
        Refusals third = new Refusals("tls@a.example", 3, Optional.of(DUE.plus(Duration.ofDays(30))));
        plans().ended(queueMail(), TargetState.REFUSED, "550", Optional.of(third));
        assertThat(plans().suppressed(DUE, 10)).containsExactly(third);
        assertThat(plans().suppressed(DUE.plus(Duration.ofDays(30)), 10)).isEmpty();
    }

    @Test
    void aSuccessWipesTheRefusalsOut() throws Exception {
        planBoth();
        MessageId mail = queueMail();
        plans().ended(mail, TargetState.DELIVERED, "", Optional.of(new Refusals("tls@a.example", 0, Optional.empty())));
        assertThat(plans().refusals("tls@a.example")).isEmpty();
    }

    @Test
    void whatIsForgottenIsGoneAndTheRestStays() {
        planBoth();
        LocalDate next = DAY.plusDays(1);
        plans().plan(next, List.of(new NewPlan(A, "3@mx.example", DUE)), new Planning(A, true));
        assertThat(plans().oldestWaiting()).contains(DAY);
        plans().forget(next);
        assertThat(plans().days()).containsExactly(next);
        assertThat(plans().plan(DAY, A)).isEmpty();
        assertThat(plans().planning(DAY).complete()).isFalse();
        assertThat(plans().oldestWaiting()).contains(next);
    }

    @Test
    void anotherProcessSeesThePlansOfARunningGatewayAndHastensThem() {
        planBoth();
        try (StoreView view = StoreView.open(directory)) {
            assertThat(view.reportPlans().plans(DAY, DomainName.ROOT, 10)).hasSize(2);
            Instant now = DUE.minusSeconds(1800);
            assertThat(view.hasten(DAY, Optional.of(B), now)).isEqualTo(1);
            assertThat(plans().due(now, 10)).extracting(ReportPlan::domain).containsExactly(B);
            assertThat(view.hasten(DAY, Optional.empty(), now)).isEqualTo(1);
            assertThat(plans().due(now, 10)).hasSize(2);
        }
    }

    @Test
    void aViewOfNothingSaysSo() {
        assertThatThrownBy(() -> StoreView.open(directory.resolve("nowhere")))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("no gateway has run with it yet");
    }
}
