// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.gatepost.names.Mailbox;
import org.jspecify.annotations.Nullable;

/// Reads a client's commands one by one and answers them. Each `boolean` says whether the conversation goes on.
///
/// It is a little long, because the state of a conversation (greeted, in a transaction, encrypted) is here and
/// nowhere else; all parsing and framing lives in the types it uses.
final class ServerConversation {
    /// Octets of a chunk, other than the last, below which it counts as a command that leads nowhere.
    private static final int LEAST_CHUNK = 512;

    private final ServerConnection connection;
    private final ServerOptions options;
    private final MailReception reception;
    private final InstantSource clock;
    private final EnvelopeGrammar grammar;
    private final Patience patience;

    private ReplyWriter replies;
    private PeerInput input;
    private boolean greeted;
    private boolean authenticated;
    private @Nullable Transaction transaction;
    private @Nullable ChunkedContent chunked;
    private long skipped; // octets of chunks that belonged to no message, since one was accepted

    ServerConversation(ServerConnection connection, ServerOptions options, MailReception reception, InstantSource clock)
            throws IOException {
        this.connection = connection;
        this.options = options;
        this.reception = reception;
        this.clock = clock;
        this.grammar = new EnvelopeGrammar(options);
        this.patience = new Patience(options);
        this.replies = new ReplyWriter(connection.output());
        this.input = new PeerInput(connection, replies, options, clock);
    }

    /// What MAIL has begun.
    private record Transaction(MailParameters parameters, SequencedMap<Mailbox, RecipientDsn> accepted) {
        DsnRequest dsn() {
            return new DsnRequest(parameters.dsn(), List.copyOf(accepted.values()));
        }
    }

    void greet() throws IOException {
        say(Reply.of(220, "", options.hostname() + " ESMTP Gatepost"));
    }

    boolean serveNext() throws IOException {
        return switch (input.readLine(options.maximumCommandLine(), options.commandTimeout())) {
            case CommandLine.Text(String text) -> serve(text);
            case CommandLine.Malformed(Reply reply) -> fault(reply);
            case CommandLine.Unframed(Reply reply) -> sayLast(reply);
            case CommandLine.Ended() -> false;
        };
    }

    /// Whether a message has begun that more chunks belong to.
    boolean isTakingIn() {
        return chunked != null;
    }

    void flush() throws IOException {
        replies.flush();
    }

    /// Says a last word, if the client still listens.
    void farewell(Reply reply) {
        try {
            sayLast(reply);
            flush();
        } catch (IOException e) {
            // The connection is lost: what was to be said no longer matters.
            dropTransaction();
        }
    }

    /// Ends a transaction without a message.
    void dropTransaction() {
        if (transaction != null) {
            transaction = null;
            reception.abandoned();
        }
        closeChunked();
    }

    private void closeChunked() {
        ChunkedContent content = chunked;
        chunked = null;
        if (content != null) {
            content.close();
        }
    }

    private boolean serve(String line) throws IOException {
        int space = line.indexOf(' ');
        String word = space < 0 ? line : line.substring(0, space);
        String argument = space < 0 ? "" : line.substring(space + 1).strip();
        try {
            return switch (Verb.of(word)) {
                case EHLO -> hello(argument, true);
                case HELO -> hello(argument, false);
                case MAIL -> mail(argument);
                case RCPT -> recipient(argument);
                case DATA -> data(argument);
                case BDAT -> chunk(argument);
                case RSET -> reset(argument);
                case NOOP -> idle(Reply.of(250, "2.0.0", "OK"));
                case QUIT -> quit(argument);
                // RFC 5321 §3.5.3: neither confirms nor denies that the mailbox exists.
                case VRFY -> idle(Reply.of(252, "2.0.0", "Cannot verify, but will take mail for permitted recipients"));
                case HELP -> idle(Reply.of(214, "2.0.0", help()));
                case STARTTLS -> startTls(argument);
                case AUTH -> authenticate(argument);
                case UNIMPLEMENTED -> fault(Reply.of(502, "5.5.1", "Command not implemented"));
                case FOREIGN -> sayLast(Reply.of(554, "5.5.1", "Command not offered; closing"));
                case UNKNOWN -> unknown(word);
            };
        } catch (CommandRefusal e) {
            return fault(e.reply());
        }
    }

    private String help() {
        return "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP STARTTLS"
                + (reception.offersAuthentication() ? " AUTH" : "");
    }

    /// A word that only begins with BDAT may be followed by octets that are no commands.
    private boolean unknown(String word) throws IOException {
        return word.regionMatches(true, 0, "BDAT", 0, 4)
                ? sayLast(Reply.of(500, "5.5.1", "Command not recognized; closing"))
                : fault(Reply.of(500, "5.5.1", "Command not recognized"));
    }

    private boolean hello(String name, boolean extended) throws IOException {
        if (!name.matches("[!-~]{1,255}")) {
            return fault(Reply.of(501, "5.5.4", "Syntax: EHLO domain-or-address-literal"));
        }
        patience.idleCommand();
        dropTransaction(); // RFC 5321 §4.1.4: EHLO is also a RSET
        greeted = true;
        reception.heloSeen(name);
        return say(new Reply(250, Optional.empty(), extended ? capabilities() : List.of(hostname())));
    }

    private List<String> capabilities() {
        var lines = new ArrayList<>(List.of(
                hostname(),
                "PIPELINING",
                "SIZE " + options.maximumMessageSize(),
                "8BITMIME",
                "SMTPUTF8",
                "ENHANCEDSTATUSCODES",
                "CHUNKING"));
        if (offer().dsn()) {
            lines.add("DSN");
        }
        if (offersStartTls()) {
            lines.add("STARTTLS");
        }
        if (offer().requireTls()) {
            lines.add("REQUIRETLS");
        }
        if (offer().authentication()) {
            lines.add("AUTH " + AuthExchange.MECHANISMS);
        }
        return lines;
    }

    private EnvelopeGrammar.Offer offer() {
        return new EnvelopeGrammar.Offer(
                reception.offersDsn(),
                connection.encrypted(),
                connection.encrypted() && reception.offersAuthentication());
    }

    private String hostname() {
        return options.hostname().toString();
    }

    private boolean mail(String argument) throws IOException, CommandRefusal {
        if (!greeted) {
            return fault(Reply.of(503, "5.5.1", "EHLO comes first"));
        }
        if (transaction != null) {
            return fault(Reply.of(503, "5.5.1", "A mail transaction is already open"));
        }
        MailParameters parameters = grammar.mail(argument, offer());
        Reply reply = reception.mail(parameters);
        if (reply.isPositive()) {
            transaction = new Transaction(parameters, new LinkedHashMap<>());
        } else {
            patience.refusal();
        }
        return say(reply);
    }

    private boolean recipient(String argument) throws IOException, CommandRefusal {
        Transaction current = transaction;
        if (current == null) {
            return fault(Reply.of(503, "5.5.1", "MAIL comes first"));
        }
        if (chunked != null) {
            return fault(Reply.of(503, "5.5.1", "The message has begun; no more recipients"));
        }
        EnvelopeGrammar.Recipient recipient =
                grammar.recipient(argument, current.parameters().smtpUtf8(), offer());
        if (current.accepted().containsKey(recipient.mailbox())) {
            return idle(Reply.of(250, "2.1.5", "Recipient OK, named before"));
        }
        if (current.accepted().size() >= options.maximumRecipients()) {
            patience.refusal();
            return say(Reply.of(452, "4.5.3", "Too many recipients in one transaction"));
        }
        Reply reply = reception.recipient(recipient.mailbox());
        if (reply.isPositive()) {
            current.accepted().put(recipient.mailbox(), recipient.dsn());
        } else {
            patience.refusal();
        }
        return say(reply);
    }

    private boolean data(String argument) throws IOException {
        // RFC 2920 §3.1: the client waits for the reply to DATA. One that does not would have its content read as
        // commands whenever DATA is refused.
        if (input.hasBuffered()) {
            return sayLast(Reply.of(554, "5.5.1", "Nothing may be sent after DATA before its reply; closing"));
        }
        if (!argument.isEmpty()) {
            return fault(Reply.of(501, "5.5.4", "DATA takes no argument"));
        }
        Transaction current = transaction;
        if (current == null) {
            return fault(Reply.of(503, "5.5.1", "MAIL comes first"));
        }
        if (current.accepted().isEmpty()) {
            patience.refusal();
            return say(noRecipients());
        }
        if (chunked != null) {
            return fault(Reply.of(503, "5.5.1", "The message has begun with BDAT and must end so"));
        }
        try (BodyReceiver receiver = open(current)) {
            say(Reply.of(354, "", "Send the message, end with CRLF . CRLF"));
            return content(receiver);
        }
    }

    private static Reply noRecipients() {
        return Reply.of(554, "5.5.1", "No valid recipients");
    }

    private BodyReceiver open(Transaction current) {
        return reception.content(List.copyOf(current.accepted().keySet()), current.dsn());
    }

    /// A chunk that cannot be taken is read all the same, and dropped: a client may send it, and those after
    /// it, before it knows (RFC 3030 §2). What is larger than any message is not read away, though: SIZE has
    /// said so before.
    private boolean chunk(String argument) throws IOException {
        Optional<Chunk> announced = Chunk.parse(argument);
        if (announced.isEmpty()) {
            return sayLast(Reply.of(501, "5.5.4", "Syntax: BDAT octets [LAST]; closing"));
        }
        Chunk chunk = announced.get();
        if (chunk.size() > options.maximumMessageSize()) {
            return sayLast(tooLarge());
        }
        Transaction current = transaction;
        if (current == null) {
            // no fault: chunks sent ahead end here when one before them was refused
            return skip(chunk, Reply.of(503, "5.5.1", "MAIL comes first"));
        }
        if (current.accepted().isEmpty()) {
            return skip(chunk, noRecipients());
        }
        ChunkedContent content = chunked;
        if (content == null) {
            content = new ChunkedContent(options, open(current), input.now());
            chunked = content;
        }
        return new ChunkInput(input, options).read(chunk.size(), content.allowance(), content::take)
                && judge(content, chunk);
    }

    private boolean skip(Chunk chunk, Reply reply) throws IOException {
        patience.refusal();
        skipped += chunk.size();
        if (skipped > options.maximumMessageSize()) {
            return sayLast(tooLarge());
        }
        return new ChunkInput(input, options).skip(chunk.size()) && say(reply);
    }

    private static Reply tooLarge() {
        return Reply.of(552, "5.3.4", "More than a message may have; closing");
    }

    private boolean judge(ChunkedContent content, Chunk chunk) throws IOException {
        if (chunk.last()) {
            content.complete();
        }
        Optional<ContentRefusal> refusal = content.refusal();
        if (refusal.isPresent()) {
            return refuse(refusal.get());
        }
        if (!chunk.last()) {
            if (chunk.size() < LEAST_CHUNK) {
                patience.idleCommand();
            }
            return say(Reply.of(250, "2.0.0", content.size() + " octets so far"));
        }
        boolean goesOn = finish(content.finish());
        closeChunked();
        return goesOn;
    }

    private boolean content(BodyReceiver receiver) throws IOException {
        var reader = new ContentReader(input, options, new ContentSink(options, receiver.stream()));
        return switch (readContent(reader)) {
            case ContentReader.Outcome.Complete() -> finish(receiver.finish());
            case ContentReader.Outcome.Refused(ContentRefusal why) -> refuse(why);
            case ContentReader.Outcome.Lost() -> false;
        };
    }

    private static ContentReader.Outcome readContent(ContentReader reader) throws IOException {
        try {
            return reader.read();
        } catch (InterruptedIOException e) {
            if (reader.isMisframed()) {
                // The client waits for the reply to an end of its own making: it is told why there is none.
                return new ContentReader.Outcome.Refused(ContentRefusal.MISFRAMED);
            }
            throw e;
        }
    }

    private boolean finish(Reply reply) throws IOException {
        transaction = null;
        if (reply.isPositive()) {
            patience.acceptedMessage();
            skipped = 0;
        } else {
            patience.refusal();
        }
        boolean goOn = say(reply);
        // At once, even if more commands are buffered: until the client has it, a crash makes a duplicate.
        flush();
        return goOn;
    }

    private boolean refuse(ContentRefusal why) throws IOException {
        dropTransaction();
        patience.refusal();
        return why == ContentRefusal.MISFRAMED ? sayLast(why.reply()) : say(why.reply());
    }

    private boolean reset(String argument) throws IOException {
        if (!argument.isEmpty()) {
            return fault(Reply.of(501, "5.5.4", "RSET takes no argument"));
        }
        dropTransaction();
        return idle(Reply.of(250, "2.0.0", "OK"));
    }

    private boolean quit(String argument) throws IOException {
        if (!argument.isEmpty()) {
            return fault(Reply.of(501, "5.5.4", "QUIT takes no argument"));
        }
        return sayLast(Reply.of(221, "2.0.0", hostname() + " closing"));
    }

    private boolean offersStartTls() {
        return connection.canStartTls() && !connection.encrypted();
    }

    /// RFC 3207 §4.2: nothing the client said in clear counts afterwards.
    private boolean startTls(String argument) throws IOException {
        // CVE-2011-0411 and its kin: octets already here were sent in clear, perhaps by somebody in between, and must
        // never be read as if they had come encrypted. No honest client sends any, so the session ends.
        if (input.hasBuffered()) {
            return sayLast(Reply.of(554, "5.5.1", "Nothing may be sent after STARTTLS before its reply; closing"));
        }
        if (!argument.isEmpty()) {
            return fault(Reply.of(501, "5.5.4", "STARTTLS takes no argument"));
        }
        if (!offersStartTls()) {
            return fault(
                    connection.encrypted()
                            ? Reply.of(503, "5.5.1", "TLS is already active")
                            : Reply.of(502, "5.5.1", "STARTTLS is not offered"));
        }
        dropTransaction();
        greeted = false;
        say(Reply.of(220, "2.0.0", "Ready to start TLS"));
        flush();
        connection.idleTimeout(options.commandTimeout());
        try {
            connection.startTls();
        } catch (IOException e) {
            return false; // no word in clear may follow into a half-made TLS connection
        }
        replies = new ReplyWriter(connection.output());
        input = new PeerInput(connection, replies, options, clock);
        return true;
    }

    /// RFC 4954 §4.
    private boolean authenticate(String argument) throws IOException, CommandRefusal {
        if (!reception.offersAuthentication()) {
            return fault(Reply.of(502, "5.5.1", "Command not implemented"));
        }
        if (!connection.encrypted()) {
            return fault(Reply.of(538, "5.7.11", "Passwords are taken over TLS only; STARTTLS comes first"));
        }
        if (!greeted || authenticated || transaction != null) {
            return fault(Reply.of(503, "5.5.1", "AUTH comes once, after EHLO and before MAIL"));
        }
        AuthExchange exchange = AuthExchange.begin(argument);
        Optional<String> challenge = exchange.challenge();
        while (challenge.isPresent()) {
            say(Reply.of(334, "", challenge.get()));
            switch (input.readLine(options.maximumCommandLine(), options.commandTimeout())) {
                case CommandLine.Text(String response)
                when response.equals(AuthExchange.CANCEL) -> {
                    return fault(Reply.of(501, "5.7.0", "Authentication cancelled"));
                }
                case CommandLine.Text(String response) -> exchange.respond(response);
                case CommandLine.Malformed _ -> {
                    return fault(Reply.of(500, "5.5.6", "The response is too long, or not base64"));
                }
                case CommandLine.Unframed(Reply reply) -> {
                    return sayLast(reply);
                }
                case CommandLine.Ended() -> {
                    return false;
                }
            }
            challenge = exchange.challenge();
        }
        return judge(reception.authenticate(exchange.credentials()));
    }

    private boolean judge(Reply reply) throws IOException {
        authenticated = reply.isPositive();
        return authenticated ? say(reply) : fault(reply);
    }

    private boolean idle(Reply reply) throws IOException {
        patience.idleCommand();
        return say(reply);
    }

    private boolean fault(Reply reply) throws IOException {
        patience.faultyCommand();
        return say(reply);
    }

    private boolean say(Reply reply) throws IOException {
        replies.write(reply);
        if (patience.isOver()) {
            return sayLast(Reply.of(421, "4.7.0", hostname() + " too many errors; closing"));
        }
        return !reply.isClosing();
    }

    private boolean sayLast(Reply reply) throws IOException {
        replies.write(reply);
        return false;
    }
}
