// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.gatepost.gateway.config.GatewayConfig.Delivery;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportPolicy;
import org.gatepost.policy.TransportVerdict;
import org.gatepost.smtp.ConnectionLostException;
import org.gatepost.smtp.EnhancedStatusCode;
import org.gatepost.smtp.Phase;
import org.gatepost.smtp.Reply;
import org.gatepost.smtp.SmtpClientSession;
import org.gatepost.smtp.SmtpProtocolException;
import org.gatepost.tls.HandshakeException;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsClient;
import org.gatepost.tls.TrustStore;

/// Connects to an MX host and brings the conversation to the point where a message may be sent: greeted, encrypted
/// and authenticated as far as the decision demands, and no further than it allows.
///
/// Where nothing is demanded, encryption is used if it can be had and done without if not (RFC 7435): a host that
/// offers no STARTTLS or refuses it is used in clear text, and one whose handshake breaks is connected to once more
/// without.
public final class HostDialer {
    /// Nothing depends on the reply to QUIT.
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final Delivery options;
    private final DomainName hostname;
    private final TlsClient tlsClient;
    private final TrustStore trust;
    private final InstantSource clock;

    public HostDialer(
            Delivery options, DomainName hostname, TlsClient tlsClient, TrustStore trust, InstantSource clock) {
        this.options = options;
        this.hostname = hostname;
        this.tlsClient = tlsClient;
        this.trust = trust;
        this.clock = clock;
    }

    /// Opens a conversation with one address of the host; blocks at most for the configured time-outs.
    public Opening open(HostDecision.Try host, InetAddress address) {
        Opening opening = new Dialogue(host, address).open(true);
        if (opening instanceof Opening.Failed failed
                && host.demandsNothing()
                && failed.tls().orElse(null) instanceof TlsObservation.HandshakeFailed) {
            return new Dialogue(host, address).open(false);
        }
        return opening;
    }

    /// One connection on its way to a session.
    private final class Dialogue {
        private final HostDecision.Try host;
        private final InetAddress address;
        private Optional<TlsObservation> observed = Optional.empty();
        private Optional<TransportVerdict> verdict = Optional.empty();

        Dialogue(HostDecision.Try host, InetAddress address) {
            this.host = host;
            this.address = address;
        }

        Opening open(boolean withTls) {
            Socket socket = new Socket();
            boolean kept = false;
            try {
                connect(socket);
                Opening opening = converse(socket, withTls);
                kept = opening instanceof Opening.Ready;
                return opening;
            } catch (PeerRefusal refusal) {
                return failed(refusal.failure);
            } catch (IOException e) {
                return failed(connectionFailure(e));
            } finally {
                if (!kept) {
                    closeQuietly(socket);
                }
            }
        }

        private void connect(Socket socket) throws IOException {
            Optional<InetAddress> source =
                    address instanceof Inet4Address ? options.sourceIpv4() : options.sourceIpv6();
            if (source.isPresent()) {
                socket.bind(new InetSocketAddress(source.get(), 0));
            }
            socket.connect(new InetSocketAddress(address, options.port()), (int)
                    options.connectTimeout().toMillis());
            socket.setTcpNoDelay(true);
        }

        private Opening converse(Socket socket, boolean withTls) throws IOException, PeerRefusal {
            SmtpClientSession smtp = SmtpClientSession.open(
                    socket.getInputStream(), socket.getOutputStream(), phase -> socket.setSoTimeout(timeout(phase)));
            require("banner", smtp.banner());
            require("EHLO", smtp.ehlo(hostname.toString()));
            if (!withTls) {
                return ready(smtp, new TlsObservation.HandshakeFailed(Optional.empty(), "not tried again"), socket);
            }
            if (!smtp.capabilities().offers("STARTTLS")) {
                return judgeUnencrypted(smtp, new TlsObservation.NotOffered(), socket);
            }
            Reply reply = smtp.startTls();
            if (reply.code() != 220) {
                return judgeUnencrypted(smtp, new TlsObservation.Refused(reply.code(), reply.text()), socket);
            }
            return encrypt(smtp, socket);
        }

        private int timeout(Phase phase) {
            return (int)
                    switch (phase) {
                        case BANNER, EHLO, STARTTLS, MAIL, RCPT, DATA, CONTENT, RSET ->
                            options.commandTimeout().toMillis();
                        case MESSAGE -> options.dataTimeout().toMillis();
                        case QUIT -> GOODBYE.toMillis();
                    };
        }

        private Opening judgeUnencrypted(SmtpClientSession smtp, TlsObservation seen, Socket socket) {
            Optional<DeliveryFailure> refusal = judge(seen);
            if (refusal.isPresent()) {
                smtp.quit();
                return failed(refusal.get());
            }
            return ready(smtp, seen, socket);
        }

        private Opening encrypt(SmtpClientSession smtp, Socket socket) throws IOException, PeerRefusal {
            TlsChannel channel;
            try {
                channel = tlsClient.handshake(socket, host.serverName(), options.connectTimeout());
            } catch (HandshakeException e) {
                TlsObservation seen = new TlsObservation.HandshakeFailed(tooOldVersion(e), messageOf(e));
                // Whatever the policies say of it, this connection is finished.
                return failed(judge(seen)
                        .orElseGet(() ->
                                connectionFailure(SubReason.CONNECTION_CLOSED, "TLS handshake: " + messageOf(e))));
            }
            TlsObservation seen = new TlsObservation.Established(channel.facts());
            smtp.continueOver(channel.input(), channel.output());
            Optional<DeliveryFailure> refusal = judge(seen);
            if (refusal.isPresent()) {
                smtp.quit();
                channel.close();
                return failed(refusal.get());
            }
            require("EHLO", smtp.ehlo(hostname.toString()));
            return ready(smtp, seen, channel);
        }

        private Optional<DeliveryFailure> judge(TlsObservation seen) {
            TransportVerdict judged = TransportPolicy.judge(host, seen, trust, clock.instant());
            observed = Optional.of(seen);
            verdict = Optional.of(judged);
            return judged.refusal();
        }

        private Opening ready(SmtpClientSession smtp, TlsObservation seen, java.io.Closeable connection) {
            TransportVerdict judged =
                    verdict.orElseGet(() -> TransportPolicy.judge(host, seen, trust, clock.instant()));
            return new Opening.Ready(new HostSession(address, seen, judged, smtp, connection));
        }

        private Opening failed(DeliveryFailure failure) {
            return new Opening.Failed(failure, observed, verdict);
        }

        private ConnectionFailed connectionFailure(IOException e) {
            return switch (e) {
                case SocketTimeoutException timeout ->
                    connectionFailure(SubReason.CONNECTION_TIMED_OUT, "no answer in time");
                case ConnectException refused ->
                    connectionFailure(SubReason.CONNECTION_REFUSED, "the connection was refused");
                case NoRouteToHostException unreachable ->
                    connectionFailure(SubReason.CONNECTION_REFUSED, "there is no route to the host");
                case ConnectionLostException lost
                when lost.kind() == ConnectionLostException.Kind.TIMED_OUT ->
                    connectionFailure(SubReason.CONNECTION_TIMED_OUT, messageOf(lost));
                case ConnectionLostException lost -> connectionFailure(SubReason.CONNECTION_CLOSED, messageOf(lost));
                case SmtpProtocolException broken -> connectionFailure(SubReason.CONNECTION_CLOSED, messageOf(broken));
                default -> connectionFailure(SubReason.CONNECTION_CLOSED, "the connection was closed");
            };
        }

        private ConnectionFailed connectionFailure(SubReason reason, String evidence) {
            String place = "[" + address.getHostAddress() + "]:" + options.port() + ": ";
            return new ConnectionFailed(host.host().name().toString(), reason, place + evidence);
        }
    }

    private static void require(String command, Reply reply) throws PeerRefusal {
        if (!reply.isPositive()) {
            throw new PeerRefusal(rejection(command, reply));
        }
    }

    /// A peer's failure reply as an outcome; a reply of no failure class, which breaks the protocol, counts as
    /// temporary.
    static PeerRejected rejection(String command, Reply reply) {
        boolean failure = reply.code() >= 400 && reply.code() <= 599;
        return new PeerRejected(
                command,
                failure ? reply.code() : 451,
                reply.enhanced().map(EnhancedStatusCode::toString),
                reply.text());
    }

    /// The version that makes the peer too old; some servers say that they are without saying how old.
    private static Optional<String> tooOldVersion(HandshakeException e) {
        return e.kind() == HandshakeException.Kind.VERSION_TOO_OLD
                ? Optional.of(e.observedVersion().orElse("below TLSv1.2"))
                : Optional.empty();
    }

    private static String messageOf(IOException e) {
        return Optional.ofNullable(e.getMessage()).orElse("no detail");
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing depends on a connection that is given up.
        }
    }

    /// A failure reply on the way to a session.
    private static final class PeerRefusal extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient PeerRejected failure;

        PeerRefusal(PeerRejected failure) {
            super(failure.evidence());
            this.failure = failure;
        }
    }
}
