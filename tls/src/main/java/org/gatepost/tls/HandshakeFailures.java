// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.gatepost.tls.HandshakeException.Kind;
import org.jspecify.annotations.Nullable;

/// Tells why a handshake failed, from the peer's first octets where they say it, else from what the engine
/// threw.
///
/// Engines word their errors as they like, so their text never reaches a message: only names of alerts are
/// taken from it, for the alerts that were encrypted or that are our own.
///
/// @param peer how messages call the other side: `server` or `client`
/// @param first what the peer sent first
record HandshakeFailures(String peer, FirstFlight first) {
    private static final Pattern RECEIVED = Pattern.compile("[Rr]eceived (?:fatal alert|handshake warning): (\\w+)");
    private static final Pattern OWN = Pattern.compile("^\\((\\w+)\\)");

    HandshakeException explain(IOException cause) {
        if (cause instanceof SocketTimeoutException) {
            return timedOut("the " + peer + " was silent for too long", cause);
        }
        return switch (first) {
            case FirstFlight.NotTls() ->
                new HandshakeException(Kind.PROTOCOL_VIOLATION, null, "what the " + peer + " sent is not TLS", cause);
            case FirstFlight.Hello(int version) when version < FirstFlight.TLS12 -> tooOld(version, cause);
            case FirstFlight.Alert(int version, int code) -> alert(version, code, cause);
            case FirstFlight.Hello hello -> later(cause);
            case FirstFlight.Nothing nothing -> later(cause);
            case FirstFlight.Unknown unknown -> later(cause);
        };
    }

    HandshakeException timedOut(String message, @Nullable IOException cause) {
        return ended(Kind.TIMED_OUT, message, cause);
    }

    private HandshakeException ended(Kind kind, String message, @Nullable IOException cause) {
        return first instanceof FirstFlight.Nothing
                ? HandshakeException.unanswered(kind, message, cause)
                : new HandshakeException(kind, null, message, cause);
    }

    private HandshakeException tooOld(int version, IOException cause) {
        String name = FirstFlight.name(version);
        String message = "the " + peer + " speaks " + name + ", and TLS 1.2 is the least that is accepted";
        return new HandshakeException(Kind.VERSION_TOO_OLD, name, message, cause);
    }

    private HandshakeException alert(int version, int code, IOException cause) {
        Optional<AlertDescription> known = AlertDescription.of(code);
        String message = "the " + peer + " refused the handshake with the alert "
                + known.map(AlertDescription::toString).orElse(Integer.toString(code));
        if (known.isEmpty()) {
            return new HandshakeException(Kind.REFUSED_BY_PEER, null, message, cause);
        }
        String observed = version < FirstFlight.TLS12 ? FirstFlight.name(version) : null;
        return switch (known.get()) {
            case CLOSE_NOTIFY, USER_CANCELED -> closed(cause);
            case PROTOCOL_VERSION -> new HandshakeException(Kind.VERSION_TOO_OLD, observed, message, cause);
            // A server that knows no cipher suite of TLS 1.2 says so in a record of its own version. Other alerts prove
            // nothing: some implementations put 1.0 on every record that they send before a version is agreed.
            case HANDSHAKE_FAILURE, INSUFFICIENT_SECURITY ->
                new HandshakeException(
                        observed == null ? Kind.REFUSED_BY_PEER : Kind.VERSION_TOO_OLD, observed, message, cause);
            default -> new HandshakeException(Kind.REFUSED_BY_PEER, null, message, cause);
        };
    }

    private HandshakeException closed(IOException cause) {
        return ended(Kind.CLOSED, "the " + peer + " closed the connection during the handshake", cause);
    }

    /// The peer's first flight was sound, as far as there was one; the trouble came after it.
    private HandshakeException later(IOException cause) {
        if (!(cause instanceof SSLException)) {
            return closed(cause);
        }
        Optional<AlertDescription> received = alertIn(RECEIVED, cause);
        if (received.isPresent()) {
            return alert(FirstFlight.TLS12, received.get().code(), cause);
        }
        AlertDescription own = alertIn(OWN, cause).orElse(AlertDescription.UNEXPECTED_MESSAGE);
        return own == AlertDescription.HANDSHAKE_FAILURE || own == AlertDescription.INSUFFICIENT_SECURITY
                ? new HandshakeException(
                        Kind.REFUSED_BY_PEER,
                        null,
                        "the " + peer + " shares no acceptable cipher suite, group or signature scheme (alert sent: "
                                + own + ")",
                        cause)
                : new HandshakeException(
                        Kind.PROTOCOL_VIOLATION,
                        null,
                        "the " + peer + " broke the protocol (alert sent: " + own + ")",
                        cause);
    }

    /// One printable line about a connection that broke after its handshake.
    static String afterHandshake(SSLException broken) {
        return alertIn(RECEIVED, broken)
                .map(alert -> "the peer ended the TLS connection with the alert " + alert)
                .orElseGet(() -> "the TLS connection broke (alert sent: "
                        + alertIn(OWN, broken).orElse(AlertDescription.UNEXPECTED_MESSAGE) + ")");
    }

    private static Optional<AlertDescription> alertIn(Pattern where, IOException thrown) {
        String text = thrown.getMessage();
        Matcher matcher = where.matcher(text == null ? "" : text);
        return matcher.find() ? AlertDescription.named(matcher.group(1)) : Optional.empty();
    }
}
