// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.delivery.DeliveryEvents.Step;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.gateway.dsn.NonDeliveryReport;
import org.gatepost.gateway.dsn.NonDeliveryReport.FailedRecipient;
import org.gatepost.gateway.dsn.OriginalHeader;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
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
    /// @param returned present when the sender must be told
    private record Settled(
            QueuedRecipient recipient,
            RecipientResult result,
            Step step,
            Update update,
            Optional<FailedRecipient> returned) {}

    /// @param last as the delivery was told: one that had time left has not asked for the policy anew (RFC 8461
    ///     §5.1), so its failure is never final by age
    private Settled settle(
            QueuedMessage message, QueuedRecipient recipient, @Nullable RecipientResult result, boolean last) {
        return switch (result) {
            case null -> deferred(message, recipient, defect("a delivery noted no result"));
            case Delivered delivered ->
                new Settled(recipient, delivered, Step.DELIVERED, new Update.Finished(recipient), Optional.empty());
            case NotDelivered failed -> {
                boolean retry = OutcomeTable.row(failed.failure()).nextStep() == NextStep.RETRY && !last;
                yield retry ? deferred(message, recipient, failed) : givenUp(message, recipient, failed);
            }
        };
    }

    private Settled deferred(QueuedMessage message, QueuedRecipient recipient, NotDelivered failed) {
        Instant due =
                schedules.of(recipient.mailbox()).next(message.arrived(), clock.instant(), recipient.attempts() + 1);
        return new Settled(
                recipient,
                failed,
                Step.DEFERRED,
                new Update.Deferred(recipient, due, summary(failed), FailureWords.of(failed.failure())),
                Optional.empty());
    }

    /// Without a sender there is nobody to tell, and a report about a report could go round for ever (RFC 5321
    /// §6.1).
    private static Settled givenUp(QueuedMessage message, QueuedRecipient recipient, NotDelivered failed) {
        DeliveryFailure reason = OutcomeTable.atEndOfLifetime(failed.failure());
        NotDelivered result = new NotDelivered(reason, failed.attempts());
        if (message.envelope().reversePath().isEmpty()) {
            return new Settled(recipient, result, Step.DROPPED, new Update.Finished(recipient), Optional.empty());
        }
        return new Settled(
                recipient,
                result,
                Step.RETURNED,
                new Update.Finished(recipient),
                Optional.of(new FailedRecipient(recipient.mailbox(), reason, result.attempts(), recipient.history())));
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
            try (Reports reports = new Reports()) {
                List<Settled> storable = prepare(reports, message, settled);
                spool.apply(storable.stream().map(Settled::update).toList(), reports.drafts);
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
    private List<Settled> prepare(Reports reports, QueuedMessage message, List<Settled> settled) throws IOException {
        List<FailedRecipient> returned =
                settled.stream().flatMap(one -> one.returned().stream()).toList();
        try {
            reports.prepare(message, returned);
            return settled;
        } catch (SpoolException e) {
            throw e;
        } catch (RuntimeException bug) {
            LOG.error("{}: a defect of ours in a report; its recipients are deferred", message.id(), bug);
            reports.discard();
            return settled.stream()
                    .map(one -> one.returned().isEmpty()
                            ? one
                            : deferred(message, one.recipient(), defect("a report could not be made")))
                    .toList();
        }
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

    /// The report drafts of one step; closing discards what was not stored.
    private final class Reports implements AutoCloseable {
        private final List<Spool.Draft> drafts = new ArrayList<>();

        void prepare(QueuedMessage message, List<FailedRecipient> returned) throws IOException {
            Optional<Mailbox> sender = message.envelope().reversePath();
            if (returned.isEmpty() || sender.isEmpty()) {
                return;
            }
            NonDeliveryReport report = new NonDeliveryReport(reporter.hostname(), message, returned);
            Instant now = clock.instant();
            Spool.Draft draft = spool.draft();
            drafts.add(draft);
            try (OutputStream out = draft.content()) {
                out.write(report.render(sender.get(), originalHeader(message), now, unique()));
            }
            draft.seal(
                    new Envelope(
                            Optional.empty(),
                            List.of(sender.get()),
                            report.needsSmtpUtf8(),
                            true,
                            "report on " + message.id()),
                    now,
                    now);
        }

        /// A sender is told even when the message itself is damaged: that may be the very reason.
        private String originalHeader(QueuedMessage message) {
            try (InputStream content = spool.content(message.id())) {
                return OriginalHeader.read(content);
            } catch (SpoolException | IOException e) {
                LOG.warn("{}: the report goes without the header: {}", message.id(), e.getMessage());
                return "";
            }
        }

        private String unique() {
            return HexFormat.of().toHexDigits(reporter.random().nextLong())
                    + HexFormat.of().toHexDigits(reporter.random().nextLong());
        }

        void discard() {
            drafts.forEach(Spool.Draft::close);
            drafts.clear();
        }

        @Override
        public void close() {
            discard();
        }
    }
}
