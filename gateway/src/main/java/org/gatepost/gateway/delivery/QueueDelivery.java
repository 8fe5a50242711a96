// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.delivery.DeliveryEvents.Step;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.gateway.dsn.ReportedRecipient;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.smtp.Notify;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.gatepost.spool.Spool.Update;
import org.gatepost.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries leased deliveries out and records what became of each recipient: finished, tried again later, or
/// returned to the sender with a report that is stored in the same step. A defect of ours defers, never returns
/// (spec Q4).
public final class QueueDelivery implements Scheduler.QueueRunner {
    private static final Logger LOG = LoggerFactory.getLogger(QueueDelivery.class);
    private static final Duration STORE_PAUSE = Duration.ofSeconds(2);

    private final Spool spool;
    private final MessageDelivery delivery;
    private final RetrySchedules schedules;
    private final Reporter reporter;
    private final InstantSource clock;
    private final Duration storePause;
    private volatile boolean stopped;

    public QueueDelivery(
            Spool spool, MessageDelivery delivery, RetrySchedules schedules, Reporter reporter, InstantSource clock) {
        this(spool, delivery, schedules, reporter, clock, STORE_PAUSE);
    }

    /// @param storePause before another try at a store that is out of order; other than the usual for tests
    QueueDelivery(
            Spool spool,
            MessageDelivery delivery,
            RetrySchedules schedules,
            Reporter reporter,
            InstantSource clock,
            Duration storePause) {
        this.spool = spool;
        this.delivery = delivery;
        this.schedules = schedules;
        this.reporter = reporter;
        this.clock = clock;
        this.storePause = storePause;
    }

    /// How the outside hears of results.
    ///
    /// @param hostname who signs reports to senders
    /// @param random makes their ids
    /// @param events told of every result
    public record Reporter(DomainName hostname, RandomGenerator random, DeliveryEvents events) {}

    @Override
    public void run(DomainName domain, List<QueuedRecipient> handedOut) {
        // Not those that an operator held or dropped while they waited for their turn.
        List<QueuedRecipient> leased = spool.begin(handedOut);
        if (leased.isEmpty()) {
            return;
        }
        MessageId id = leased.getFirst().message();
        try {
            Optional<QueuedMessage> message = spool.message(id);
            if (message.isEmpty()) {
                throw new SpoolException("recipients are queued whose message is not", null);
            }
            boolean last = schedules.of(domain).isOver(message.get().arrived(), clock.instant());
            Map<Mailbox, RecipientResult> results = deliver(domain, message.get(), leased, last);
            record(message.get(), leased, results, last);
        } catch (SpoolException e) {
            LOG.error("{}: the spool stopped the delivery to {}; it is deferred: {}", id, domain, e.getMessage());
            postpone(leased);
        }
    }

    private Map<Mailbox, RecipientResult> deliver(
            DomainName domain, QueuedMessage message, List<QueuedRecipient> leased, boolean last) {
        int retries = leased.stream().mapToInt(QueuedRecipient::attempts).max().orElse(0);
        List<Mailbox> recipients = leased.stream().map(QueuedRecipient::mailbox).toList();
        try {
            return delivery.deliver(
                    new DomainDelivery.Order(message, () -> content(message.id()), domain, recipients, retries, last));
        } catch (SpoolException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError bug) {
            LOG.error("{}: a defect of ours stopped the delivery to {}; it is deferred", message.id(), domain, bug);
            NotDelivered defect = defect("a defect stopped the delivery; the gateway's log has details");
            Map<Mailbox, RecipientResult> results = new LinkedHashMap<>();
            recipients.forEach(recipient -> results.put(recipient, defect));
            return results;
        }
    }

    /// A spool that fails while a host listens is a fault of the content, not of the whole delivery.
    private InputStream content(MessageId id) throws IOException {
        try {
            return spool.content(id);
        } catch (SpoolException e) {
            LOG.error("{}: {}", id, e.getMessage());
            throw new IOException(e);
        }
    }

    private void record(
            QueuedMessage message, List<QueuedRecipient> leased, Map<Mailbox, RecipientResult> results, boolean last) {
        List<Settled> settled = leased.stream()
                .map(recipient -> settle(message, recipient, results.get(recipient.mailbox()), last))
                .toList();
        for (Settled one : store(message, settled)) {
            log(message, one);
            tell(message, one);
        }
    }

    private void tell(QueuedMessage message, Settled one) {
        try {
            reporter.events().attempted(message.id(), one.recipient().mailbox(), one.result(), one.step());
        } catch (RuntimeException bug) {
            LOG.error("{}: a listener to deliveries failed", message.id(), bug);
        }
    }

    /// A recipient's result and what follows from it.
    ///
    /// @param news what the sender must be told, if anything
    private record Settled(
            QueuedRecipient recipient,
            RecipientResult result,
            Step step,
            Update update,
            Optional<ReportedRecipient> news) {}

    /// @param last as the delivery was told: one that had time left has not asked for the policy anew (RFC 8461
    ///     §5.1), so its failure is never final by age
    private Settled settle(
            QueuedMessage message, QueuedRecipient recipient, @Nullable RecipientResult result, boolean last) {
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
                boolean retry = OutcomeTable.row(failed.failure()).nextStep() == NextStep.RETRY && !last;
                yield retry ? deferred(message, recipient, failed) : givenUp(message, recipient, failed);
            }
        };
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

    private static NotDelivered defect(String evidence) {
        return new NotDelivered(new InternalDefect(evidence), List.of());
    }

    private static void log(QueuedMessage message, Settled one) {
        Mailbox recipient = one.recipient().mailbox();
        switch (one.result()) {
            case Delivered delivered ->
                LOG.info(
                        "{}: to <{}> delivered to {} protected by {}: {}",
                        message.id(),
                        recipient,
                        delivered.host(),
                        delivered.protection(),
                        delivered.reply());
            case NotDelivered failed ->
                LOG.warn(
                        "{}: to <{}> {}: {} ({})",
                        message.id(),
                        recipient,
                        one.step().inWords(),
                        one.step() != Step.DEFERRED ? OutcomeTable.permanent(failed.failure()) : summary(failed),
                        failed.failure().evidence());
        }
    }

    private static String summary(NotDelivered result) {
        if (result.attempts().isEmpty()) {
            return OutcomeTable.temporary(result.failure()).toString();
        }
        return String.join(
                " | ", result.attempts().stream().map(AttemptRecord::line).toList());
    }

    /// Stores the results, however long the store is out of order: to lease again what was delivered would deliver
    /// it twice.
    ///
    /// @return what was stored; nothing when that was given up
    private List<Settled> store(QueuedMessage message, List<Settled> settled) {
        while (true) {
            try (var reports = new SenderReports(
                    spool,
                    new SenderReports.Origin(reporter.hostname(), reporter.random()),
                    message,
                    clock.instant())) {
                List<Settled> storable = prepare(reports, message, settled);
                spool.apply(storable.stream().map(Settled::update).toList(), reports.drafts());
                return storable;
            } catch (SpoolException | IOException e) {
                LOG.error("{}: results cannot be stored, trying again: {}", message.id(), e.getMessage());
                if (stopped || !pause()) {
                    return List.of();
                }
            } catch (RuntimeException bug) {
                LOG.error("{}: a defect of ours: results cannot be stored", message.id(), bug);
                // What was delivered stays leased until a restart, rather than be delivered again now.
                spool.release(settled.stream()
                        .filter(one -> one.step() != Step.DELIVERED)
                        .map(Settled::recipient)
                        .toList());
                pause();
                return List.of();
            }
        }
    }

    /// Makes the reports. A defect in one must neither lose what was delivered nor return mail without a word:
    /// those whom it concerns are deferred instead.
    private List<Settled> prepare(SenderReports reports, QueuedMessage message, List<Settled> settled)
            throws IOException {
        List<ReportedRecipient> news =
                settled.stream().flatMap(one -> one.news().stream()).toList();
        try {
            reports.prepare(news, end(message, settled));
            return settled;
        } catch (SpoolException e) {
            throw e;
        } catch (RuntimeException bug) {
            LOG.error("{}: a defect of ours in a report; those given up are deferred", message.id(), bug);
            reports.discard();
            return settled.stream().map(one -> withoutReport(message, one)).toList();
        }
    }

    /// When the last attempt for the recipients of one delivery, who share a domain, will be made.
    private Instant end(QueuedMessage message, List<Settled> settled) {
        return schedules.of(settled.getFirst().recipient().mailbox()).end(message.arrived());
    }

    private Settled withoutReport(QueuedMessage message, Settled one) {
        return switch (one.result()) {
            case NotDelivered failed
            when one.step() == Step.DEFERRED -> deferred(message, one.recipient(), failed, false);
            case NotDelivered _
            when one.step() == Step.RETURNED ->
                deferred(message, one.recipient(), defect("a report could not be made"), false);
            case NotDelivered _, Delivered _ -> one;
        };
    }

    private boolean pause() {
        try {
            Thread.sleep(storePause);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Leaves the recipients for later, when the spool gave not even what the delivery begins with.
    private void postpone(List<QueuedRecipient> leased) {
        RetrySchedule schedule = schedules.of(leased.getFirst().mailbox());
        Instant due = clock.instant().plus(schedule.waits().getFirst());
        List<Update> updates = leased.stream()
                .map(recipient -> (Update) new Update.Deferred(recipient, due, "the spool could not be read"))
                .toList();
        try {
            spool.apply(updates, List.of());
        } catch (SpoolException e) {
            LOG.error("{}: {}", leased.getFirst().message(), e.getMessage());
            pause();
            spool.release(leased);
        }
    }

    /// After this, a store that is out of order is not waited for any longer.
    public void stop() {
        stopped = true;
    }
}
