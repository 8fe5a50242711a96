// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What the header of a mail says about the report in it (RFC 8460 §5.3).
final class MailHeader {
    private static final int LONGEST = 1_000;
    private static final Pattern SUBJECT =
            Pattern.compile("(?i)Report Domain: \\S+\\s+Submitter: \\S+\\s+Report-ID: <[^<>\\s]+>");

    private Optional<String> reportDomain = Optional.empty();
    private Optional<String> submitter = Optional.empty();
    private Optional<String> subject = Optional.empty();
    private boolean report;
    private String outermost = "";
    private String reportType = "";

    /// The first of a name counts: that of the outermost message.
    ///
    /// @param name in lower case
    void field(String name, String body) {
        String text = unfolded(body);
        switch (name) {
            case "tls-report-domain" -> reportDomain = reportDomain.or(() -> Optional.of(text));
            case "tls-report-submitter" -> submitter = submitter.or(() -> Optional.of(text));
            case "subject" -> subject = subject.or(() -> Optional.of(text));
            default -> {
                // The others say nothing about the report.
            }
        }
    }

    private static String unfolded(String body) {
        String text = body.replaceAll("\\s*[\\r\\n]+\\s*", " ").strip();
        return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    }

    void multipart(MailPart part) {
        if (outermost.isEmpty()) {
            outermost = part.type();
        }
        if (part.type().equals("multipart/report") && !report) {
            report = true;
            reportType = part.parameter("report-type").orElse("").toLowerCase(Locale.ROOT);
        }
    }

    Optional<String> reportDomain() {
        return reportDomain.filter(text -> !text.isEmpty());
    }

    Optional<String> submitter() {
        return submitter.filter(text -> !text.isEmpty());
    }

    void note(Notes notes) {
        if (!report) {
            notes.add(
                    "mail", "not multipart/report (RFC 8460 §5.3)" + (outermost.isEmpty() ? "" : " but " + outermost));
        } else if (!reportType.equals("tlsrpt")) {
            notes.add("mail", "multipart/report without report-type=tlsrpt (RFC 8460 §5.3)");
        }
        if (reportDomain().isEmpty()) {
            notes.add("mail", "no TLS-Report-Domain (RFC 8460 §5.3)");
        }
        if (submitter().isEmpty()) {
            notes.add("mail", "no TLS-Report-Submitter (RFC 8460 §5.3)");
        }
        if (subject.filter(text -> SUBJECT.matcher(text).matches()).isEmpty()) {
            notes.add("mail", "the Subject is not of the form that reports have (RFC 8460 §5.3)");
        }
    }
}
