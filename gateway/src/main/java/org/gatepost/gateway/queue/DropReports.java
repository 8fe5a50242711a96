// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.dsn.NonDeliveryReport;
import org.gatepost.gateway.dsn.NonDeliveryReport.FailedRecipient;
import org.gatepost.gateway.dsn.OriginalHeader;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueItem;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells senders that the operator dropped their messages, one report for each message.
///
/// @param hostname who reports
/// @param random makes ids
public record DropReports(DomainName hostname, RandomGenerator random) {
    private static final Logger LOG = LoggerFactory.getLogger(DropReports.class);

    /// The reports, sealed, on those who have a sender to be told (RFC 5321 §6.1).
    ///
    /// @param told the messages reported on are added to it
    List<Spool.Draft> on(Spool spool, List<QueueItem> dropped, Instant now, List<MessageId> told) {
        Map<MessageId, List<QueueItem>> messages = new LinkedHashMap<>();
        for (QueueItem item : dropped) {
            messages.computeIfAbsent(item.message(), _ -> new ArrayList<>()).add(item);
        }
        List<Spool.Draft> drafts = new ArrayList<>();
        try {
            messages.forEach((id, items) -> {
                Optional<QueuedMessage> message = spool.message(id);
                Optional<Mailbox> sender = items.getFirst().sender();
                if (message.isPresent() && sender.isPresent()) {
                    Spool.Draft draft = spool.draft();
                    drafts.add(draft);
                    write(spool, draft, new Dropped(message.get(), sender.get(), items), now);
                    told.add(id);
                }
            });
            return drafts;
        } catch (RuntimeException e) {
            drafts.forEach(Spool.Draft::close);
            throw e;
        }
    }

    private record Dropped(QueuedMessage message, Mailbox sender, List<QueueItem> items) {}

    private void write(Spool spool, Spool.Draft draft, Dropped dropped, Instant now) {
        NonDeliveryReport report = new NonDeliveryReport(
                hostname,
                dropped.message(),
                dropped.items().stream().map(DropReports::failed).toList());
        try (OutputStream out = draft.content()) {
            out.write(report.render(
                    dropped.sender(), header(spool, dropped.message().id()), now, unique()));
        } catch (IOException e) {
            throw new SpoolException("a report cannot be written: " + e.getMessage(), e);
        }
        draft.seal(
                new Envelope(
                        Optional.empty(),
                        List.of(dropped.sender()),
                        report.needsSmtpUtf8(),
                        true,
                        "report on " + dropped.message().id()),
                now,
                now);
    }

    private static FailedRecipient failed(QueueItem item) {
        return new FailedRecipient(
                item.recipient().mailbox(),
                new DeliveryFailure.RemovedByOperator(),
                List.of(),
                item.recipient().history());
    }

    /// A sender is told even when the message itself is damaged: that may be why it is dropped.
    private static String header(Spool spool, MessageId id) {
        try (InputStream content = spool.content(id)) {
            return OriginalHeader.read(content);
        } catch (SpoolException | IOException e) {
            LOG.warn("{}: the report goes without the header: {}", id, e.getMessage());
            return "";
        }
    }

    private String unique() {
        return HexFormat.of().toHexDigits(random.nextLong()) + HexFormat.of().toHexDigits(random.nextLong());
    }
}
