// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// The octets from a client: one buffer for commands and message content, one deadline, and the framing of command
/// lines.
///
/// A command line ends with CRLF and nothing else. A CR or LF of its own makes the input unframed: if two servers
/// disagree about where a line ends, one of them takes content for commands (SMTP smuggling), so the session must
/// end there.
final class PeerInput {
    private static final int SIZE = 32 << 10;
    private static final int MAXIMUM_SKIP = 64 << 10;
    private static final String BDAT = "BDAT";
    private static final byte CR = '\r';
    private static final byte LF = '\n';

    private final ServerConnection connection;
    private final InputStream in;
    private final ReplyWriter replies;
    private final InstantSource clock;
    private final byte[] buffer;
    private int position;
    private int limit;
    private Instant deadline = Instant.MAX;
    private Duration longestWait = Duration.ofMinutes(5);

    PeerInput(ServerConnection connection, ReplyWriter replies, ServerOptions options, InstantSource clock)
            throws IOException {
        this.connection = connection;
        this.in = connection.input();
        this.replies = replies;
        this.clock = clock;
        this.buffer = new byte[Math.max(SIZE, options.maximumCommandLine() + 2)];
    }

    /// Sets when the reads to come must have ended, and how long each may wait.
    void allow(Instant deadline, Duration longestWait) {
        this.deadline = deadline;
        this.longestWait = longestWait;
    }

    Instant now() {
        return clock.instant();
    }

    /// Whether the client has sent more than was consumed, as far as has been read.
    boolean hasBuffered() {
        return position < limit;
    }

    byte[] buffer() {
        return buffer;
    }

    int position() {
        return position;
    }

    int limit() {
        return limit;
    }

    void consumeTo(int newPosition) {
        position = newPosition;
    }

    /// Reads on, keeping what is not consumed, which must be less than a full buffer. Replies are flushed first:
    /// the client may be waiting for them.
    ///
    /// @return false when the client has closed the connection
    /// @throws InterruptedIOException when the time allowed is over
    boolean fill() throws IOException {
        replies.flush();
        System.arraycopy(buffer, position, buffer, 0, limit - position);
        limit -= position;
        position = 0;
        Duration remaining = remaining();
        connection.idleTimeout(remaining.compareTo(longestWait) < 0 ? remaining : longestWait);
        int count = in.read(buffer, limit, buffer.length - limit);
        if (count > 0) {
            limit += count;
        }
        return count >= 0;
    }

    /// What is left of the time allowed.
    ///
    /// @throws InterruptedIOException when nothing is
    Duration remaining() throws InterruptedIOException {
        Duration remaining = Duration.between(now(), deadline);
        if (!remaining.isPositive()) {
            throw new InterruptedIOException("the time allowed is over");
        }
        return remaining;
    }

    /// Reads one command line.
    ///
    /// @param maximum octets with the CRLF, at most the buffer's size
    CommandLine readLine(int maximum, Duration timeout) throws IOException {
        // The line as a whole, not each octet of it: a client that drips octets holds no session.
        allow(now().plus(timeout), timeout);
        int length = 0;
        while (true) {
            while (position + length < limit) {
                byte octet = buffer[position + length];
                if (octet == LF) {
                    return unframed("a line feed without carriage return");
                }
                if (octet == CR) {
                    if (position + length + 1 == limit) {
                        break;
                    }
                    if (buffer[position + length + 1] != LF) {
                        return unframed("a carriage return without line feed");
                    }
                    return complete(length);
                }
                length++;
                if (length > maximum - 2) {
                    return skipLine();
                }
            }
            if (!fill()) {
                return new CommandLine.Ended();
            }
        }
    }

    private CommandLine complete(int length) {
        boolean announces = announcesOctets(length);
        var octets = ByteBuffer.wrap(buffer, position, length);
        position += length + 2;
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(octets).toString();
        } catch (CharacterCodingException e) {
            return malformed(announces, "The command line is not UTF-8");
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            return malformed(announces, "Control characters are not allowed in a command line");
        }
        // RFC 5321 §4.1.1: white space before the CRLF is tolerated.
        return new CommandLine.Text(text.stripTrailing());
    }

    /// Whether the line may be followed by octets that are no commands, and by how many nobody can say.
    private boolean announcesOctets(int length) {
        return length >= BDAT.length()
                && BDAT.equalsIgnoreCase(new String(buffer, position, BDAT.length(), StandardCharsets.ISO_8859_1));
    }

    private static CommandLine malformed(boolean announcesOctets, String what) {
        return announcesOctets
                ? new CommandLine.Unframed(Reply.of(500, "5.5.2", what + "; closing"))
                : new CommandLine.Malformed(Reply.of(500, "5.5.2", what));
    }

    private CommandLine skipLine() throws IOException {
        boolean announces = announcesOctets(limit - position);
        boolean afterCr = false;
        for (int skipped = 0; skipped < MAXIMUM_SKIP; skipped++) {
            if (position == limit && !fillFully()) {
                return new CommandLine.Ended();
            }
            byte octet = buffer[position++];
            if (octet == LF) {
                return afterCr
                        ? malformed(announces, "The command line is too long")
                        : unframed("a line feed without carriage return");
            }
            if (afterCr) {
                return unframed("a carriage return without line feed");
            }
            afterCr = octet == CR;
        }
        return new CommandLine.Unframed(Reply.of(500, "5.5.2", "The command line does not end; closing"));
    }

    private boolean fillFully() throws IOException {
        while (position == limit) {
            if (!fill()) {
                return false;
            }
        }
        return true;
    }

    private static CommandLine unframed(String what) {
        return new CommandLine.Unframed(
                Reply.of(500, "5.5.2", "A line ends with CRLF, this one has " + what + "; closing"));
    }
}
