// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/// A message that comes in chunks. Without BINARYMIME it is text as after DATA, so the same is refused: bare
/// CR, bare LF, NUL, lines that are too long (RFC 3030 §2). A line end may be parted between two chunks.
final class ChunkedContent implements AutoCloseable {
    private static final int CR = '\r';
    private static final int LF = '\n';
    private static final byte[] CRLF = "\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Instant started;
    private final BodyReceiver receiver;
    private final ContentSink sink;
    private boolean afterCr;
    private long lineLength;

    /// @param started when its first chunk began
    ChunkedContent(ServerOptions options, BodyReceiver receiver, Instant started) {
        this.started = started;
        this.receiver = receiver;
        this.sink = new ContentSink(options, receiver.stream());
    }

    void take(byte[] octets, int from, int to) {
        for (int i = from; i < to; i++) {
            int octet = octets[i] & 0xff;
            lineLength++;
            if (octet > CR && !afterCr) {
                continue;
            }
            if (octet == 0 || afterCr != (octet == LF)) {
                sink.misframed();
            }
            if (afterCr && octet == LF) {
                sink.endLine(lineLength, sink.size() + (i + 1 - from));
                lineLength = 0;
            }
            afterCr = octet == CR;
        }
        sink.emit(octets, from, to);
        sink.checkBounds(lineLength, sink.size());
    }

    /// The last chunk has come. A last line without its end is given one, as every server has to that hands the
    /// message on by DATA.
    void complete() {
        if (afterCr) {
            sink.misframed();
        } else if (lineLength > 0) {
            sink.emit(CRLF, 0, CRLF.length);
        }
    }

    long size() {
        return sink.size();
    }

    ChunkInput.Allowance allowance() {
        return new ChunkInput.Allowance(started, sink.size());
    }

    Optional<ContentRefusal> refusal() {
        return sink.refusal();
    }

    Reply finish() {
        return receiver.finish();
    }

    @Override
    public void close() {
        receiver.close();
    }
}
