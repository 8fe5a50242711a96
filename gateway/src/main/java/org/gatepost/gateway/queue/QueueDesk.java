// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.gateway.delivery.DeliveryEvents.Step;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.gateway.dsn.OriginalHeader;
import org.gatepost.gateway.queue.QueueAnswer.State;
import org.gatepost.gateway.queue.QueueRequest.Act;
import org.gatepost.gateway.queue.QueueRequest.Action;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.PrintableText;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueControl;
import org.gatepost.spool.QueueControl.Change;
import org.gatepost.spool.QueueControl.Changed;
import org.gatepost.spool.QueueControl.Page;
import org.gatepost.spool.QueueControl.Position;
import org.gatepost.spool.QueueFilter;
import org.gatepost.spool.QueueItem;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers an operator's requests. Works page by page: memory does not grow with the queue, and deliveries go on
/// meanwhile. Safe for use by many threads.
public final class QueueDesk {
    private static final Logger LOG = LoggerFactory.getLogger(QueueDesk.class);
    private static final int PAGE = QueueControl.MAX_PAGE;

    /// Reports to senders are kept in memory until they are stored together.
    private static final int PAGE_WITH_REPORTS = 50;

    private static final int LONGEST_LINE = 500;

    private final Spool spool;
    private final DropReports reports;
    private final DeliveryEvents events;
    private final Runnable wake;
    private final InstantSource clock;

    /// @param reports makes the reports to senders of what is dropped
    /// @param events told of each recipient that is dropped
    /// @param wake has the scheduler look at the queue
    public QueueDesk(Spool spool, DropReports reports, DeliveryEvents events, Runnable wake, InstantSource clock) {
        this.spool = spool;
        this.reports = reports;
        this.events = events;
        this.wake = wake;
        this.clock = clock;
    }

    /// Answers one request, piece by piece. A store that cannot work ends the answer with [QueueAnswer.Failed].
    ///
    /// @return the last piece
    public QueueAnswer.End answer(QueueRequest request, Consumer<QueueAnswer> out) {
        Instant now = clock.instant();
        out.accept(new QueueAnswer.Begun(now));
        QueueAnswer.End end;
        try {
            end = switch (request) {
                case QueueRequest.Find find -> find(find, now, out);
                case QueueRequest.Show show -> show(show, now, out);
                case QueueRequest.Summary summary -> summary(summary, out);
                case Act act -> act(act, now, out);
            };
        } catch (SpoolException e) {
            end = new QueueAnswer.Failed(String.valueOf(e.getMessage()));
        }
        out.accept(end);
        return end;
    }

    private QueueAnswer.End find(QueueRequest.Find find, Instant now, Consumer<QueueAnswer> out) {
        Count shown = new Count();
        Optional<Position> from = Optional.of(Position.FIRST);
        while (from.isPresent()) {
            Page page = spool.control().select(find.filter(), from.get(), PAGE);
            for (QueueItem item : page.items()) {
                if (shown.isNew(item) && shown.messages == find.limit()) {
                    return shown.end(true);
                }
                if (shown.isNew(item)) {
                    out.accept(message(item, Optional.empty()));
                }
                shown.add(item);
                out.accept(recipient(item, now, false));
            }
            from = page.next();
        }
        return shown.end(false);
    }

    private QueueAnswer.End show(QueueRequest.Show show, Instant now, Consumer<QueueAnswer> out) {
        Optional<QueuedMessage> message = spool.message(show.message());
        Count shown = new Count();
        Optional<Position> from = message.map(_ -> Position.FIRST);
        while (from.isPresent()) {
            Page page = spool.control().select(QueueFilter.of(show.message()), from.get(), PAGE);
            for (QueueItem item : page.items()) {
                if (shown.isNew(item)) {
                    out.accept(message(item, message.map(found -> detail(found, show.header()))));
                }
                shown.add(item);
                out.accept(recipient(item, now, true));
            }
            from = page.next();
        }
        return shown.end(false);
    }

    /// What a walk along the queue has met.
    private final class Count {
        private Optional<MessageId> last = Optional.empty();
        private long messages;
        private long recipients;
        private long octets;

        boolean isNew(QueueItem item) {
            return !last.equals(Optional.of(item.message()));
        }

        void add(QueueItem item) {
            if (isNew(item)) {
                messages++;
                octets += item.size();
                last = Optional.of(item.message());
            }
            recipients++;
        }

        QueueAnswer.End end(boolean more) {
            return new QueueAnswer.Shown(messages, recipients, octets, more, whole());
        }
    }

    private QueueAnswer.Whole whole() {
        Spool.Depth depth = spool.depth();
        return new QueueAnswer.Whole(depth.messages(), depth.recipients(), depth.octets());
    }

    private static QueueAnswer.Message message(QueueItem item, Optional<QueueAnswer.Detail> detail) {
        return new QueueAnswer.Message(
                item.message().toString(),
                item.arrived(),
                item.size(),
                item.sender().map(Mailbox::toString).map(QueueDesk::line).orElse(""),
                detail);
    }

    private QueueAnswer.Detail detail(QueuedMessage message, boolean header) {
        Envelope envelope = message.envelope();
        return new QueueAnswer.Detail(
                line(envelope.client()),
                envelope.recipients().size(),
                envelope.smtpUtf8(),
                envelope.eightBitMime(),
                envelope.handling().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                header ? Optional.of(header(message.id())) : Optional.empty());
    }

    private List<String> header(MessageId id) {
        try (InputStream content = spool.content(id)) {
            return OriginalHeader.read(content)
                    .lines()
                    .map(line -> line.startsWith(" ") || line.startsWith("\t") ? "    " + line(line) : line(line))
                    .toList();
        } catch (IOException e) {
            throw new SpoolException(String.valueOf(e.getMessage()), e);
        }
    }

    private static QueueAnswer.Recipient recipient(QueueItem item, Instant now, boolean full) {
        List<String> history =
                item.recipient().history().stream().map(QueueDesk::line).toList();
        return new QueueAnswer.Recipient(
                line(item.recipient().mailbox().toString()),
                state(item, now),
                item.recipient().due(),
                item.recipient().attempts(),
                item.held(),
                item.failure(),
                history.isEmpty() ? "" : history.getLast(),
                full ? Optional.of(history) : Optional.empty());
    }

    private static State state(QueueItem item, Instant now) {
        if (item.service() == QueueItem.Service.BEING_DELIVERED) {
            return State.BEING_DELIVERED;
        }
        if (item.held().isPresent()) {
            return State.HELD;
        }
        return item.recipient().due().isAfter(now) ? State.WAITING : State.DUE;
    }

    private static String line(String text) {
        return PrintableText.line(text, LONGEST_LINE);
    }

    private QueueAnswer.End summary(QueueRequest.Summary summary, Consumer<QueueAnswer> out) {
        long messages = 0;
        long recipients = 0;
        List<QueueControl.DomainDepth> domains = spool.control().domains(summary.limit());
        for (QueueControl.DomainDepth depth : domains) {
            messages += depth.messages();
            recipients += depth.recipients();
            out.accept(new QueueAnswer.Domain(
                    line(depth.domain()),
                    depth.messages(),
                    depth.recipients(),
                    depth.held(),
                    depth.oldest(),
                    depth.due(),
                    depth.failure(),
                    depth.failed(),
                    line(depth.line())));
        }
        QueueAnswer.Whole whole = whole();
        return new QueueAnswer.Shown(messages, recipients, whole.octets(), recipients < whole.recipients(), whole);
    }

    private QueueAnswer.End act(Act act, Instant now, Consumer<QueueAnswer> out) {
        if (act.action() == Action.DROP
                && !act.manner().confirmed()
                && !act.manner().rehearsal()) {
            Sum meant = rehearse(act);
            if (meant.meant > 1) {
                return new QueueAnswer.Unconfirmed(meant.meant, meant.recipients + meant.beingDelivered);
            }
            // Whatever arrives meanwhile was not meant.
            return meant.met.isEmpty()
                    ? meant.end(act)
                    : perform(act.only(meant.met.get()), now, out).end(act);
        }
        return (act.manner().rehearsal() ? rehearse(act) : perform(act, now, out)).end(act);
    }

    /// What a change came to; it meets the recipients of a message one after the other.
    private static final class Sum {
        private Optional<MessageId> last = Optional.empty();
        private Optional<MessageId> met = Optional.empty();
        private long meant;
        private long messages;
        private long recipients;
        private long beingDelivered;
        private long unaffected;
        private long told;

        void add(QueueItem item) {
            messages += isNew(item, last) ? 1 : 0;
            last = Optional.of(item.message());
            recipients++;
            meet(item);
        }

        /// It may be over at any moment, and is among what is meant.
        void beingDelivered(QueueItem item) {
            beingDelivered++;
            meet(item);
        }

        private void meet(QueueItem item) {
            meant += isNew(item, met) ? 1 : 0;
            met = Optional.of(item.message());
        }

        private static boolean isNew(QueueItem item, Optional<MessageId> last) {
            return !last.equals(Optional.of(item.message()));
        }

        QueueAnswer.End end(Act act) {
            return new QueueAnswer.Done(
                    act.action(), act.manner().rehearsal(), messages, recipients, beingDelivered, unaffected, told);
        }
    }

    private Sum rehearse(Act act) {
        Sum sum = new Sum();
        Optional<Position> from = Optional.of(Position.FIRST);
        while (from.isPresent()) {
            Page page = spool.control().select(act.filter(), from.get(), PAGE);
            for (QueueItem item : page.items()) {
                if (item.service() == QueueItem.Service.BEING_DELIVERED) {
                    sum.beingDelivered(item);
                } else if (concerns(act.action(), item)) {
                    sum.add(item);
                } else {
                    sum.unaffected++;
                }
            }
            from = page.next();
        }
        return sum;
    }

    private static boolean concerns(Action action, QueueItem item) {
        return switch (action) {
            case RETRY, HOLD -> item.held().isEmpty();
            case RELEASE -> item.held().isPresent();
            case DROP -> true;
        };
    }

    private Sum perform(Act act, Instant now, Consumer<QueueAnswer> out) {
        Sum sum = new Sum();
        boolean telling = act.action() == Action.DROP && act.manner().telling();
        Optional<Position> from = Optional.of(Position.FIRST);
        try {
            while (from.isPresent()) {
                List<MessageId> told = new ArrayList<>();
                Change change = change(act, now, told);
                Changed changed =
                        spool.control().change(act.filter(), change, from.get(), telling ? PAGE_WITH_REPORTS : PAGE);
                changed.changed().forEach(sum::add);
                sum.beingDelivered += changed.beingDelivered().size();
                sum.unaffected += changed.unaffected().size();
                sum.told += told.size();
                if (act.action() == Action.DROP) {
                    changed.changed().forEach(item -> dropped(item, told.contains(item.message())));
                }
                if (act.action() != Action.HOLD) {
                    wake.run();
                }
                from = changed.next();
                out.accept(new QueueAnswer.Progress(sum.recipients));
            }
        } finally {
            // Also when the store broke off: what was done until then is done.
            log(act.action(), sum);
        }
        return sum;
    }

    private Change change(Act act, Instant now, List<MessageId> told) {
        return switch (act.action()) {
            case RETRY -> new Change.Retry(now);
            case HOLD -> new Change.Hold(now);
            case RELEASE -> new Change.Release(now);
            case DROP ->
                new Change.Drop(
                        act.manner().telling()
                                ? dropped -> reports.on(spool, dropped, now, told)
                                : QueueControl.Reports.none());
        };
    }

    private void dropped(QueueItem item, boolean told) {
        LOG.warn(
                "{}: to <{}> dropped by the operator{}",
                item.message(),
                line(item.recipient().mailbox().toString()),
                told ? "; the sender is told" : "");
        try {
            events.attempted(
                    item.message(),
                    item.recipient().mailbox(),
                    new NotDelivered(new DeliveryFailure.RemovedByOperator(), List.of()),
                    told ? Step.RETURNED : Step.DROPPED);
        } catch (RuntimeException bug) {
            LOG.error("{}: a listener to deliveries failed", item.message(), bug);
        }
    }

    private static void log(Action action, Sum sum) {
        if (sum.recipients == 0) {
            return;
        }
        String done = switch (action) {
            case RETRY -> "made due";
            case HOLD -> "put on hold";
            case RELEASE -> "released";
            case DROP -> "dropped";
        };
        LOG.info("queue: {} recipients of {} messages {} by the operator", sum.recipients, sum.messages, done);
    }
}
