// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// A report in a file: JSON, gzip or a whole mail. Which it is, its content tells; its name is not asked.
public final class ReportFile {
    private ReportFile() {}

    /// @param file read to its end, or to the bound; not closed
    /// @throws IOException when `file` cannot be read; never for what it holds
    public static ReadReport read(InputStream file, ReadLimits limits) throws IOException {
        byte[] octets = file.readNBytes(limits.octets() + 1);
        if (octets.length > limits.octets()) {
            return new ReadReport.Unreadable("", "more than " + limits.octets() + " octets");
        }
        if (octets.length == 0) {
            return new ReadReport.Unreadable("", "empty");
        }
        if (ReportBody.looksRight(octets) || !looksLikeMail(octets)) {
            return ReportBody.read(octets, limits);
        }
        return switch (ReportMail.read(new ByteArrayInputStream(octets), limits)) {
            case MailedReport.Found found -> found.report();
            case MailedReport.NoReport(String reason) -> new ReadReport.Unreadable("", reason);
        };
    }

    /// Whether the first line is a header field, or the line that mailboxes put before.
    private static boolean looksLikeMail(byte[] octets) {
        for (int i = 0; i < octets.length; i++) {
            if (octets[i] <= ' ' || octets[i] >= 0x7f || octets[i] == ':') {
                String word = new String(octets, 0, i, StandardCharsets.US_ASCII);
                return octets[i] == ':' || (octets[i] == ' ' && word.equals("From"));
            }
        }
        return false;
    }
}
