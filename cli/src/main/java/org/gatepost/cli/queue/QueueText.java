// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.queue;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.cli.report.TextTable;
import org.gatepost.gateway.queue.QueueAnswer;
import org.gatepost.gateway.queue.QueueRequest.Action;

/// For people: what is told of one thing stands together, times are told from now on.
final class QueueText implements QueueOutput {
    private final PrintWriter out;
    private final int width;
    private Instant now = Instant.EPOCH;
    private Optional<TextTable> domains = Optional.empty();

    QueueText(PrintWriter out, int width) {
        this.out = out;
        this.width = width;
    }

    @Override
    public void accept(QueueAnswer piece) {
        switch (piece) {
            case QueueAnswer.Begun begun -> now = begun.time();
            case QueueAnswer.Message message -> message(message);
            case QueueAnswer.Recipient recipient -> recipient(recipient);
            case QueueAnswer.Domain domain -> domain(domain);
            case QueueAnswer.Progress _ -> {}
            case QueueAnswer.Shown shown -> shown(shown);
            case QueueAnswer.Done done -> done(done);
            case QueueAnswer.Unconfirmed meant ->
                out.println(messages(meant.messages(), meant.recipients())
                        + " would be dropped. Nothing was done: say --yes to drop them all.");
            // The command says it on standard error.
            case QueueAnswer.Failed _ -> {}
        }
        if (piece instanceof QueueAnswer.End) {
            out.flush();
        }
    }

    private void message(QueueAnswer.Message message) {
        out.println(message.id() + "  " + span(message.arrived(), now) + " old  " + size(message.size()) + "  from <"
                + message.sender() + ">");
        message.detail().ifPresent(detail -> detail(message, detail));
    }

    private void detail(QueueAnswer.Message message, QueueAnswer.Detail detail) {
        out.println("  arrived     " + message.arrived().truncatedTo(ChronoUnit.SECONDS) + " from " + detail.client());
        out.println("  recipients  " + detail.recipients() + ", finished ones included");
        out.println("  handling    " + detail.handling() + (detail.smtpUtf8() ? ", SMTPUTF8" : "")
                + (detail.eightBitMime() ? ", 8BITMIME" : ""));
        detail.header().ifPresent(lines -> {
            out.println("  header");
            lines.forEach(line -> out.println("    " + line));
        });
    }

    private void recipient(QueueAnswer.Recipient recipient) {
        out.println("  to <" + recipient.mailbox() + ">  " + state(recipient) + attempts(recipient.attempts()));
        List<String> lines = recipient.history().orElseGet(() -> List.of(recipient.lastResult()));
        lines.stream().filter(line -> !line.isEmpty()).forEach(line -> out.println("      " + line));
    }

    private String state(QueueAnswer.Recipient recipient) {
        return switch (recipient.state()) {
            case WAITING -> "next attempt in " + span(now, recipient.due());
            case DUE -> "due now";
            case HELD ->
                "on hold"
                        + recipient
                                .held()
                                .map(since -> " for " + span(since, now))
                                .orElse("");
            case BEING_DELIVERED -> "being delivered now";
        };
    }

    private static String attempts(int attempts) {
        return switch (attempts) {
            case 0 -> ", not tried yet";
            case 1 -> ", 1 attempt";
            default -> ", " + attempts + " attempts";
        };
    }

    private void domain(QueueAnswer.Domain domain) {
        TextTable table = domains.orElseGet(() -> new TextTable(
                3, "messages", "recipients", "held", "domain", "oldest", "next attempt", "most frequent last result"));
        domains = Optional.of(table);
        String next = domain.due()
                .map(due -> due.isAfter(now) ? "in " + span(now, due) : "now")
                .orElse("on hold");
        String result = domain.failure().isEmpty()
                ? "not tried yet"
                : domain.failure() + " (" + domain.failed() + "): " + domain.lastResult();
        table.row(
                Long.toString(domain.messages()),
                Long.toString(domain.recipients()),
                Long.toString(domain.held()),
                domain.domain(),
                span(domain.oldest(), now),
                next,
                result);
    }

    private void shown(QueueAnswer.Shown shown) {
        QueueAnswer.Whole queue = shown.queue();
        if (domains.isPresent()) {
            domains.get().lines(width).forEach(out::println);
            out.println((shown.more() ? "the domains with the most messages; in all " : "")
                    + messages(queue.messages(), queue.recipients()) + ", " + size(queue.octets()));
            return;
        }
        if (queue.messages() == 0) {
            out.println("the queue is empty");
        } else if (shown.messages() == 0) {
            out.println("nothing like that among " + messages(queue.messages(), queue.recipients()));
        } else {
            boolean all = shown.recipients() == queue.recipients();
            out.println(messages(shown.messages(), shown.recipients()) + ", " + size(shown.octets())
                    + (all ? "" : ", of " + messages(queue.messages(), queue.recipients()) + " in the queue")
                    + (shown.more() ? "; --limit shows more" : ""));
        }
    }

    private void done(QueueAnswer.Done done) {
        String would = done.rehearsal() ? " would be " : " ";
        out.println((done.recipients() == 0 ? "nothing" : messages(done.messages(), done.recipients()))
                + would
                + words(done.action())
                + (done.told() > 0 ? "; senders told of " + done.told() : ""));
        if (done.beingDelivered() > 0) {
            out.println(recipients(done.beingDelivered()) + " left alone: being delivered now");
        }
        if (done.unaffected() > 0) {
            out.println(recipients(done.unaffected())
                    + (done.action() == Action.RELEASE
                            ? " left alone: not on hold"
                            : done.action() == Action.HOLD
                                    ? " left alone: on hold already"
                                    : " left alone: on hold; 'release' makes them due"));
        }
    }

    private static String words(Action action) {
        return switch (action) {
            case RETRY -> "made due now";
            case HOLD -> "put on hold";
            case RELEASE -> "released and due now";
            case DROP -> "dropped";
        };
    }

    private static String messages(long messages, long recipients) {
        return messages + (messages == 1 ? " message" : " messages") + " to " + recipients(recipients);
    }

    private static String recipients(long count) {
        return count + (count == 1 ? " recipient" : " recipients");
    }

    /// Two units at most: `3 d 4 h`, `2 h 13 min`, `45 s`.
    static String span(Instant from, Instant to) {
        Duration span = Duration.between(from, to);
        if (span.isNegative()) {
            return "0 s";
        }
        if (span.toDays() > 0) {
            return span.toDays() + " d " + span.toHoursPart() + " h";
        }
        if (span.toHours() > 0) {
            return span.toHours() + " h " + span.toMinutesPart() + " min";
        }
        return span.toMinutes() > 0 ? span.toMinutes() + " min" : span.toSeconds() + " s";
    }

    /// Decimal, as the configuration writes sizes.
    static String size(long octets) {
        if (octets < 1000) {
            return octets + " B";
        }
        double value = octets;
        String unit = "B";
        for (String larger : List.of("KB", "MB", "GB", "TB")) {
            if (value >= 1000) {
                value /= 1000;
                unit = larger;
            }
        }
        return String.format(Locale.ROOT, "%.1f %s", value, unit);
    }
}
