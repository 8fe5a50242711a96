// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.DeliveryEvents.Step;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.gateway.dsn.ReportedRecipient;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.SubReason;
import org.gatepost.smtp.Notify;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool.Update;
import org.jspecify.annotations.Nullable;

/// What follows from the result of a delivery for each recipient: it is finished, tried again later, or given up, and
/// its sender is told or not.
///
/// @param schedules when mail is tried again
record Settlement(RetrySchedules schedules, InstantSource clock) {
    /// A recipient's result and what follows from it.
    ///
    /// @param news what the sender must be told, if anything
    record Settled(
            QueuedRecipient recipient,
            RecipientResult result,
            Step step,
            Update update,
            Optional<ReportedRecipient> news) {}

    /// @param last as the delivery was told: one that had time left has not asked for the policy anew (RFC 8461
    ///     §5.1), so its failure is never final by age
    Settled settle(QueuedMessage message, QueuedRecipient recipient, @Nullable RecipientResult result, boolean last) {
        return switch (result) {
            case null -> deferred(message, recipient, defect("a delivery noted no result"));
            case Delivered delivered ->
                new Settled(
                        recipient,
                        delivered,
                        Step.DELIVERED,
                        new Update.Finished(recipient),
                        relayed(message, recipient, delivered));
            case NotDelivered failed -> {
                boolean retry = OutcomeTable.row(failed.failure()).nextStep() == NextStep.RETRY
                        && (!last || isOurs(failed.failure()));
                yield retry ? deferred(message, recipient, failed) : givenUp(message, recipient, failed);
            }
        };
    }

    /// What is no fault of the destination's never returns its mail: a defect (spec Q4), or our bound of connections.
    private static boolean isOurs(DeliveryFailure failure) {
        return failure instanceof InternalDefect || failure.subReason() == SubReason.CONNECTION_LIMIT_REACHED;
    }

    /// Who asked to hear of success hears no more after a host that does not report (RFC 3461 §5.2.2).
    private static Optional<ReportedRecipient> relayed(
            QueuedMessage message, QueuedRecipient recipient, Delivered delivered) {
        if (delivered.dsnPassedOn() || !isToBeTold(message, recipient, Notify.SUCCESS)) {
            return Optional.empty();
        }
        String host = delivered.attempts().isEmpty()
                ? delivered.host()
                : delivered.attempts().getLast().host();
        return Optional.of(new ReportedRecipient.Relayed(recipient.mailbox(), host, delivered.reply()));
    }

    private static boolean isToBeTold(QueuedMessage message, QueuedRecipient recipient, Notify what) {
        Envelope envelope = message.envelope();
        return envelope.reversePath().isPresent()
                && envelope.dsn().recipient(recipient.index()).wants(what);
    }

    private Settled deferred(QueuedMessage message, QueuedRecipient recipient, NotDelivered failed) {
        RetrySchedule schedule = schedules.of(recipient.mailbox());
        boolean warn = !recipient.delayReported()
                && schedule.isLate(message.arrived(), clock.instant())
                && isToBeTold(message, recipient, Notify.DELAY);
        return deferred(message, recipient, failed, warn);
    }

    private Settled deferred(QueuedMessage message, QueuedRecipient recipient, NotDelivered failed, boolean warn) {
        Instant due =
                schedules.of(recipient.mailbox()).next(message.arrived(), clock.instant(), recipient.attempts() + 1);
        return new Settled(
                recipient,
                failed,
                Step.DEFERRED,
                new Update.Deferred(
                        recipient,
                        due,
                        summary(failed),
                        FailureWords.of(failed.failure()),
                        recipient.delayReported() || warn),
                warn
                        ? Optional.of(new ReportedRecipient.Delayed(
                                recipient.mailbox(), failed.failure(), failed.attempts(), recipient.history()))
                        : Optional.empty());
    }

    /// Without a sender there is nobody to tell, and a report about a report could go round for ever (RFC 5321
    /// §6.1). Nor is a sender told who did not want to be (RFC 3461 §4.1): then the log alone knows.
    private static Settled givenUp(QueuedMessage message, QueuedRecipient recipient, NotDelivered failed) {
        DeliveryFailure reason = OutcomeTable.atEndOfLifetime(failed.failure());
        NotDelivered result = new NotDelivered(reason, failed.attempts());
        if (!isToBeTold(message, recipient, Notify.FAILURE)) {
            return new Settled(recipient, result, Step.DROPPED, new Update.Finished(recipient), Optional.empty());
        }
        return new Settled(
                recipient,
                result,
                Step.RETURNED,
                new Update.Finished(recipient),
                Optional.of(new ReportedRecipient.Failed(
                        recipient.mailbox(), reason, result.attempts(), recipient.history())));
    }

    static NotDelivered defect(String evidence) {
        return new NotDelivered(new InternalDefect(evidence), List.of());
    }

    /// What happens instead when even that cannot be found out: nobody is told anything.
    ///
    /// @param due when to try again what was not delivered
    static Settled afterDefect(QueuedRecipient recipient, @Nullable RecipientResult result, Instant due) {
        return switch (result) {
            case Delivered delivered ->
                new Settled(recipient, delivered, Step.DELIVERED, new Update.Finished(recipient), Optional.empty());
            case null, default -> {
                NotDelivered failed = defect("a defect in what follows from a delivery");
                yield new Settled(
                        recipient,
                        failed,
                        Step.DEFERRED,
                        new Update.Deferred(recipient, due, summary(failed)),
                        Optional.empty());
            }
        };
    }

    /// What happens instead when the report could not be made.
    Settled withoutReport(QueuedMessage message, Settled one) {
        return switch (one.result()) {
            case NotDelivered failed
            when one.step() == Step.DEFERRED -> deferred(message, one.recipient(), failed, false);
            case NotDelivered _
            when one.step() == Step.RETURNED ->
                deferred(message, one.recipient(), defect("a report could not be made"), false);
            case NotDelivered _, Delivered _ -> one;
        };
    }

    static String summary(NotDelivered result) {
        if (result.attempts().isEmpty()) {
            return OutcomeTable.temporary(result.failure()).toString();
        }
        return String.join(
                " | ", result.attempts().stream().map(AttemptRecord::line).toList());
    }
}
