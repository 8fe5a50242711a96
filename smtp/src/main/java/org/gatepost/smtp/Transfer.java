// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;
import org.jspecify.annotations.Nullable;

/// One mail transaction of a client.
///
/// MAIL, every RCPT and DATA go out in groups: of one command without PIPELINING, else of up to [#GROUP], after
/// which all their replies are read. The bound keeps both sides from blocking on full windows (RFC 2920 §3.1).
final class Transfer {
    /// Commands sent before the first of their replies is read.
    static final int GROUP = 100;

    private static final byte[] FINAL_DOT = ".\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ClientWire wire;
    private final Capabilities capabilities;
    private final MailTransaction transaction;
    private final List<Reply> replies = new ArrayList<>(); // to MAIL, to each RCPT, to DATA: in this order
    private @Nullable Reply closing;

    Transfer(ClientWire wire, Capabilities capabilities, MailTransaction transaction) {
        this.wire = wire;
        this.capabilities = capabilities;
        this.transaction = transaction;
    }

    static TransferResult refusedAtMail(Reply reply) {
        return new TransferResult(reply, List.of(), Optional.empty(), Optional.empty());
    }

    /// @throws IllegalStateException when an address needs SMTPUTF8 and the server does not offer it
    TransferResult run() throws IOException {
        List<String> commands = commands();
        int group = capabilities.offers("PIPELINING") ? GROUP : 1;
        while (replies.size() < commands.size() && isWorthwhile(commands.size())) {
            int from = replies.size();
            int to = Math.min(from + group, commands.size());
            send(commands.subList(from, to), from);
            for (int i = from; i < to; i++) {
                replies.add(readReply(phase(i)));
            }
        }
        if (!replies.getFirst().isPositive()) {
            return refused();
        }
        return afterRecipients();
    }

    private List<String> commands() {
        var commands = new ArrayList<String>();
        commands.add(mailCommand());
        for (Mailbox recipient : transaction.recipients()) {
            commands.add("RCPT TO:<" + sendable(recipient) + ">");
        }
        commands.add("DATA");
        return commands;
    }

    private String mailCommand() {
        var command = new StringBuilder("MAIL FROM:<");
        transaction.reversePath().ifPresent(mailbox -> command.append(sendable(mailbox)));
        command.append('>');
        if (capabilities.offers("SIZE")) {
            command.append(" SIZE=").append(transaction.size());
        }
        if (transaction.eightBitMime() && capabilities.offers("8BITMIME")) {
            command.append(" BODY=8BITMIME");
        }
        if (transaction.smtpUtf8() && capabilities.offers("SMTPUTF8")) {
            command.append(" SMTPUTF8");
        }
        return command.toString();
    }

    private Mailbox sendable(Mailbox mailbox) {
        if (mailbox.needsSmtpUtf8() && !(transaction.smtpUtf8() && capabilities.offers("SMTPUTF8"))) {
            throw new IllegalStateException("a non-ASCII address needs SMTPUTF8, which is not in use");
        }
        return mailbox;
    }

    private static final int MAIL = 0;

    private Phase phase(int command) {
        if (command == MAIL) {
            return Phase.MAIL;
        }
        return command <= transaction.recipients().size() ? Phase.RCPT : Phase.DATA;
    }

    /// Whether the next command makes sense after the replies so far.
    private boolean isWorthwhile(int commandCount) {
        if (replies.isEmpty()) {
            return true;
        }
        if (closing != null || !replies.getFirst().isPositive()) {
            return false;
        }
        return replies.size() < commandCount - 1 || anyAccepted();
    }

    private void send(List<String> commands, int first) throws IOException {
        wire.enter(phase(first));
        for (String command : commands) {
            wire.command(command);
        }
    }

    private Reply readReply(Phase phase) throws IOException {
        Reply last = closing;
        if (last != null) {
            return last;
        }
        Reply reply = wire.reply(phase);
        if (reply.isClosing()) {
            closing = reply;
        }
        boolean intermediate = reply.code() / 100 == 3;
        if (phase == Phase.DATA ? reply.isPositive() && reply.code() != 354 : intermediate) {
            throw wire.violation("a positive reply that does not answer the command");
        }
        return reply;
    }

    private boolean anyAccepted() {
        return recipientReplies().stream().anyMatch(Reply::isPositive);
    }

    private List<Reply> recipientReplies() {
        return replies.subList(
                1, Math.min(replies.size(), 1 + transaction.recipients().size()));
    }

    private TransferResult refused() {
        if (replies.getLast().code() == 354) {
            // MAIL was refused, and yet content is awaited: only a broken server says so. It gets none.
            wire.close();
        }
        return refusedAtMail(replies.getFirst());
    }

    private TransferResult afterRecipients() throws IOException {
        Reply last = closing;
        while (last != null && replies.size() < 2 + transaction.recipients().size()) {
            replies.add(last);
        }
        List<Reply> recipients = recipientReplies();
        Optional<Reply> data =
                replies.size() == 2 + recipients.size() ? Optional.of(replies.getLast()) : Optional.empty();
        Optional<Reply> end =
                data.filter(Reply::isPositive).isPresent() ? Optional.of(sendContent()) : Optional.empty();
        return new TransferResult(replies.getFirst(), recipients, data, end);
    }

    private Reply sendContent() throws IOException {
        wire.enter(Phase.CONTENT);
        try {
            if (anyAccepted()) {
                copyContent();
            }
            // From here on the server may have the whole message, whatever is heard of it.
            wire.enter(Phase.MESSAGE);
            wire.content().write(FINAL_DOT);
            wire.content().flush();
        } catch (ContentSourceException | ConnectionLostException e) {
            wire.close();
            throw e;
        } catch (IOException e) {
            return wire.lastWords(e).orElseThrow(() -> wire.lost(e));
        }
        return finalReply();
    }

    /// RFC 2920 §3.1: when every RCPT was refused and DATA was not, nothing but the final dot is sent.
    private void copyContent() throws IOException {
        InputStream source = openContent();
        try {
            DotStuffing.copy(source, wire.content());
        } finally {
            close(source);
        }
    }

    private InputStream openContent() throws ContentSourceException {
        try {
            return transaction.content().open();
        } catch (IOException e) {
            throw new ContentSourceException(e);
        }
    }

    private static void close(InputStream source) {
        try {
            source.close();
        } catch (IOException e) {
            // Everything needed has been read, or a worse failure is on its way up.
            return;
        }
    }

    private Reply finalReply() throws IOException {
        Reply reply = wire.reply(Phase.MESSAGE);
        if (reply.code() / 100 == 3) {
            throw wire.violation("an intermediate reply to the message");
        }
        return reply;
    }
}
