// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/// A peer's octets, one segment a read; then the end, or a failure.
final class ScriptedInput extends InputStream {
    private final Deque<byte[]> segments = new ArrayDeque<>();
    private final IOException failure;
    private final boolean fails;

    private ScriptedInput(List<byte[]> segments, boolean fails, IOException failure) {
        this.segments.addAll(segments);
        this.fails = fails;
        this.failure = failure;
    }

    /// Segments of UTF-8 text, then the end of the stream.
    static ScriptedInput of(String... segments) {
        return ofOctets(Arrays.stream(segments)
                .map(segment -> segment.getBytes(StandardCharsets.UTF_8))
                .toList());
    }

    static ScriptedInput ofOctets(List<byte[]> segments) {
        return new ScriptedInput(segments, false, new IOException());
    }

    /// Segments of UTF-8 text, then a failure of every further read.
    static ScriptedInput failing(IOException failure, String... segments) {
        return new ScriptedInput(
                Arrays.stream(segments)
                        .map(segment -> segment.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                true,
                failure);
    }

    @Override
    public int read() {
        throw new UnsupportedOperationException("octets are read in pieces");
    }

    @Override
    public int read(byte[] octets, int offset, int length) throws IOException {
        byte[] segment = segments.poll();
        if (segment == null) {
            if (fails) {
                throw failure;
            }
            return -1;
        }
        int count = Math.min(length, segment.length);
        System.arraycopy(segment, 0, octets, offset, count);
        if (count < segment.length) {
            segments.addFirst(Arrays.copyOfRange(segment, count, segment.length));
        }
        return count;
    }

    boolean isExhausted() {
        return segments.isEmpty();
    }
}
