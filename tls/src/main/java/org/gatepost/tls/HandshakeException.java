// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.util.Optional;

/// A handshake that did not complete.
public final class HandshakeException extends IOException {
    private final Kind kind;
    private final @org.jspecify.annotations.Nullable String observedVersion;
    private final boolean unanswered;

    /// @param kind the class of the failure
    /// @param observedVersion the protocol version that the server chose or put on its alert, such as `TLSv1.1`, if
    ///     seen
    /// @param message one printable line: what happened, and the alert if one was sent or received
    public HandshakeException(
            Kind kind,
            @org.jspecify.annotations.Nullable String observedVersion,
            String message,
            @org.jspecify.annotations.Nullable Throwable cause) {
        this(kind, observedVersion, message, cause, false);
    }

    private HandshakeException(
            Kind kind,
            @org.jspecify.annotations.Nullable String observedVersion,
            String message,
            @org.jspecify.annotations.Nullable Throwable cause,
            boolean unanswered) {
        super(message, cause);
        this.kind = kind;
        this.observedVersion = observedVersion;
        this.unanswered = unanswered;
    }

    /// One with a peer that sent not one octet.
    static HandshakeException unanswered(
            Kind kind, String message, @org.jspecify.annotations.Nullable Throwable cause) {
        return new HandshakeException(kind, null, message, cause, true);
    }

    public Kind kind() {
        return kind;
    }

    /// The protocol version that the server chose or put on its alert, when it got so far.
    public Optional<String> observedVersion() {
        return Optional.ofNullable(observedVersion);
    }

    /// Whether the peer sent not one octet: perhaps what was sent to it never got through.
    boolean isUnanswered() {
        return unanswered;
    }

    /// Why a handshake fails.
    public enum Kind {
        /// The server speaks only versions below TLS 1.2.
        VERSION_TOO_OLD,
        /// The peers share no cipher suite, group or signature scheme, or the peer sent another alert.
        REFUSED_BY_PEER,
        /// The peer broke the protocol, or what it sent was no TLS at all.
        PROTOCOL_VIOLATION,
        /// The connection ended during the handshake.
        CLOSED,
        /// The handshake took too long.
        TIMED_OUT
    }
}
