// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// The reports to be sent (RFC 8460 §5). Durable like the queue: each change is made whole, or not at all,
/// before its method returns.
public interface ReportPlans extends PlannedReports {
    /// A report to be planned.
    ///
    /// @param reportId never used before
    record NewPlan(DomainName domain, String reportId, Instant due) {}

    /// Plans reports of the day and notes how far the planning has come. A domain that has its plan keeps it.
    void plan(LocalDate day, List<NewPlan> reports, Planning reached);

    /// What is due at the instant, the earliest first.
    List<ReportPlan> due(Instant now, int limit);

    /// Writes a try's result down in place of what was known of the plan, and puts its mails into the queue, in
    /// one step: a crash neither loses a mail nor doubles it. The targets of the mails become
    /// [ReportPlan.TargetState#QUEUED].
    ///
    /// @return the mails' ids, in their order
    List<MessageId> settle(ReportPlan tried, List<Mail> mails);

    /// A report on its way to a mailbox.
    ///
    /// @param uri of one of the plan's targets
    /// @param draft sealed, of this store's spool
    record Mail(String uri, Spool.Draft draft) {}

    /// The mails of which the outcome is not known, at most `limit`.
    List<MessageId> underWay(int limit);

    /// The address that the mail went to; empty when it is no report, or its outcome is known.
    Optional<ReportPlan.Target> target(MessageId mail);

    /// Writes down what became of a mail, and what that says of its mailbox. Nothing happens when it is known
    /// already.
    void ended(MessageId mail, ReportPlan.TargetState state, String line, Optional<Refusals> refusals);

    /// Has the reports of the day that wait tried at the instant.
    ///
    /// @param domain only this one's
    /// @return how many
    int hasten(LocalDate day, Optional<DomainName> domain, Instant now);

    /// The oldest day with a report that waits.
    Optional<LocalDate> oldestWaiting();

    /// Mails put into the queue since the instant.
    long mailsSince(Instant start);

    /// Forgets the days before the one given, whatever became of them.
    void forget(LocalDate before);
}
