// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Takes one message's octets, within bounds, and keeps what speaks against it; from then on the octets are
/// dropped.
final class ContentSink {
    /// Octets of a message header. Mail with hundreds of recipients in its fields stays far below.
    static final int MAXIMUM_HEADER = 256 << 10;

    private final ServerOptions options;
    private final OutputStream out;
    private long size;
    private boolean inHeader = true;
    private @Nullable ContentRefusal refusal;

    ContentSink(ServerOptions options, OutputStream out) {
        this.options = options;
        this.out = out;
    }

    /// Octets so far, dropped ones included.
    long size() {
        return size;
    }

    Optional<ContentRefusal> refusal() {
        return Optional.ofNullable(refusal);
    }

    /// A bare CR, a bare LF or a NUL was seen.
    void misframed() {
        refusal = ContentRefusal.MISFRAMED;
    }

    void emit(byte[] octets, int from, int to) {
        size += to - from;
        if (size > options.maximumMessageSize()) {
            refuse(ContentRefusal.MESSAGE_TOO_LARGE);
        }
        if (refusal != null || from == to) {
            return;
        }
        try {
            out.write(octets, from, to - from);
        } catch (IOException e) {
            // The sink's owner knows the cause; the client only learns that it must try again.
            refuse(ContentRefusal.STORE_FAILED);
        }
    }

    /// A line has ended.
    ///
    /// @param length with its CRLF
    /// @param sizeSoFar of the message up to there
    void endLine(long length, long sizeSoFar) {
        checkBounds(length, sizeSoFar);
        if (length == 2) {
            inHeader = false;
        }
    }

    /// @param length of the current line so far
    void checkBounds(long length, long sizeSoFar) {
        if (length > options.maximumTextLine()) {
            refuse(ContentRefusal.LINE_TOO_LONG);
        }
        if (inHeader && sizeSoFar > MAXIMUM_HEADER) {
            refuse(ContentRefusal.HEADER_TOO_LARGE);
        }
    }

    private void refuse(ContentRefusal why) {
        if (refusal == null) {
            refusal = why;
        }
    }
}
