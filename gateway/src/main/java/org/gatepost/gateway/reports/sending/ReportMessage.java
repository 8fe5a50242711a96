// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.gatepost.gateway.reports.sending.DkimSigner.Field;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.MailDate;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;

/// A report as a message to one mailbox, signed with every key there is.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §5.3
/// @spec https://www.rfc-editor.org/rfc/rfc8689 RFC 8689 §3: `TLS-Required: No`
final class ReportMessage {
    private static final int BASE64_LINE = 76;

    private final Reporter reporter;
    private final OutgoingReport report;

    ReportMessage(Reporter reporter, OutgoingReport report) {
        this.reporter = reporter;
        this.report = report;
    }

    /// The message, CRLF line ends.
    byte[] render(Mailbox to, Instant now) {
        byte[] body = body().getBytes(StandardCharsets.US_ASCII);
        List<Field> fields = fields(to, now);
        StringBuilder header = new StringBuilder();
        reporter.keys().forEach(key -> header.append(new DkimSigner(key).sign(fields, body, now)));
        fields.forEach(field -> header.append(field.line()));
        header.append("\r\n");
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(header.toString().getBytes(StandardCharsets.UTF_8));
        message.writeBytes(body);
        return message.toByteArray();
    }

    private List<Field> fields(Mailbox to, Instant now) {
        String id = report.report().reportId();
        return List.of(
                new Field("From", "<" + reporter.from() + ">"),
                new Field("To", "<" + to + ">"),
                new Field(
                        "Subject",
                        "Report Domain: " + report.domain() + "\r\n Submitter: " + reporter.submitter()
                                + "\r\n Report-ID: <" + id + ">"),
                new Field("Date", MailDate.of(now)),
                new Field("Message-ID", "<" + unique(to) + "." + id + ">"),
                new Field("TLS-Report-Domain", report.domain().toString()),
                new Field("TLS-Report-Submitter", reporter.submitter().toString()),
                // The news that TLS fails must get through where TLS fails.
                new Field("TLS-Required", "No"),
                new Field("Auto-Submitted", "auto-generated"),
                new Field("MIME-Version", "1.0"),
                new Field(
                        "Content-Type",
                        "multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=\"" + boundary() + "\""));
    }

    /// The same for every try to the mailbox, so that a second copy can be recognised.
    private static String unique(Mailbox to) {
        return Integer.toHexString(to.toString().hashCode());
    }

    /// "=_" cannot stand in base64, nor in the text below.
    private String boundary() {
        return "=_report_" + report.report().end().getEpochSecond();
    }

    private String body() {
        StringBuilder body = new StringBuilder("This is a message in MIME format.\r\n\r\n");
        part(body, "text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit");
        body.append(text());
        part(
                body,
                "application/tlsrpt+gzip",
                "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n\tfilename=\""
                        + report.filename() + "\"");
        body.append(Base64.getMimeEncoder(BASE64_LINE, new byte[] {'\r', '\n'}).encodeToString(report.gzip()))
                .append("\r\n--")
                .append(boundary())
                .append("--\r\n");
        return body.toString();
    }

    private void part(StringBuilder body, String type, String more) {
        body.append("--")
                .append(boundary())
                .append("\r\nContent-Type: ")
                .append(type)
                .append("\r\n")
                .append(more)
                .append("\r\n\r\n");
    }

    private String text() {
        long good = report.report().policies().stream()
                .mapToLong(PolicyResult::successful)
                .sum();
        long bad = report.report().policies().stream()
                .mapToLong(PolicyResult::failed)
                .sum();
        return "This is an aggregate TLS report (RFC 8460) from " + reporter.submitter() + "\r\nabout mail to "
                + report.domain() + ",\r\nfor the time from " + report.report().start() + " to "
                + report.report().end()
                + ".\r\n\r\nResults of all policies: " + good + " successful, " + bad
                + " failed.\r\nThe details are in the attached file, as JSON compressed with gzip.\r\n"
                + (reporter.contact().needsSmtpUtf8() ? "" : "Contact: " + reporter.contact() + "\r\n") + "\r\n";
    }
}
