// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.DeliveryEvents.Step;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.PlannedReports.Planning;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.ReportPlan.State;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.spool.ReportPlan.TargetState;
import org.gatepost.spool.ReportPlans;
import org.gatepost.spool.Spool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MailOutcomesTest {
    private static final LocalDate DAY = LocalDate.parse("2026-11-22");
    private static final Instant NOW = Instant.parse("2026-11-23T01:00:00Z");
    private static final DomainName DOMAIN = DomainName.parse("a.example");
    private static final Mailbox TO = Mailbox.parse("tls@a.example");
    private static final String URI = "mailto:tls@a.example";

    @TempDir
    Path folder;

    /// The queue is served by other threads: a mail may be delivered before whoever stored it goes on.
    @Test
    void aMailThatIsDeliveredAtOnceIsNotedAndNotAwaitedAnyMore() throws Exception {
        try (EmbeddedStore store = EmbeddedStore.open(folder.resolve("spool"))) {
            MailOutcomes[] outcomes = new MailOutcomes[1];
            ReportPlans plans = deliveringAtOnce(store.reportPlans(), outcomes);
            outcomes[0] = new MailOutcomes(plans, () -> NOW);
            plans.plan(DAY, List.of(new ReportPlans.NewPlan(DOMAIN, "1@x", NOW)), new Planning(DOMAIN, true));
            outcomes[0].settle(tried(plans), List.of(new ReportPlans.Mail(URI, draft(store.spool()))));
            assertThat(plans.plan(DAY, DOMAIN).orElseThrow().targets())
                    .extracting(Target::state)
                    .containsExactly(TargetState.DELIVERED);
            assertThat(outcomes[0].underWay()).isZero();
        }
    }

    private static ReportPlans deliveringAtOnce(ReportPlans real, MailOutcomes[] outcomes) {
        return (ReportPlans) Proxy.newProxyInstance(
                MailOutcomesTest.class.getClassLoader(),
                new Class<?>[] {ReportPlans.class},
                (proxy, method, arguments) -> {
                    Object result = call(real, method, arguments);
                    if (method.getName().equals("settle")) {
                        for (Object id : (List<?>) result) {
                            outcomes[0].attempted((MessageId) id, TO, ReportWorld.delivered(), Step.DELIVERED);
                        }
                    }
                    return result;
                });
    }

    private static Object call(ReportPlans real, Method method, Object[] arguments) throws Exception {
        return method.invoke(real, arguments);
    }

    private static ReportPlan tried(ReportPlans plans) {
        ReportPlan plan = plans.plan(DAY, DOMAIN).orElseThrow();
        return new ReportPlan(
                plan.id(),
                DAY,
                DOMAIN,
                plan.reportId(),
                State.SENT,
                Optional.empty(),
                Optional.of(NOW),
                1,
                "",
                List.of(new Target(URI, TargetState.WAITING, "", Optional.empty())));
    }

    private static Spool.Draft draft(Spool spool) throws Exception {
        Spool.Draft draft = spool.draft();
        try (OutputStream content = draft.content()) {
            content.write("x\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        draft.seal(new Envelope(Optional.empty(), List.of(TO), false, false, "test"), NOW, NOW);
        return draft;
    }
}
