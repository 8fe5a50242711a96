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
import org.gatepost.gateway.delivery.Settlement.Settled;
import org.gatepost.gateway.dsn.ReportedRecipient;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.PrintableText;
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
    /// In the log.
    private static final int LONGEST_MAILBOX = 320;

    private static final Duration STORE_PAUSE = Duration.ofSeconds(2);

    /// Before another attempt after trouble of our own.
    private static final Duration DEFECT_WAIT = Duration.ofMinutes(15);

    private final Spool spool;
    private final MessageDelivery delivery;
    private final RetrySchedules schedules;
    private final Settlement settlement;
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
        this.settlement = new Settlement(schedules, clock);
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
    public Feedback run(DomainName domain, List<QueuedRecipient> handedOut) {
        // Not those that an operator held or dropped while they waited for their turn.
        List<QueuedRecipient> leased = spool.begin(handedOut);
        if (leased.isEmpty()) {
            return Feedback.NONE;
        }
        MessageId id = leased.getFirst().message();
        try {
            Optional<QueuedMessage> message = spool.message(id);
            if (message.isEmpty()) {
                throw new SpoolException("recipients are queued whose message is not", null);
            }
            boolean last = schedules.of(domain).isOver(message.get().arrived(), clock.instant());
            Optional<Map<Mailbox, RecipientResult>> results = deliver(domain, message.get(), leased, last);
            if (results.isEmpty()) {
                spool.suspend(leased);
                return Feedback.HOST_FULL;
            }
            record(message.get(), leased, results.get(), last);
            return Feedback.of(results.get().values());
        } catch (SpoolException e) {
            LOG.error("{}: the spool stopped the delivery to {}; it is deferred: {}", id, domain, e.getMessage());
            postpone(leased, "the spool could not be read");
        } catch (RuntimeException | Error bug) {
            // Before anything was delivered; whatever comes after has a result.
            LOG.error("{}: a defect of ours before the delivery to {}; it is deferred", id, domain, bug);
            postpone(leased, "a defect stopped the delivery");
        }
        return Feedback.NONE;
    }

    private Optional<Map<Mailbox, RecipientResult>> deliver(
            DomainName domain, QueuedMessage message, List<QueuedRecipient> leased, boolean last) {
        int retries = leased.stream().mapToInt(QueuedRecipient::attempts).max().orElse(0);
        List<Mailbox> recipients = leased.stream().map(QueuedRecipient::mailbox).toList();
        try {
            return delivery.deliver(
                    new DomainDelivery.Order(message, () -> content(message.id()), domain, recipients, retries, last));
        } catch (SpoolException e) {
            throw e;
        } catch (RuntimeException | Error bug) {
            LOG.error("{}: a defect of ours stopped the delivery to {}; it is deferred", message.id(), domain, bug);
            NotDelivered defect = Settlement.defect("a defect stopped the delivery; the gateway's log has details");
            Map<Mailbox, RecipientResult> results = new LinkedHashMap<>();
            recipients.forEach(recipient -> results.put(recipient, defect));
            return Optional.of(results);
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

    /// What was delivered stays delivered, whatever is wrong with us.
    private Settled settle(
            QueuedMessage message, QueuedRecipient recipient, @Nullable RecipientResult result, boolean last) {
        try {
            return settlement.settle(message, recipient, result, last);
        } catch (RuntimeException | Error bug) {
            LOG.error("{}: a defect of ours in what follows from a delivery", message.id(), bug);
            return Settlement.afterDefect(recipient, result, clock.instant().plus(DEFECT_WAIT));
        }
    }

    private void tell(QueuedMessage message, Settled one) {
        try {
            reporter.events().attempted(message.id(), one.recipient().mailbox(), one.result(), one.step());
        } catch (RuntimeException bug) {
            LOG.error("{}: a listener to deliveries failed", message.id(), bug);
        }
    }

    private static void log(QueuedMessage message, Settled one) {
        String recipient = PrintableText.line(one.recipient().mailbox().toString(), LONGEST_MAILBOX);
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
                        one.step() != Step.DEFERRED
                                ? OutcomeTable.permanent(failed.failure())
                                : Settlement.summary(failed),
                        failed.failure().evidence());
        }
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
            } catch (RuntimeException | Error bug) {
                LOG.error("{}: a defect of ours: results cannot be stored", message.id(), bug);
                // What was delivered stays leased until a restart, rather than be delivered again now.
                postpone(
                        settled.stream()
                                .filter(one -> one.step() != Step.DELIVERED)
                                .map(Settled::recipient)
                                .toList(),
                        "a defect kept the result from being stored");
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
        if (news.isEmpty()) {
            return settled;
        }
        try {
            reports.prepare(news, end(message, settled));
            return settled;
        } catch (SpoolException e) {
            throw e;
        } catch (RuntimeException | Error bug) {
            LOG.error("{}: a defect of ours in a report; those given up are deferred", message.id(), bug);
            reports.discard();
            return settled.stream()
                    .map(one -> settlement.withoutReport(message, one))
                    .toList();
        }
    }

    /// When the last attempt for the recipients of one delivery, who share a domain, will be made.
    private Instant end(QueuedMessage message, List<Settled> settled) {
        return schedules.of(settled.getFirst().recipient().mailbox()).end(message.arrived());
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

    /// Leaves the recipients for later, when there is not even what a delivery begins with.
    private void postpone(List<QueuedRecipient> leased, String why) {
        Instant due = clock.instant().plus(DEFECT_WAIT);
        List<Update> updates = leased.stream()
                .map(recipient -> (Update) new Update.Deferred(recipient, due, why))
                .toList();
        try {
            spool.apply(updates, List.of());
        } catch (RuntimeException | Error e) {
            LOG.error("recipients cannot be deferred: {}", e.toString());
            pause();
            spool.release(leased);
        }
    }

    /// After this, a store that is out of order is not waited for any longer.
    public void stop() {
        stopped = true;
    }
}
