// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.time.Instant;

/// Reads the octets that follow a BDAT command: as many as it announced, whatever becomes of them, for only
/// what comes after them is a command again.
final class ChunkInput {
    /// How often the time of one block a message may take as a whole, pauses between its chunks included.
    private static final int MOST_BLOCKS = 10;

    private final PeerInput input;
    private final ServerOptions options;

    ChunkInput(PeerInput input, ServerOptions options) {
        this.input = input;
        this.options = options;
    }

    /// Takes the octets of the buffer between two indices.
    @FunctionalInterface
    interface Taker {
        void take(byte[] octets, int from, int to);
    }

    /// Drops the octets.
    boolean skip(long size) throws IOException {
        return read(size, new Allowance(input.now(), 0), (octets, from, to) -> {});
    }

    /// What the time that a client may take for a message is reckoned by, however many chunks it is cut into; each
    /// chunk has a time of its own, too, in which pauses before it do not count.
    ///
    /// @param started when the first chunk began
    /// @param octets that have come before
    record Allowance(Instant started, long octets) {}

    /// @return false when the client has closed the connection before the end
    /// @throws IOException when the connection breaks, or time is over ([java.io.InterruptedIOException])
    boolean read(long size, Allowance allowance, Taker taker) throws IOException {
        Instant begun = input.now();
        input.allow(deadline(begun, 0, allowance), options.dataTimeout());
        input.remaining(); // even where the octets came along with the command
        long read = 0;
        while (read < size) {
            if (!input.hasBuffered()) {
                input.allow(deadline(begun, read, allowance), options.dataTimeout());
                if (!input.fill()) {
                    return false;
                }
                continue;
            }
            int count = (int) Math.min(size - read, input.limit() - input.position());
            taker.take(input.buffer(), input.position(), input.position() + count);
            input.consumeTo(input.position() + count);
            read += count;
        }
        return true;
    }

    private Instant deadline(Instant begun, long read, Allowance allowance) {
        Instant ofChunk = begun.plus(options.dataTimeout()).plusSeconds(read / ContentReader.MINIMUM_RATE);
        Instant ofMessage = allowance
                .started()
                .plus(options.dataTimeout().multipliedBy(MOST_BLOCKS))
                .plusSeconds((allowance.octets() + read) / ContentReader.MINIMUM_RATE);
        return ofChunk.isBefore(ofMessage) ? ofChunk : ofMessage;
    }
}
