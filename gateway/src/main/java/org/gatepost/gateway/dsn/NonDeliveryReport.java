// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.gatepost.gateway.delivery.AttemptRecord;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.spool.QueuedMessage;

/// Tells a sender that a message was not delivered: first in plain words what happened, who can mend it and how,
/// then the evidence for administrators, then the machine-readable part and the original header.
///
/// @spec https://www.rfc-editor.org/rfc/rfc6522 RFC 6522: multipart/report
/// @spec https://www.rfc-editor.org/rfc/rfc3464 RFC 3464: delivery status
/// @spec https://www.rfc-editor.org/rfc/rfc6533 RFC 6533: with internationalized addresses
public final class NonDeliveryReport {
    private static final int MAX_LINE = 900;
    private static final int TEXT_WIDTH = 90;

    /// Earlier deliveries of a recipient that are told; a report for a thousand recipients must stay readable.
    private static final int MAX_HISTORY = 30;

    private final DomainName hostname;
    private final QueuedMessage message;
    private final List<FailedRecipient> failed;
    private final boolean international;

    /// @param hostname who reports
    /// @param failed at least one
    public NonDeliveryReport(DomainName hostname, QueuedMessage message, List<FailedRecipient> failed) {
        this.hostname = hostname;
        this.message = message;
        this.failed = List.copyOf(failed);
        this.international = this.failed.stream().anyMatch(one -> one.mailbox().needsSmtpUtf8())
                || message.envelope()
                        .reversePath()
                        .filter(Mailbox::needsSmtpUtf8)
                        .isPresent();
    }

    /// A recipient that was given up.
    ///
    /// @param failure what stands for all attempts
    /// @param attempts of the last delivery
    /// @param history lines of the earlier ones, oldest first
    public record FailedRecipient(
            Mailbox mailbox, DeliveryFailure failure, List<AttemptRecord> attempts, List<String> history) {
        public FailedRecipient {
            attempts = List.copyOf(attempts);
            history = List.copyOf(history);
        }
    }

    /// Whether the report itself needs SMTPUTF8 to travel.
    public boolean needsSmtpUtf8() {
        return international;
    }

    /// The report as a message, CRLF line ends.
    ///
    /// @param originalHeader the header of the message that failed, bounded by the caller
    /// @param unique part of the Message-ID and of the boundary, never used before
    public byte[] render(Mailbox to, String originalHeader, Instant now, String unique) {
        String boundary = "=_gatepost_" + unique;
        StringBuilder parts = new StringBuilder();
        part(parts, boundary, "text/plain; charset=utf-8", humanText());
        part(
                parts,
                boundary,
                international ? "message/global-delivery-status" : "message/delivery-status",
                status(now));
        part(parts, boundary, international ? "message/global-headers" : "text/rfc822-headers", originalHeader);
        StringBuilder report = new StringBuilder();
        line(report, "From: Mail Delivery System <MAILER-DAEMON@" + hostname + ">");
        line(report, "To: <" + to + ">");
        line(report, "Subject: Undeliverable: your message to " + subjectRecipients());
        line(report, "Date: " + date(now));
        line(report, "Message-ID: <" + unique + "@" + hostname + ">");
        line(report, "Auto-Submitted: auto-replied");
        line(report, "MIME-Version: 1.0");
        line(report, "Content-Type: multipart/report; report-type=delivery-status;");
        line(report, "\tboundary=\"" + boundary + "\"");
        // A multipart with an 8-bit part is itself 8-bit (RFC 2045 §6.4).
        line(report, "Content-Transfer-Encoding: " + encoding(parts));
        line(report, "");
        report.append(parts);
        line(report, "--" + boundary + "--");
        return report.toString().getBytes(StandardCharsets.UTF_8);
    }

    private String subjectRecipients() {
        return failed.size() == 1 ? failed.getFirst().mailbox().toString() : failed.size() + " recipients";
    }

    private static void part(StringBuilder report, String boundary, String type, String content) {
        line(report, "--" + boundary);
        line(report, "Content-Type: " + type);
        line(report, "Content-Transfer-Encoding: " + encoding(content));
        line(report, "");
        report.append(content);
        if (!content.endsWith("\r\n")) {
            line(report, "");
        }
        line(report, "");
    }

    private static String encoding(CharSequence content) {
        return content.chars().allMatch(c -> c < 0x80) ? "7bit" : "8bit";
    }

    private String humanText() {
        StringBuilder text = new StringBuilder();
        line(text, "Your message was not delivered to:");
        for (FailedRecipient one : failed) {
            var row = OutcomeTable.row(one.failure());
            line(text, "");
            line(text, "  " + one.mailbox());
            wrapped(text, "    What happened:   ", row.inWords());
            wrapped(text, "    Who can mend it: ", row.owner().toString());
            wrapped(text, "    How:             ", row.fix());
        }
        line(text, "");
        line(text, "");
        line(text, "Diagnostic information for administrators:");
        line(text, "");
        line(text, "Generating server: " + hostname);
        line(text, "Queue id:          " + message.id());
        line(text, "Arrived:           " + date(message.arrived()));
        for (FailedRecipient one : failed) {
            line(text, "");
            line(text, one.mailbox().toString());
            line(text, "  " + OutcomeTable.permanent(one.failure()));
            line(text, "  reason: " + one.failure().subReason());
            line(text, "  evidence: " + one.failure().evidence());
            line(text, "  attempts:");
            one.history().stream()
                    .skip(Math.max(0, one.history().size() - MAX_HISTORY))
                    .forEach(earlier -> line(text, "    " + earlier));
            one.attempts().forEach(attempt -> attempt(text, one.failure(), attempt));
        }
        return text.toString();
    }

    private static void attempt(StringBuilder text, DeliveryFailure standsForAll, AttemptRecord attempt) {
        line(text, "    " + attempt.line());
        attempt.failure()
                .filter(failure -> !failure.equals(standsForAll))
                .ifPresent(other -> line(text, "      evidence: " + other.evidence()));
    }

    /// Appends text broken into lines at spaces, each but the first indented as deep as the first one's label.
    private static void wrapped(StringBuilder out, String label, String text) {
        StringBuilder current = new StringBuilder(label);
        for (String word : text.split(" ", -1)) {
            if (current.length() + word.length() > TEXT_WIDTH && current.length() > label.length()) {
                line(out, current.toString());
                current = new StringBuilder(" ".repeat(label.length()));
            }
            current.append(current.length() > label.length() ? " " : "").append(word);
        }
        line(out, current.toString());
    }

    private String status(Instant now) {
        StringBuilder status = new StringBuilder();
        line(status, "Reporting-MTA: dns; " + hostname);
        line(status, "Arrival-Date: " + date(message.arrived()));
        for (FailedRecipient one : failed) {
            var rendering = OutcomeTable.permanent(one.failure());
            line(status, "");
            line(status, "Final-Recipient: " + (international ? "utf-8; " : "rfc822; ") + one.mailbox());
            line(status, "Action: failed");
            line(status, "Status: " + rendering.status());
            if (!one.attempts().isEmpty() && one.attempts().getLast().address().isPresent()) {
                line(status, "Remote-MTA: dns; " + one.attempts().getLast().host());
            }
            line(status, "Diagnostic-Code: smtp; " + rendering);
            line(status, "Last-Attempt-Date: " + date(now));
        }
        // Without RFC 6533 the part is ASCII only (RFC 3464 §2.1), whatever a peer said in other letters.
        return international ? status.toString() : status.toString().replaceAll("[^\\p{ASCII}]", "?");
    }

    private static String date(Instant instant) {
        return DateTimeFormatter.RFC_1123_DATE_TIME
                .format(instant.atZone(ZoneOffset.UTC))
                .replace("GMT", "+0000");
    }

    /// Appends a line; what peers and DNS said has no line breaks left in it, and no line exceeds the 998 octets of
    /// RFC 5322 §2.1.1.
    private static void line(StringBuilder out, String text) {
        String printable = text.replaceAll("[[\\p{C}\\u2028\\u2029]&&[^\\t]]", "?");
        int octets = 0;
        int end = 0;
        while (end < printable.length()) {
            int codePoint = printable.codePointAt(end);
            octets += Character.toString(codePoint).getBytes(StandardCharsets.UTF_8).length;
            if (octets > MAX_LINE) {
                out.append(printable, 0, end).append("...\r\n");
                return;
            }
            end += Character.charCount(codePoint);
        }
        out.append(printable).append("\r\n");
    }
}
