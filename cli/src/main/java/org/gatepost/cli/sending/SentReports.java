// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.sending;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.gatepost.cli.sending.SendingOutput.Shown;
import org.gatepost.gateway.reports.sending.OutgoingReport;
import org.gatepost.gateway.reports.sending.RecordLookup;
import org.gatepost.gateway.reports.sending.Reporter;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.StoreView;

/// Walks over the reports of a day, a batch at a time: a day may have a million.
public final class SentReports {
    /// Suppressed mailboxes that are shown.
    public static final int SUPPRESSED = 1000;

    private static final int BATCH = 500;
    private static final String UNPLANNED = "0.not-planned-yet";

    private final StoreView store;
    private final Optional<Reporter> reporter;

    /// @param reporter makes the reports themselves; empty to leave them out
    public SentReports(StoreView store, Optional<Reporter> reporter) {
        this.store = store;
        this.reporter = reporter;
    }

    /// The reports that were planned.
    ///
    /// @return how many
    public long each(LocalDate day, Optional<DomainName> only, Consumer<Shown> output) {
        long count = 0;
        DomainName after = DomainName.ROOT;
        List<ReportPlan> batch = planned(day, only, after);
        while (!batch.isEmpty()) {
            for (ReportPlan plan : batch) {
                output.accept(new Shown(
                        day, plan.domain(), Optional.of(plan), Optional.empty(), report(plan.day(), plan.domain())));
            }
            count += batch.size();
            after = batch.getLast().domain();
            batch = only.isPresent() ? List.of() : planned(day, only, after);
        }
        return count;
    }

    private List<ReportPlan> planned(LocalDate day, Optional<DomainName> only, DomainName after) {
        return only.isPresent()
                ? store.reportPlans().plan(day, only.get()).stream().toList()
                : store.reportPlans().plans(day, after, BATCH);
    }

    /// What would be sent: a report for each domain with sessions and without a final state, its record looked
    /// up now.
    ///
    /// @return how many
    public long eachDue(LocalDate day, Optional<DomainName> only, RecordLookup records, Consumer<Shown> output) {
        long count = 0;
        DomainName after = DomainName.ROOT;
        List<DomainName> batch = counted(day, only, after);
        while (!batch.isEmpty()) {
            for (DomainName domain : batch) {
                Optional<ReportPlan> plan = store.reportPlans().plan(day, domain);
                if (plan.isEmpty() || plan.get().due().isPresent()) {
                    output.accept(new Shown(day, domain, plan, Optional.of(records.of(domain)), report(day, domain)));
                    count++;
                }
            }
            after = batch.getLast();
            batch = only.isPresent() ? List.of() : counted(day, only, after);
        }
        return count;
    }

    private List<DomainName> counted(LocalDate day, Optional<DomainName> only, DomainName after) {
        return only.isPresent()
                ? only.filter(domain -> !store.sessions().results(day, domain).isEmpty()).stream()
                        .toList()
                : store.sessions().domains(day, after, BATCH);
    }

    private Optional<OutgoingReport> report(LocalDate day, DomainName domain) {
        return reporter.map(who -> OutgoingReport.of(
                who,
                day,
                domain,
                store.reportPlans()
                        .plan(day, domain)
                        .map(ReportPlan::reportId)
                        .orElse(UNPLANNED + "@" + who.hostname()),
                store.sessions().results(day, domain)));
    }
}
