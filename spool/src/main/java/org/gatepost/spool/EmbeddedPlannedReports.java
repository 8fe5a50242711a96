// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// Reads the report plans of an [EmbeddedStore].
class EmbeddedPlannedReports implements PlannedReports {
    private final Readers readers;

    EmbeddedPlannedReports(Readers readers) {
        this.readers = readers;
    }

    @Override
    public Planning planning(LocalDate day) {
        return readers.read(database -> PlanTables.planning(database, day));
    }

    @Override
    public Optional<ReportPlan> plan(LocalDate day, DomainName domain) {
        return readers.read(database -> PlanTables.find(database, day, domain));
    }

    @Override
    public List<ReportPlan> plans(LocalDate day, DomainName after, int limit) {
        return readers.read(database -> PlanTables.ofDay(database, day, after, limit));
    }

    @Override
    public List<LocalDate> days() {
        return readers.read(database -> database.all(
                row -> LocalDate.ofEpochDay(row.getLong(1)), "SELECT day FROM report_day ORDER BY day DESC"));
    }

    @Override
    public Optional<Refusals> refusals(String mailbox) {
        return readers.read(database -> database.first(
                PlanTables::refusal, "SELECT mailbox, in_a_row, until FROM report_refusal WHERE mailbox = ?", mailbox));
    }

    @Override
    public List<Refusals> suppressed(Instant now, int limit) {
        long at = Nanos.of(now);
        return readers.read(database -> database.all(
                PlanTables::refusal,
                "SELECT mailbox, in_a_row, until FROM report_refusal WHERE until > ? ORDER BY mailbox LIMIT ?",
                at,
                limit));
    }
}
