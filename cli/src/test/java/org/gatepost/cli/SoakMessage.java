// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.lab.ReceivedMessage;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.MailTransaction;

/// A message whose copies tell whether they are whole.
///
/// @param lines of its body, of 64 octets
record SoakMessage(List<String> recipients, int lines) {
    /// How the address of a recipient begins that must never get anything.
    static final String BROKEN_OFF = "x";

    private static final String LINE = "1234567 ".repeat(7) + "123456\r\n";
    private static final Pattern LINES = Pattern.compile("\r\nX-Lines: (\\d+)\r\n\r\n");

    SoakMessage {
        recipients = List.copyOf(recipients);
    }

    String content() {
        return "From: <alice@sender.test>\r\nSubject: soak\r\nX-Lines: " + lines + "\r\n\r\n" + LINE.repeat(lines);
    }

    MailTransaction transaction() {
        byte[] octets = content().getBytes(StandardCharsets.US_ASCII);
        return new MailTransaction(
                Optional.of(Mailbox.parse("alice@sender.test")),
                recipients.stream().map(Mailbox::parse).toList(),
                octets.length,
                false,
                false,
                () -> new ByteArrayInputStream(octets));
    }

    static boolean isWhole(ReceivedMessage copy) {
        Matcher matcher = LINES.matcher(copy.content());
        if (!matcher.find()) {
            return false;
        }
        int lines = Integer.parseInt(matcher.group(1));
        return copy.content().length() - matcher.end() == lines * LINE.length()
                && copy.content().endsWith(LINE.repeat(Math.min(1, lines)));
    }
}
