// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;

/// The connection to the server ended before the conversation did.
public final class ConnectionLostException extends IOException {
    private final Phase phase;
    private final Kind kind;

    ConnectionLostException(Phase phase, IOException cause) {
        super("connection " + Kind.of(cause).words + " in phase " + phase.command(), cause);
        this.phase = phase;
        this.kind = Kind.of(cause);
    }

    /// What the session was doing.
    public Phase phase() {
        return phase;
    }

    public Kind kind() {
        return kind;
    }

    /// Whether the final dot may have reached the server: the message may have been delivered, and sending it
    /// again may make a duplicate (RFC 1047).
    public boolean messageInDoubt() {
        return phase == Phase.MESSAGE;
    }

    /// How a connection ends.
    public enum Kind {
        /// The server closed it in order.
        CLOSED("closed by the server"),
        /// The caller's time-out struck.
        TIMED_OUT("timed out"),
        /// It broke, by a reset or otherwise.
        BROKEN("broken");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        private static Kind of(IOException cause) {
            return switch (cause) {
                case EOFException _ -> CLOSED;
                case InterruptedIOException _ -> TIMED_OUT;
                case IOException _ -> BROKEN;
            };
        }
    }
}
