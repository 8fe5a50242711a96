// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Reads one message after 354: takes the dot-stuffing off, finds the end, and refuses what must not be relayed.
///
/// Only CRLF `.` CRLF ends a message (RFC 5321 §4.1.1.4). A refused message is read to that end all the same and
/// dropped, because the client listens to no reply before.
///
/// Octets pass from the connection's buffer to the sink in the largest runs that dot-unstuffing leaves; memory
/// does not depend on the message.
final class ContentReader {
    /// Octets a second that a client must deliver in the long run, or it is timed out.
    static final int MINIMUM_RATE = 512;

    /// How many times the size limit is read, though it is dropped.
    private static final long MOST_DROPPED = 10;

    private static final int CR = '\r';
    private static final int LF = '\n';

    private final PeerInput input;
    private final ServerOptions options;
    private final ContentSink sink;
    private final Instant started;

    private boolean lineStart = true;
    private boolean ended;
    private long lineLength; // octets of the current line that earlier scans have consumed

    ContentReader(PeerInput input, ServerOptions options, ContentSink sink) {
        this.input = input;
        this.options = options;
        this.sink = sink;
        this.started = input.now();
    }

    /// How the reading ended.
    sealed interface Outcome {
        /// The whole message is in the sink.
        record Complete() implements Outcome {}

        /// The message has been read to its end, and must not be kept.
        record Refused(ContentRefusal why) implements Outcome {}

        /// The client closed the connection before the end.
        record Lost() implements Outcome {}
    }

    /// @throws IOException when the connection breaks, or time is over ([java.io.InterruptedIOException])
    Outcome read() throws IOException {
        while (!ended) {
            input.consumeTo(scan(input.buffer(), input.position(), input.limit()));
            if (!ended && !fill()) {
                return new Outcome.Lost();
            }
        }
        return sink.refusal().<Outcome>map(Outcome.Refused::new).orElseGet(Outcome.Complete::new);
    }

    /// What already speaks against the message, for a client that never sends its end.
    boolean isMisframed() {
        return sink.refusal().equals(Optional.of(ContentRefusal.MISFRAMED));
    }

    private boolean fill() throws IOException {
        // Who sends for ever what is refused already gets no more time for it.
        long counted = Math.min(sink.size(), MOST_DROPPED * options.maximumMessageSize());
        Duration earned = Duration.ofSeconds(counted / MINIMUM_RATE);
        input.allow(started.plus(options.dataTimeout()).plus(earned), options.dataTimeout());
        return input.fill();
    }

    /// Consumes what can be judged, and stops before octets whose meaning depends on those to come; the end of a
    /// message is three octets long, so a client always sends as many.
    ///
    /// @return index of the first octet not consumed
    private int scan(byte[] octets, int from, int to) {
        int run = from;
        int i = from;
        long lineBegin = from - lineLength;
        while (i < to) {
            if (lineStart && octets[i] == '.') {
                if (to - i < 3) {
                    break;
                }
                sink.emit(octets, run, i);
                if (octets[i + 1] == CR && octets[i + 2] == LF) {
                    ended = true;
                    return i + 3;
                }
                i++; // RFC 5321 §4.5.2: the dot that was stuffed
                run = i;
                lineBegin = i;
            }
            lineStart = false;
            while (i < to && (octets[i] & 0xff) > CR) {
                i++;
            }
            if (i == to) {
                break;
            }
            int octet = octets[i];
            if (octet == CR && i + 1 == to) {
                break;
            }
            if (octet == CR && octets[i + 1] == LF) {
                i += 2;
                sink.endLine(i - lineBegin, sink.size() + (i - run));
                lineStart = true;
                lineBegin = i;
            } else {
                i++;
                if (octet == CR || octet == LF || octet == 0) {
                    sink.misframed();
                }
            }
        }
        sink.emit(octets, run, i);
        lineLength = i - lineBegin;
        sink.checkBounds(lineLength, sink.size());
        return i;
    }
}
