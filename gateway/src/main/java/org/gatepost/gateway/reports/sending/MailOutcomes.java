// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.gateway.delivery.RecipientResult;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.PlannedReports.Refusals;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.ReportPlan.TargetState;
import org.gatepost.spool.ReportPlans;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notes what becomes of report mail, and which mailboxes refuse it report after report: those get none for a
/// while (RFC 8460 has no way to unsubscribe, and some records name mailboxes that never were).
final class MailOutcomes implements DeliveryEvents {
    /// Reports refused for good, one after the other, that suppress a mailbox.
    static final int REFUSALS = 3;

    static final Duration SUPPRESSION = Duration.ofDays(30);

    /// Report mails in the queue at once; further ones wait in their plans.
    static final int MAX_UNDER_WAY = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(MailOutcomes.class);

    private final ReportPlans plans;
    private final InstantSource clock;
    private final Set<MessageId> underWay = ConcurrentHashMap.newKeySet();
    private final Set<MessageId> endedEarly = ConcurrentHashMap.newKeySet(); // before they were in underWay
    private final AtomicInteger settling = new AtomicInteger();
    private final ReentrantLock refusalsLock = new ReentrantLock(); // a mailbox's count is read and written as one

    MailOutcomes(ReportPlans plans, InstantSource clock) {
        this.plans = plans;
        this.clock = clock;
    }

    /// Takes up what an earlier run left; before any delivery. A mail that left the queue without its outcome
    /// written down, because the gateway was killed at that moment, is noted so.
    void resume(Spool spool) {
        for (MessageId mail : plans.underWay(MAX_UNDER_WAY)) {
            if (spool.message(mail).isPresent()) {
                underWay.add(mail);
            } else {
                plans.ended(
                        mail,
                        TargetState.UNKNOWN,
                        "its mail left the queue, and the gateway was stopped before it could note how",
                        Optional.empty());
            }
        }
    }

    int underWay() {
        return underWay.size();
    }

    boolean hasRoom() {
        return underWay.size() < MAX_UNDER_WAY;
    }

    boolean isSuppressed(Mailbox mailbox) {
        Optional<Instant> until = plans.refusals(mailbox.toString()).flatMap(Refusals::suppressedUntil);
        return until.filter(end -> clock.instant().isBefore(end)).isPresent();
    }

    /// Stores a try's result with its mails, whose outcomes are awaited from then on.
    void settle(ReportPlan tried, List<ReportPlans.Mail> mails) {
        // A delivery may end before its mail is in the set; while this counts, it looks into the store.
        settling.incrementAndGet();
        try {
            List<MessageId> queued = plans.settle(tried, mails);
            underWay.addAll(queued);
            queued.stream().filter(endedEarly::remove).forEach(underWay::remove);
        } finally {
            settling.decrementAndGet();
        }
    }

    @Override
    public void attempted(MessageId message, Mailbox recipient, RecipientResult result, Step step) {
        if (step == Step.DEFERRED) {
            return;
        }
        // Asked first: a try that is settled by now has its mails in the set.
        boolean inDoubt = settling.get() > 0;
        try {
            if (underWay.contains(message)) {
                end(message, recipient, result);
            } else if (inDoubt && plans.target(message).isPresent()) {
                endedEarly.add(message);
                end(message, recipient, result);
            }
        } catch (SpoolException e) {
            LOG.error("tls reports: {}: what became of the mail is not noted: {}", message, e.getMessage());
        } finally {
            if (underWay.remove(message)) {
                endedEarly.remove(message);
            }
        }
    }

    private void end(MessageId message, Mailbox recipient, RecipientResult result) {
        switch (result) {
            case RecipientResult.Delivered delivered ->
                plans.ended(
                        message,
                        TargetState.DELIVERED,
                        delivered.host() + ": " + delivered.reply(),
                        Optional.of(new Refusals(recipient.toString(), 0, Optional.empty())));
            case RecipientResult.NotDelivered failed
            when isRefusal(failed.failure()) ->
                refused(
                        message,
                        recipient,
                        OutcomeTable.permanent(failed.failure()).toString());
            case RecipientResult.NotDelivered failed ->
                plans.ended(
                        message,
                        TargetState.GIVEN_UP,
                        OutcomeTable.permanent(failed.failure()).toString(),
                        Optional.empty());
        }
    }

    /// A refusal is the receiver's, for good; a mail that was given up after many tries may have met a pause.
    private static boolean isRefusal(DeliveryFailure failure) {
        return OutcomeTable.row(failure).nextStep() == NextStep.RETURN_AT_ONCE
                && !(failure instanceof DeliveryFailure.Expired)
                && !(failure instanceof DeliveryFailure.RemovedByOperator);
    }

    private void refused(MessageId message, Mailbox mailbox, String line) {
        refusalsLock.lock();
        try {
            int inARow =
                    plans.refusals(mailbox.toString()).map(Refusals::inARow).orElse(0) + 1;
            Optional<Instant> until =
                    inARow >= REFUSALS ? Optional.of(clock.instant().plus(SUPPRESSION)) : Optional.empty();
            plans.ended(
                    message, TargetState.REFUSED, line, Optional.of(new Refusals(mailbox.toString(), inARow, until)));
            until.ifPresent(end -> LOG.warn(
                    "tls reports: <{}> refused {} reports in a row and gets none until {}: {}",
                    mailbox,
                    inARow,
                    end,
                    line));
        } finally {
            refusalsLock.unlock();
        }
    }
}
