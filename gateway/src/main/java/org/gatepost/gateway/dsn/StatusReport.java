// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.gatepost.gateway.delivery.AttemptRecord;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.smtp.MailDate;
import org.gatepost.smtp.OriginalRecipient;
import org.gatepost.smtp.RecipientDsn;
import org.gatepost.smtp.Ret;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.QueuedMessage;

/// Tells a sender what became of a message: first in plain words, then the evidence for administrators, then
/// the machine-readable part and what is returned of the original. What its three kinds share is here.
///
/// @spec https://www.rfc-editor.org/rfc/rfc6522 RFC 6522: multipart/report
/// @spec https://www.rfc-editor.org/rfc/rfc3464 RFC 3464: delivery status
/// @spec https://www.rfc-editor.org/rfc/rfc6533 RFC 6533: with internationalized addresses
public abstract sealed class StatusReport<R extends ReportedRecipient>
        permits NonDeliveryReport, DelayReport, RelayReport {
    /// Earlier deliveries of a recipient that are told; a report for a thousand recipients must stay readable.
    private static final int MAX_HISTORY = 30;

    private final DomainName hostname;
    private final QueuedMessage message;
    private final List<R> recipients;
    private final boolean international;

    /// @param hostname who reports
    /// @param recipients at least one
    StatusReport(DomainName hostname, QueuedMessage message, List<R> recipients) {
        this.hostname = hostname;
        this.message = message;
        this.recipients = List.copyOf(recipients);
        this.international =
                this.recipients.stream().map(ReportedRecipient::mailbox).anyMatch(Mailbox::needsSmtpUtf8)
                        || message.envelope()
                                .reversePath()
                                .filter(Mailbox::needsSmtpUtf8)
                                .isPresent();
    }

    /// Whether a header shows that the message went by SMTPUTF8, so that the sender can be told so too.
    private boolean isInternational(String header) {
        return message.envelope().smtpUtf8() && header.chars().anyMatch(c -> c >= 0x80);
    }

    /// The subject, but for the recipients.
    abstract String subject();

    /// The words for people, and the evidence.
    abstract void humanText(ReportText text);

    /// The fields of one recipient in the machine-readable part, after its names.
    abstract void statusFields(ReportText status, R recipient, Instant now);

    /// Whether the report itself needs SMTPUTF8 to travel. What ORCPT says never makes it so: a sender that
    /// said it without SMTPUTF8 could not be told.
    ///
    /// @param originalHeader that it returns; empty when it returns the whole message
    public final boolean needsSmtpUtf8(String originalHeader) {
        return international
                || isInternational(originalHeader)
                || (returnsAll() && message.envelope().smtpUtf8());
    }

    /// Whether the whole message is to be returned. RET speaks of failures only (RFC 3461 §4.3), and what asked
    /// for protection shows no more of itself than its header (RFC 8689 §5).
    public final boolean returnsAll() {
        return this instanceof NonDeliveryReport
                && message.envelope()
                        .dsn()
                        .message()
                        .ret()
                        .filter(Ret.FULL::equals)
                        .isPresent()
                && message.envelope().handling() != Envelope.Handling.TLS_REQUIRED;
    }

    /// The report as a message, CRLF line ends, with the original's header.
    ///
    /// @param originalHeader bounded by the caller
    /// @param unique part of the Message-ID and of the boundary, never used before
    public final byte[] render(Mailbox to, String originalHeader, Instant now, String unique) {
        ReportText parts = parts(now, unique);
        boolean global = international || isInternational(originalHeader);
        part(parts, unique, global ? "message/global-headers" : "text/rfc822-headers", originalHeader);
        ReportText report = header(to, now, unique, parts.isAscii() ? "7bit" : "8bit");
        report.block(parts.toString());
        report.line("--" + boundary(unique) + "--");
        return report.octets();
    }

    /// The report as a message, but for the whole original, which the caller puts between.
    public final Around renderAround(Mailbox to, Instant now, String unique) {
        ReportText before = header(to, now, unique, "8bit");
        before.block(parts(now, unique).toString());
        before.line("--" + boundary(unique));
        before.line("Content-Type: " + (message.envelope().smtpUtf8() ? "message/global" : "message/rfc822"));
        before.line("Content-Transfer-Encoding: 8bit");
        before.line("");
        String after = "\r\n--" + boundary(unique) + "--\r\n";
        return new Around(before.octets(), after.getBytes(StandardCharsets.US_ASCII));
    }

    /// What stands before and after a returned message.
    @SuppressWarnings("ArrayRecordComponent") // written out at once, and compared by nobody
    public record Around(byte[] before, byte[] after) {}

    private ReportText header(Mailbox to, Instant now, String unique, String encoding) {
        ReportText header = new ReportText();
        header.line("From: Mail Delivery System <MAILER-DAEMON@" + hostname + ">");
        header.line("To: <" + to + ">");
        header.line("Subject: " + subject() + " " + subjectRecipients());
        header.line("Date: " + MailDate.of(now));
        header.line("Message-ID: <" + unique + "@" + hostname + ">");
        header.line("Auto-Submitted: auto-replied");
        header.line("MIME-Version: 1.0");
        header.line("Content-Type: multipart/report; report-type=delivery-status;");
        header.line("\tboundary=\"" + boundary(unique) + "\"");
        // A multipart with an 8-bit part is itself 8-bit (RFC 2045 §6.4).
        header.line("Content-Transfer-Encoding: " + encoding);
        header.line("");
        return header;
    }

    private static String boundary(String unique) {
        return "=_gatepost_" + unique;
    }

    private ReportText parts(Instant now, String unique) {
        ReportText human = new ReportText();
        humanText(human);
        ReportText parts = new ReportText();
        part(parts, unique, "text/plain; charset=utf-8", human.toString());
        part(parts, unique, international ? "message/global-delivery-status" : "message/delivery-status", status(now));
        return parts;
    }

    private static void part(ReportText report, String unique, String type, String content) {
        report.line("--" + boundary(unique));
        report.line("Content-Type: " + type);
        report.line("Content-Transfer-Encoding: " + (content.chars().allMatch(c -> c < 0x80) ? "7bit" : "8bit"));
        report.line("");
        report.block(content);
        if (!content.endsWith("\r\n")) {
            report.line("");
        }
        report.line("");
    }

    private String subjectRecipients() {
        return recipients.size() == 1 ? recipients.getFirst().mailbox().toString() : recipients.size() + " recipients";
    }

    private String status(Instant now) {
        ReportText status = new ReportText();
        message.envelope().dsn().message().envelopeId().ifPresent(id -> status.line("Original-Envelope-Id: " + id));
        status.line("Reporting-MTA: dns; " + hostname);
        status.line("Arrival-Date: " + MailDate.of(message.arrived()));
        for (R recipient : recipients) {
            status.line("");
            dsn(recipient.mailbox())
                    .original()
                    .ifPresent(original -> status.line("Original-Recipient: " + typed(original)));
            status.line("Final-Recipient: " + (international ? "utf-8; " : "rfc822; ") + recipient.mailbox());
            statusFields(status, recipient, now);
        }
        // Without RFC 6533 the part is ASCII only (RFC 3464 §2.1), whatever a peer said in other letters.
        return international ? status.toString() : status.toString().replaceAll("[^\\p{ASCII}]", "?");
    }

    /// In ASCII as the sender spelled it, where the address has other letters (RFC 6533 §3).
    private String typed(OriginalRecipient original) {
        String address = original.address();
        boolean asReceived = !international && address.chars().anyMatch(c -> c >= 0x80);
        return original.addressType() + "; " + (asReceived ? original.encoded() : address);
    }

    private RecipientDsn dsn(Mailbox mailbox) {
        return message.envelope().dsnFor(List.of(mailbox)).recipient(0);
    }

    // What the kinds say alike:

    /// What happened, and who can mend it how.
    final void cause(ReportText text, DeliveryFailure failure) {
        var row = OutcomeTable.row(failure);
        text.wrapped("    What happened:   ", row.inWords());
        text.wrapped("    Who can mend it: ", row.owner().toString());
        text.wrapped("    How:             ", row.fix());
    }

    final void origin(ReportText text) {
        text.line("");
        text.line("");
        text.line("Diagnostic information for administrators:");
        text.line("");
        text.line("Generating server: " + hostname);
        text.line("Queue id:          " + message.id());
        text.line("Arrived:           " + MailDate.of(message.arrived()));
    }

    /// The evidence of one recipient.
    final void diagnostics(ReportText text, Attempted recipient) {
        text.line("");
        text.line(recipient.mailbox().toString());
        text.line("  " + recipient.reply());
        text.line("  reason: " + recipient.failure().subReason());
        text.line("  evidence: " + recipient.failure().evidence());
        text.line("  attempts:");
        recipient.history().stream()
                .skip(Math.max(0, recipient.history().size() - MAX_HISTORY))
                .forEach(earlier -> text.line("    " + earlier));
        recipient.attempts().forEach(attempt -> attempt(text, recipient.failure(), attempt));
    }

    private static void attempt(ReportText text, DeliveryFailure standsForAll, AttemptRecord attempt) {
        text.line("    " + attempt.line());
        attempt.failure()
                .filter(failure -> !failure.equals(standsForAll))
                .ifPresent(other -> text.line("      evidence: " + other.evidence()));
    }

    /// The last host spoken to, and what came of it.
    final void lastAttempt(ReportText status, Attempted recipient, Instant now) {
        if (!recipient.attempts().isEmpty()
                && recipient.attempts().getLast().address().isPresent()) {
            status.line("Remote-MTA: dns; " + recipient.attempts().getLast().host());
        }
        status.line("Diagnostic-Code: smtp; " + recipient.reply());
        status.line("Last-Attempt-Date: " + MailDate.of(now));
    }

    /// A recipient that no host has taken the message for.
    ///
    /// @param reply the failure as SMTP spells it
    record Attempted(
            Mailbox mailbox,
            DeliveryFailure failure,
            String reply,
            List<AttemptRecord> attempts,
            List<String> history) {}
}
