// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.SessionEnds;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportVerdict;
import org.gatepost.smtp.SmtpClientSession;

/// A conversation with one MX host that satisfies everything demanded of it: made by [HostDialer], and the only
/// thing that a message is ever sent over.
///
/// @param use what it has been used for
/// @param smtp greeted, and greeted again after STARTTLS
public record HostSession(
        SessionEnds ends,
        TlsObservation tls,
        TransportVerdict verdict,
        SmtpClientSession smtp,
        Connection connection,
        SessionUse use)
        implements Closeable {
    HostSession(
            SessionEnds ends,
            TlsObservation tls,
            TransportVerdict verdict,
            SmtpClientSession smtp,
            Connection connection) {
        this(ends, tls, verdict, smtp, connection, new SessionUse());
    }

    /// What a conversation goes over.
    interface Connection extends Closeable {
        /// Whether the host has sent something that nobody has read.
        boolean hasUnread() throws IOException;
    }

    /// The same, with something to be done once it is closed.
    HostSession with(Runnable afterwards) {
        var watched = new Connection() {
            @Override
            public boolean hasUnread() throws IOException {
                return connection.hasUnread();
            }

            @Override
            public void close() throws IOException {
                try {
                    connection.close();
                } finally {
                    afterwards.run();
                }
            }
        };
        return new HostSession(ends, tls, verdict, smtp, watched, use);
    }

    /// Whether nothing has come since the host's last reply was read. What it says unasked is that it closes
    /// (RFC 5321 §3.8), or else would be taken for the reply to the next command.
    boolean isQuiet() {
        try {
            return !connection.hasUnread();
        } catch (IOException e) {
            return false;
        }
    }

    /// The address connected to.
    public InetAddress address() {
        return ends.receiving();
    }

    /// Says goodbye and closes, without waiting for an answer; only between messages.
    void leave() {
        try {
            smtp.leave(); // RFC 5321 §4.1.1.10
        } finally {
            drop();
        }
    }

    /// Closes without a word, for nothing more can be said; never throws.
    void drop() {
        try {
            connection.close();
        } catch (IOException e) {
            // The peer is gone already.
            return;
        }
    }

    /// Says goodbye and closes; never throws.
    @Override
    public void close() {
        try (connection) {
            smtp.quit();
        } catch (IOException e) {
            // The peer is gone already; nothing depends on this connection any more.
        }
    }

    /// How opening a conversation ended.
    public sealed interface Opening {
        record Ready(HostSession session) implements Opening {}

        /// @param tls what was seen of TLS, if it came to that
        /// @param verdict what the policies say of it, if they were asked
        /// @param silent whether the address could not be connected to, or said nothing in time
        record Failed(
                DeliveryFailure failure,
                SessionEnds ends,
                Optional<TlsObservation> tls,
                Optional<TransportVerdict> verdict,
                boolean silent)
                implements Opening {}
    }
}
