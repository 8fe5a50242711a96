// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.delivery.SenderReports;
import org.gatepost.gateway.dsn.ReportedRecipient;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.smtp.Notify;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueItem;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;

/// Tells senders that the operator dropped their messages, one report for each message.
///
/// @param hostname who reports
/// @param random makes ids
public record DropReports(DomainName hostname, RandomGenerator random) {
    /// The reports, sealed, on those who have a sender to be told (RFC 5321 §6.1) and did not ask to hear nothing
    /// (RFC 3461 §4.1).
    ///
    /// @param told the messages reported on are added to it
    List<Spool.Draft> on(Spool spool, List<QueueItem> dropped, Instant now, List<MessageId> told) {
        Map<MessageId, List<QueueItem>> messages = new LinkedHashMap<>();
        for (QueueItem item : dropped) {
            messages.computeIfAbsent(item.message(), _ -> new ArrayList<>()).add(item);
        }
        List<Spool.Draft> drafts = new ArrayList<>();
        try {
            messages.forEach((id, items) -> spool.message(id).ifPresent(message -> {
                List<Spool.Draft> reports = on(spool, message, items, now);
                if (!reports.isEmpty()) {
                    drafts.addAll(reports);
                    told.add(id);
                }
            }));
            return drafts;
        } catch (RuntimeException e) {
            drafts.forEach(Spool.Draft::close);
            throw e;
        }
    }

    private List<Spool.Draft> on(Spool spool, QueuedMessage message, List<QueueItem> items, Instant now) {
        List<ReportedRecipient> failed = items.stream()
                .map(QueueItem::recipient)
                .filter(recipient ->
                        message.envelope().dsn().recipient(recipient.index()).wants(Notify.FAILURE))
                .map(DropReports::failed)
                .toList();
        try (SenderReports reports =
                new SenderReports(spool, new SenderReports.Origin(hostname, random), message, now)) {
            reports.prepare(failed, now);
            return reports.release();
        } catch (IOException e) {
            throw new SpoolException("a report cannot be written: " + e.getMessage(), e);
        }
    }

    private static ReportedRecipient failed(QueuedRecipient recipient) {
        return new ReportedRecipient.Failed(
                recipient.mailbox(), new DeliveryFailure.RemovedByOperator(), List.of(), recipient.history());
    }
}
