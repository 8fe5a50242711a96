// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A client's streams, and the phase that the conversation is in; every failure of a stream becomes a
/// [ConnectionLostException] that names the phase.
final class ClientWire {
    // As large as a TLS record, so that commands and content are sealed in few of them.
    private static final int BUFFER = 16 << 10;

    private final PhaseListener listener;
    private ReplyReader replies;
    private OutputStream out;
    private Phase phase = Phase.BANNER;
    private boolean open = true;

    ClientWire(InputStream in, OutputStream out, PhaseListener listener) {
        this.listener = listener;
        this.replies = new ReplyReader(in);
        this.out = new BufferedOutputStream(out, BUFFER);
    }

    /// Goes on over other streams, as after a TLS handshake; nothing read or written before is kept.
    void continueOver(InputStream newIn, OutputStream newOut) {
        replies = new ReplyReader(newIn);
        out = new BufferedOutputStream(newOut, BUFFER);
        open = true;
    }

    /// Whether another command may be sent.
    boolean isOpen() {
        return open;
    }

    void close() {
        open = false;
    }

    void enter(Phase next) throws ConnectionLostException {
        phase = next;
        try {
            listener.entering(next);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /// Queues a command line.
    ///
    /// @throws IllegalArgumentException when it holds control characters, and would be more than one line
    void command(String line) throws ConnectionLostException {
        if (line.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a command must not hold control characters");
        }
        try {
            out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /// Sends what is queued.
    void flush() throws ConnectionLostException {
        try {
            out.flush();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /// Sends what is queued, and reads one reply. A 421 closes the wire for further commands.
    Reply reply(Phase awaited) throws ConnectionLostException, SmtpProtocolException {
        enter(awaited);
        try {
            out.flush();
        } catch (IOException e) {
            // A server that closed an idle connection has said so; any other word of its cannot answer this command.
            return lastWords(e).filter(Reply::isClosing).orElseThrow(() -> lost(e));
        }
        try {
            Reply reply = replies.read(phase);
            open = open && !reply.isClosing();
            return reply;
        } catch (SmtpProtocolException e) {
            open = false;
            throw e;
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /// A reply that the server sent without being asked, as far as it has been read: only 421 makes sense
    /// (RFC 5321 §3.8). Any other would be taken for the reply to the next command.
    Optional<Reply> unsolicited(Phase next) throws ConnectionLostException, SmtpProtocolException {
        if (!replies.hasBuffered()) {
            return Optional.empty();
        }
        Reply reply = reply(next);
        if (!reply.isClosing()) {
            throw violation("a reply without a command");
        }
        return Optional.of(reply);
    }

    boolean hasBufferedInput() {
        return replies.hasBuffered();
    }

    /// The stream for message content. Its failures are the server's or the network's; see [#lastWords].
    OutputStream content() {
        return out;
    }

    /// After a failed write: the negative reply that the server may have sent before it closed the connection.
    Optional<Reply> lastWords(IOException failure) {
        open = false;
        if (failure instanceof InterruptedIOException) {
            return Optional.empty();
        }
        try {
            return Optional.of(replies.read(phase)).filter(reply -> !reply.isPositive());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    ConnectionLostException lost(IOException cause) {
        open = false;
        return new ConnectionLostException(phase, cause);
    }

    SmtpProtocolException violation(String rule) {
        open = false;
        return new SmtpProtocolException(phase, rule);
    }
}
