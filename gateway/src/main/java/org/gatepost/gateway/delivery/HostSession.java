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
        Closeable connection,
        SessionUse use)
        implements Closeable {
    HostSession(
            SessionEnds ends,
            TlsObservation tls,
            TransportVerdict verdict,
            SmtpClientSession smtp,
            Closeable connection) {
        this(ends, tls, verdict, smtp, connection, new SessionUse());
    }

    /// The same, with something to be done once it is closed.
    HostSession with(Runnable afterwards) {
        return new HostSession(
                ends,
                tls,
                verdict,
                smtp,
                () -> {
                    try {
                        connection.close();
                    } finally {
                        afterwards.run();
                    }
                },
                use);
    }

    /// The address connected to.
    public InetAddress address() {
        return ends.receiving();
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
