// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.lab.ReceivedMessage;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.MailTransaction;

/// One submission of one message. A message that was not acknowledged is submitted anew under another token: the
/// gateway may have kept the first one all the same, and that would be no fault.
record LedgerMessage(int number, int attempt, DomainName domain) {
    private static final Pattern TOKEN = Pattern.compile("\r\nMessage-ID: <([0-9.]+)@client\\.sender\\.test>\r\n");
    private static final int LARGE = 300_000; // above what the spool keeps in its database

    LedgerMessage again() {
        return new LedgerMessage(number, attempt + 1, domain);
    }

    String token() {
        return number + "." + attempt;
    }

    /// The token of a message that arrived; empty when it is none of ours.
    static Optional<String> tokenOf(ReceivedMessage copy) {
        Matcher matcher = TOKEN.matcher(copy.content());
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /// The same for the same token, of many sizes, with all that a transfer could spoil.
    String content() {
        Random random = new Random(token().hashCode());
        int size = number % 25 == 7 ? LARGE : random.nextInt(4_000);
        StringBuilder text = new StringBuilder("From: <alice@sender.test>\r\nTo: <bob@" + domain + ">\r\n"
                + "Message-ID: <" + token() + "@client.sender.test>\r\n\r\n.\r\n..two dots\r\nGrüße\r\n");
        while (text.length() < size) {
            text.append(token())
                    .append(": ")
                    .append(Long.toString(random.nextLong(), 36))
                    .append(".\r\n");
        }
        return text.append("last line of ").append(token()).append("\r\n").toString();
    }

    /// Whether a copy is this message, octet for octet, below the gateway's own field.
    boolean isIntactIn(ReceivedMessage copy) {
        String sent = new String(content().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        String added = copy.content().substring(0, Math.max(0, copy.content().length() - sent.length()));
        return copy.content().endsWith(sent) && added.startsWith("Received: ") && added.endsWith("\r\n");
    }

    MailTransaction transaction() {
        byte[] octets = content().getBytes(StandardCharsets.UTF_8);
        return new MailTransaction(
                Optional.of(Mailbox.parse("alice@sender.test")),
                List.of(Mailbox.parse("bob@" + domain)),
                octets.length,
                false,
                true,
                () -> new ByteArrayInputStream(octets));
    }
}
