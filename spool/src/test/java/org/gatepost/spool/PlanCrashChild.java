// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.PlannedReports.Planning;
import org.gatepost.spool.ReportPlan.State;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.spool.ReportPlan.TargetState;
import org.gatepost.spool.ReportPlans.NewPlan;

/// Plans and settles reports, each with one mail, until it is killed; prints the report id of each that is settled.
final class PlanCrashChild {
    static final Instant NOW = Instant.parse("2026-11-23T01:00:00Z");
    private static final String MAILTO = "mailto:tls@receiver.example";

    private PlanCrashChild() {}

    public static void main(String[] arguments) throws Exception {
        try (EmbeddedStore store = EmbeddedStore.open(Path.of(arguments[0]))) {
            LocalDate day = LocalDate.parse(arguments[1]);
            while (true) {
                plan(store.reportPlans(), day);
                for (ReportPlan plan : store.reportPlans().due(NOW, 100)) {
                    settle(store, plan);
                    System.out.println(plan.reportId());
                    System.out.flush();
                }
                day = day.plusDays(1);
            }
        }
    }

    private static void plan(ReportPlans plans, LocalDate day) {
        List<NewPlan> reports = IntStream.range(0, 4)
                .mapToObj(i -> DomainName.parse("d" + i + ".example"))
                .map(domain -> new NewPlan(domain, day + "." + domain + "@mx.example", NOW))
                .toList();
        plans.plan(day, reports, new Planning(reports.getLast().domain(), true));
    }

    private static void settle(EmbeddedStore store, ReportPlan plan) throws Exception {
        try (Spool.Draft draft = store.spool().draft()) {
            draft.content().write(plan.reportId().getBytes(StandardCharsets.US_ASCII));
            var to = List.of(Mailbox.parse("tls@receiver.example"));
            draft.seal(
                    new Envelope(Optional.empty(), to, false, false, Envelope.Handling.TLS_REPORT, "report"), NOW, NOW);
            var target = new Target(MAILTO, TargetState.WAITING, "", Optional.empty());
            var tried = new ReportPlan(
                    plan.id(),
                    plan.day(),
                    plan.domain(),
                    plan.reportId(),
                    State.SENT,
                    Optional.empty(),
                    Optional.of(NOW),
                    1,
                    "",
                    List.of(target));
            store.reportPlans().settle(tried, List.of(new ReportPlans.Mail(MAILTO, draft)));
        }
    }
}
