// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.dsn.DelayReport;
import org.gatepost.gateway.dsn.NonDeliveryReport;
import org.gatepost.gateway.dsn.OriginalHeader;
import org.gatepost.gateway.dsn.RelayReport;
import org.gatepost.gateway.dsn.ReportedRecipient;
import org.gatepost.gateway.dsn.StatusReport;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.Envelope.Handling;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The reports to a message's sender that one delivery causes, as drafts to be stored in the same step as its
/// results; closing discards those that were not stored. Used by one thread.
public final class SenderReports implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SenderReports.class);

    private final Spool spool;
    private final Origin origin;
    private final QueuedMessage message;
    private final Instant now;
    private final List<Spool.Draft> drafts = new ArrayList<>();

    /// Who reports.
    ///
    /// @param random makes ids
    public record Origin(DomainName hostname, RandomGenerator random) {}

    public SenderReports(Spool spool, Origin origin, QueuedMessage message, Instant now) {
        this.spool = spool;
        this.origin = origin;
        this.message = message;
        this.now = now;
    }

    List<Spool.Draft> drafts() {
        return List.copyOf(drafts);
    }

    /// Writes a report for each kind of news; none when there is no sender to tell.
    ///
    /// @param retriedUntil when the last attempt will be made, for those that are late
    public void prepare(List<? extends ReportedRecipient> recipients, Instant retriedUntil) throws IOException {
        Optional<Mailbox> sender = message.envelope().reversePath();
        if (sender.isEmpty()) {
            return;
        }
        List<ReportedRecipient.Failed> failed = new ArrayList<>();
        List<ReportedRecipient.Delayed> delayed = new ArrayList<>();
        List<ReportedRecipient.Relayed> relayed = new ArrayList<>();
        for (ReportedRecipient recipient : recipients) {
            switch (recipient) {
                case ReportedRecipient.Failed one -> failed.add(one);
                case ReportedRecipient.Delayed one -> delayed.add(one);
                case ReportedRecipient.Relayed one -> relayed.add(one);
            }
        }
        if (!failed.isEmpty()) {
            add(new NonDeliveryReport(origin.hostname(), message, failed), sender.get());
        }
        if (!delayed.isEmpty()) {
            add(new DelayReport(origin.hostname(), message, delayed, retriedUntil), sender.get());
        }
        if (!relayed.isEmpty()) {
            add(new RelayReport(origin.hostname(), message, relayed), sender.get());
        }
    }

    private void add(StatusReport<?> report, Mailbox sender) throws IOException {
        if (!report.returnsAll() || !addWhole(report, sender)) {
            addWithHeader(report, sender);
        }
    }

    /// @return false when the message itself cannot be read to its end: that may be the very reason
    private boolean addWhole(StatusReport<?> report, Mailbox sender) {
        StatusReport.Around around = report.renderAround(sender, now, unique());
        Spool.Draft draft = spool.draft();
        drafts.add(draft);
        try (InputStream content = spool.content(message.id());
                OutputStream out = draft.content()) {
            out.write(around.before());
            content.transferTo(out);
            out.write(around.after());
        } catch (SpoolException | IOException e) {
            drafts.remove(draft);
            draft.close();
            LOG.warn("{}: the report goes without the message: {}", message.id(), e.getMessage());
            return false;
        }
        draft.seal(envelope(report, sender, ""), now, now);
        return true;
    }

    private void addWithHeader(StatusReport<?> report, Mailbox sender) throws IOException {
        String header = originalHeader();
        Spool.Draft draft = spool.draft();
        drafts.add(draft);
        try (OutputStream out = draft.content()) {
            out.write(report.render(sender, header, now, unique()));
        }
        draft.seal(envelope(report, sender, header), now, now);
    }

    /// A report about a message that demands protection demands it too (RFC 8689 §5), and no report is made
    /// about a report (RFC 3461 §6.1).
    private Envelope envelope(StatusReport<?> report, Mailbox sender, String header) {
        boolean protect = message.envelope().handling() == Handling.TLS_REQUIRED;
        return new Envelope(
                Optional.empty(),
                List.of(sender),
                report.needsSmtpUtf8(header),
                true,
                protect ? Handling.TLS_REQUIRED : Handling.USUAL,
                new DsnRequest(MessageDsn.NONE, List.of(RecipientDsn.NEVER)),
                "report on " + message.id());
    }

    /// A sender is told even when the message itself is damaged: that may be the very reason.
    private String originalHeader() {
        try (InputStream content = spool.content(message.id())) {
            return OriginalHeader.read(content);
        } catch (SpoolException | IOException e) {
            LOG.warn("{}: the report goes without the header: {}", message.id(), e.getMessage());
            return "";
        }
    }

    private String unique() {
        return HexFormat.of().toHexDigits(origin.random().nextLong())
                + HexFormat.of().toHexDigits(origin.random().nextLong());
    }

    /// Hands the drafts over: they are the caller's to store or close.
    public List<Spool.Draft> release() {
        List<Spool.Draft> released = List.copyOf(drafts);
        drafts.clear();
        return released;
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
