// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.spool.ReportPlan.TargetState;

/// The report plans of an [EmbeddedStore].
final class EmbeddedReportPlans extends EmbeddedPlannedReports implements ReportPlans {
    /// Plans deleted in one transaction; others wait no longer than for these.
    private static final int FORGOTTEN_AT_ONCE = 1000;

    private final EmbeddedStore store;
    private final Results results;

    EmbeddedReportPlans(EmbeddedStore store, Results results) {
        super(store.readers());
        this.store = store;
        this.results = results;
    }

    @Override
    public void plan(LocalDate day, List<NewPlan> reports, Planning reached) {
        List<NewPlan> plans = List.copyOf(reports);
        store.writer().commit(0, database -> {
            for (NewPlan plan : plans) {
                PlanTables.insert(database, day, plan);
            }
            return PlanTables.reached(database, day, reached);
        });
    }

    @Override
    public List<ReportPlan> due(Instant now, int limit) {
        return store.readers().read(database -> PlanTables.due(database, now, limit));
    }

    @Override
    public List<MessageId> settle(ReportPlan tried, List<Mail> mails) {
        List<Mail> queued = List.copyOf(mails);
        return results.store(queued.stream().map(Mail::draft).toList(), (database, arrived, ids) -> {
            PlanTables.update(database, tried);
            for (int i = 0; i < queued.size(); i++) {
                PlanTables.queued(database, tried.id(), queued.get(i).uri(), ids.get(i), arrived.get(i));
            }
        });
    }

    @Override
    public List<MessageId> underWay(int limit) {
        return store.readers().read(database -> PlanTables.underWay(database, limit));
    }

    @Override
    public Optional<Target> target(MessageId mail) {
        return store.readers().read(database -> PlanTables.underWay(database, mail));
    }

    @Override
    public void ended(MessageId mail, TargetState state, String line, Optional<Refusals> refusals) {
        store.writer().commit(0, database -> {
            int changed = PlanTables.ended(database, mail, state, line);
            if (changed > 0 && refusals.isPresent()) {
                PlanTables.refusals(database, refusals.get());
            }
            return changed;
        });
    }

    @Override
    public int hasten(LocalDate day, Optional<DomainName> domain, Instant now) {
        return store.writer().commit(0, database -> PlanTables.hasten(database, day, domain, now));
    }

    @Override
    public Optional<LocalDate> oldestWaiting() {
        return store.readers()
                .read(database -> database.first(
                        row -> LocalDate.ofEpochDay(row.getLong(1)),
                        "SELECT day FROM report_plan WHERE due IS NOT NULL ORDER BY day LIMIT 1"));
    }

    @Override
    public long mailsSince(Instant start) {
        long since = Nanos.of(start);
        return store.readers()
                .read(database -> database.first(
                        row -> row.getLong(1), "SELECT count(*) FROM report_target WHERE queued >= ?", since))
                .orElse(0L);
    }

    @Override
    public void forget(LocalDate before) {
        int forgotten = FORGOTTEN_AT_ONCE;
        while (forgotten == FORGOTTEN_AT_ONCE) {
            forgotten = store.writer().commit(0, database -> PlanTables.forget(database, before, FORGOTTEN_AT_ONCE));
        }
    }
}
