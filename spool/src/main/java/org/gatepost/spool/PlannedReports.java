// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// What reports were planned, for whoever only looks. Safe for use by many threads; every method throws
/// [SpoolException] when the store cannot be read.
public interface PlannedReports {
    /// How far the planning of a day has come.
    Planning planning(LocalDate day);

    Optional<ReportPlan> plan(LocalDate day, DomainName domain);

    /// The day's plans in the order of their domains' names.
    ///
    /// @param after only names behind this one; the root for all
    List<ReportPlan> plans(LocalDate day, DomainName after, int limit);

    /// The days with plans, newest first.
    List<LocalDate> days();

    /// The mailbox's record of refused reports.
    Optional<Refusals> refusals(String mailbox);

    /// The mailboxes that get no reports at the instant, by name.
    List<Refusals> suppressed(Instant now, int limit);

    /// @param upTo every domain up to this name has its plan; the root when none has
    /// @param complete whether there are no others
    record Planning(DomainName upTo, boolean complete) {
        static final Planning NOT_BEGUN = new Planning(DomainName.ROOT, false);
    }

    /// @param mailbox as [org.gatepost.names.Mailbox#toString] gives it
    /// @param inARow reports refused for good since one was taken
    /// @param suppressedUntil when reports go there again; empty when they do now
    record Refusals(String mailbox, int inARow, Optional<Instant> suppressedUntil) {}
}
