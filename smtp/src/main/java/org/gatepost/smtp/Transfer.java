// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gatepost.names.Mailbox;
import org.jspecify.annotations.Nullable;

/// One mail transaction of a client.
///
/// MAIL, every RCPT and DATA go out in groups: of one command without PIPELINING, else of up to [#GROUP], after
/// which all their replies are read. The bound keeps both sides from blocking on full windows (RFC 2920 §3.1).
///
/// A server that offers CHUNKING gets the content in chunks in place of DATA, once it has accepted a
/// recipient: nothing waits for 354, and no dots are stuffed. Until it has taken a chunk it may not know what
/// one is, for filters pass the offer on and read what follows as commands. So the first line, which can be no
/// command, goes as a chunk of its own first.
final class Transfer {
    /// Commands sent before the first of their replies is read.
    static final int GROUP = 100;

    private static final byte[] FINAL_DOT = ".\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ClientWire wire;
    private final Capabilities capabilities;
    private final MailTransaction transaction;
    private final List<Reply> replies = new ArrayList<>(); // to MAIL, to each RCPT, to DATA: in this order
    private final Chunking chunking;
    private boolean chunkTaken;
    private @Nullable Reply closing;

    /// Whether content may go in chunks where that is offered.
    enum Chunking {
        NEVER,
        /// Nobody knows yet whether the server can do it.
        UNPROVEN,
        PROVEN
    }

    Transfer(ClientWire wire, Capabilities capabilities, MailTransaction transaction, Chunking chunking) {
        this.wire = wire;
        this.capabilities = capabilities;
        this.transaction = transaction;
        this.chunking = chunking;
    }

    static TransferResult refusedAtMail(Reply reply) {
        return new TransferResult(reply, List.of(), Optional.empty(), Optional.empty());
    }

    /// @throws IllegalStateException when an address needs SMTPUTF8 and the server does not offer it
    TransferResult run() throws IOException {
        return chunking != Chunking.NEVER && capabilities.offers("CHUNKING") ? runChunked() : runData();
    }

    /// Whether the server has taken a chunk.
    boolean chunkTaken() {
        return chunkTaken;
    }

    private TransferResult runData() throws IOException {
        List<String> commands = commands();
        commands.add("DATA");
        exchange(commands);
        return afterReplies();
    }

    private TransferResult afterReplies() throws IOException {
        if (!replies.getFirst().isPositive()) {
            return refused();
        }
        return afterRecipients();
    }

    private void exchange(List<String> commands) throws IOException {
        int group = capabilities.offers("PIPELINING") ? GROUP : 1;
        while (replies.size() < commands.size() && isWorthwhile()) {
            int from = replies.size();
            int to = Math.min(from + group, commands.size());
            send(commands.subList(from, to), from);
            for (int i = from; i < to; i++) {
                replies.add(readReply(phase(i)));
            }
        }
    }

    /// RFC 3030 §2: the replies to MAIL and RCPT come first, so that no content is sent in vain.
    private TransferResult runChunked() throws IOException {
        exchange(commands());
        if (!replies.getFirst().isPositive() || closing != null || !anyAccepted()) {
            return chunked(Optional.empty());
        }
        InputStream source = openContent();
        try {
            if (chunking == Chunking.PROVEN) {
                return chunked(Optional.of(sendChunk(source, transaction.size())));
            }
            Optional<byte[]> first = FirstLine.read(source, transaction.size());
            if (first.isPresent()) {
                Reply taken = sendFirstChunk(first.get());
                return chunked(Optional.of(
                        taken.isPositive() ? sendChunk(source, transaction.size() - first.get().length) : taken));
            }
        } finally {
            close(source);
        }
        exchange(Stream.concat(commands().stream(), Stream.of("DATA")).toList());
        return afterReplies();
    }

    private Reply sendFirstChunk(byte[] line) throws IOException {
        Optional<Reply> unasked = wire.unsolicited(Phase.CONTENT);
        if (unasked.isPresent()) {
            return unasked.get();
        }
        wire.enter(Phase.CONTENT);
        wire.command("BDAT " + line.length);
        try {
            wire.content().write(line);
        } catch (IOException e) {
            return wire.lastWords(e).orElseThrow(() -> wire.lost(e));
        }
        Reply reply = wire.reply(Phase.CONTENT);
        if (reply.code() / 100 == 3) {
            throw wire.violation("an intermediate reply to a chunk");
        }
        chunkTaken = reply.isPositive();
        return reply;
    }

    /// @param end the reply to the chunk, if it was sent
    private TransferResult chunked(Optional<Reply> end) {
        Reply mail = replies.getFirst();
        Reply last = closing;
        while (last != null && replies.size() < 1 + transaction.recipients().size()) {
            replies.add(last);
        }
        return mail.isPositive()
                ? new TransferResult(
                        mail, recipientReplies(), Optional.empty(), end.or(() -> Optional.ofNullable(last)))
                : refusedAtMail(mail);
    }

    /// Sends all that is left of the content.
    private Reply sendChunk(InputStream source, long size) throws IOException {
        Optional<Reply> unasked = wire.unsolicited(Phase.CONTENT);
        if (unasked.isPresent()) {
            return unasked.get();
        }
        wire.enter(Phase.CONTENT);
        wire.command("BDAT " + size + " LAST");
        try {
            ChunkCopy chunk = ChunkCopy.copy(source, size, wire.content());
            // From here on the server may have the whole message, whatever is heard of it.
            wire.enter(Phase.MESSAGE);
            chunk.complete();
        } catch (ContentSourceException | ConnectionLostException e) {
            wire.close();
            throw e;
        } catch (IOException e) {
            return wire.lastWords(e).orElseThrow(() -> wire.lost(e));
        }
        Reply reply = finalReply();
        chunkTaken |= reply.isPositive();
        return reply;
    }

    private List<String> commands() {
        var commands = new ArrayList<String>();
        commands.add(mailCommand());
        for (int i = 0; i < transaction.recipients().size(); i++) {
            commands.add(recipientCommand(i));
        }
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
        if (transaction.requireTls() && capabilities.offers("REQUIRETLS")) {
            command.append(" REQUIRETLS");
        }
        return command + parameters(transaction.dsn().message().parameters());
    }

    private String recipientCommand(int index) {
        return "RCPT TO:<" + sendable(transaction.recipients().get(index)) + ">"
                + parameters(transaction.dsn().recipient(index).parameters());
    }

    /// RFC 3461 §5.2.1, §5.2.2: passed on as received to a server that offers DSN, and to no other.
    private String parameters(List<String> dsn) {
        return capabilities.offers("DSN") ? dsn.stream().map(p -> " " + p).collect(Collectors.joining()) : "";
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
    private boolean isWorthwhile() {
        if (replies.isEmpty()) {
            return true;
        }
        if (closing != null || !replies.getFirst().isPositive()) {
            return false;
        }
        // DATA comes last, and needs a recipient.
        return replies.size() < 1 + transaction.recipients().size() || anyAccepted();
    }

    /// Sends nothing after a 421, which then counts as the reply.
    private void send(List<String> commands, int first) throws IOException {
        if (closing == null) {
            closing = wire.unsolicited(phase(first)).orElse(null);
        }
        if (closing != null) {
            return;
        }
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
        Optional<Reply> unasked = wire.unsolicited(Phase.CONTENT);
        if (unasked.isPresent()) {
            return unasked.get();
        }
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
