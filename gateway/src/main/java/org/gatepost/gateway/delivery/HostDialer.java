// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.InstantSource;
import java.util.Optional;
import org.gatepost.gateway.config.GatewayConfig.Delivery;
import org.gatepost.gateway.delivery.HostSession.Connection;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.PrintableText;
import org.gatepost.policy.SessionEnds;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TlsDemand;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportPolicy;
import org.gatepost.policy.TransportVerdict;
import org.gatepost.smtp.ConnectionLostException;
import org.gatepost.smtp.EnhancedStatusCode;
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
/// Where an operator's connector forbids TLS, none is begun; what policies then say of it is judged as ever.
///
/// Where nothing is demanded, encryption is used if it can be had and done without if not (RFC 7435): a host that
/// offers no STARTTLS or refuses it is used in clear text, and one whose connection breaks between STARTTLS and
/// the first reply over TLS is connected to once more without. Before that, and also where TLS is demanded, a
/// TLS client that knows another way to shake hands has one more try.
///
/// Where something is demanded, a host that has not proved itself yet cannot refuse mail for good: anybody in
/// between could have said it.
public final class HostDialer {
    private static final int LONGEST_WORDS = 300;
    private static final int LONGEST_NAME = 255;

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

    /// Where a conversation with one address of the host is opened.
    InetSocketAddress endpoint(HostDecision.Try host, InetAddress address) {
        return new InetSocketAddress(address, host.port().orElse(options.port()));
    }

    /// Opens a conversation with one address of the host; blocks at most for the configured time-outs.
    public Opening open(HostDecision.Try host, InetAddress address) {
        Dialogue dialogue = new Dialogue(host, address, Optional.empty());
        Opening opening = dialogue.open();
        if (opening instanceof Opening.Failed && dialogue.anotherWay) {
            Dialogue second = new Dialogue(host, address, Optional.empty());
            Opening again = second.open();
            // One that ended before TLS showed nothing of it: what the first showed still counts.
            if (again instanceof Opening.Ready || second.observed.isPresent()) {
                dialogue = second;
                opening = again;
            }
        }
        Optional<TlsObservation> trouble = dialogue.troubleWithTls();
        return opening instanceof Opening.Failed && host.demandsNothing() && trouble.isPresent()
                ? new Dialogue(host, address, trouble).open()
                : opening;
    }

    /// One connection on its way to a session.
    private final class Dialogue {
        private final HostDecision.Try host;
        private final InetAddress address;
        private final Optional<TlsObservation> withoutTlsFor;
        private Optional<TlsObservation> observed = Optional.empty();
        private Optional<TransportVerdict> verdict = Optional.empty();
        private Optional<InetAddress> source = Optional.empty();
        private Optional<String> helo = Optional.empty();
        private boolean tlsUnproven;
        private boolean anotherWay;
        private boolean silent;

        /// @param withoutTlsFor what became of TLS on the connection before, when this one does without
        Dialogue(HostDecision.Try host, InetAddress address, Optional<TlsObservation> withoutTlsFor) {
            this.host = host;
            this.address = address;
            this.withoutTlsFor = withoutTlsFor;
        }

        Opening open() {
            Socket socket = new Socket();
            PeerPace pace = new PeerPace(socket, options);
            boolean kept = false;
            try {
                Optional<ConnectionFailed> unreachable = connect(socket);
                if (unreachable.isPresent()) {
                    return failed(unreachable.get());
                }
                Opening opening = converse(socket, pace);
                kept = opening instanceof Opening.Ready;
                return opening;
            } catch (PeerRefusal refusal) {
                return failed(refusal.failure);
            } catch (IOException e) {
                ConnectionFailed failure = connectionFailure(e);
                silent = failure.subReason() == SubReason.CONNECTION_TIMED_OUT;
                return failed(failure);
            } finally {
                if (!kept) {
                    pace.close();
                    closeQuietly(socket);
                }
            }
        }

        /// What stood in the way when TLS was begun and no reply came over it; a host that does well in clear text
        /// may then be used so (pitfall 22).
        Optional<TlsObservation> troubleWithTls() {
            return tlsUnproven
                    ? observed.filter(seen -> !(seen instanceof TlsObservation.Established))
                            .or(() -> Optional.of(new TlsObservation.HandshakeFailed(
                                    Optional.empty(), "the connection was lost after STARTTLS")))
                    : Optional.empty();
        }

        private Optional<ConnectionFailed> connect(Socket socket) {
            Optional<InetAddress> source =
                    address instanceof Inet4Address ? options.sourceIpv4() : options.sourceIpv6();
            try {
                if (source.isPresent()) {
                    socket.bind(new InetSocketAddress(source.get(), 0));
                }
            } catch (IOException e) {
                return Optional.of(connectionFailure(
                        SubReason.CONNECTION_REFUSED,
                        "the source address "
                                + source.map(InetAddress::getHostAddress).orElse("")
                                + " cannot be used on this machine"));
            }
            silent = true;
            try {
                socket.connect(
                        endpoint(host, address), (int) options.connectTimeout().toMillis());
                socket.setTcpNoDelay(true);
                silent = false;
                return Optional.empty();
            } catch (SocketTimeoutException e) {
                return Optional.of(connectionFailure(SubReason.CONNECTION_TIMED_OUT, "no answer in time"));
            } catch (ConnectException e) {
                return Optional.of(connectionFailure(SubReason.CONNECTION_REFUSED, "the connection was refused"));
            } catch (IOException e) {
                return Optional.of(
                        connectionFailure(SubReason.CONNECTION_REFUSED, "there is no way to reach the address"));
            }
        }

        private Opening converse(Socket socket, PeerPace pace) throws IOException, PeerRefusal {
            source = Optional.of(socket.getLocalAddress());
            SmtpClientSession smtp = SmtpClientSession.open(
                    pace.reading(socket.getInputStream()), pace.writing(socket.getOutputStream()), pace);
            requireInClear("banner", smtp.banner());
            requireInClear("EHLO", greet(smtp));
            Connection inClear =
                    connection(pace, socket, () -> socket.getInputStream().available() > 0);
            if (withoutTlsFor.isPresent()) {
                return judgeUnencrypted(smtp, withoutTlsFor.get(), inClear);
            }
            if (host.operator().tls() instanceof TlsDemand.Never) {
                return judgeUnencrypted(smtp, new TlsObservation.SwitchedOff(), inClear);
            }
            if (!smtp.capabilities().offers("STARTTLS")) {
                return judgeUnencrypted(smtp, new TlsObservation.NotOffered(), inClear);
            }
            tlsUnproven = true;
            Reply reply = smtp.startTls();
            if (reply.code() != 220) {
                return judgeRefused(smtp, reply, inClear);
            }
            pace.lift();
            return encrypt(smtp, socket, pace);
        }

        private interface Inbound {
            boolean hasUnread() throws IOException;
        }

        private static Connection connection(PeerPace pace, Closeable channel, Inbound inbound) {
            return new Connection() {
                @Override
                public boolean hasUnread() throws IOException {
                    return inbound.hasUnread();
                }

                @Override
                public void close() throws IOException {
                    try (pace) {
                        channel.close();
                    }
                }
            };
        }

        private Opening judgeRefused(SmtpClientSession smtp, Reply reply, Connection connection) throws PeerRefusal {
            Opening opening = judgeUnencrypted(
                    smtp,
                    new TlsObservation.Refused(reply.code(), PrintableText.line(reply.text(), LONGEST_WORDS)),
                    connection);
            if (opening instanceof Opening.Ready && !smtp.isOpen()) {
                // 421 (RFC 5321 §3.8): nothing more can be said on this connection.
                throw new PeerRefusal(rejection("STARTTLS", reply));
            }
            return opening;
        }

        private Opening judgeUnencrypted(SmtpClientSession smtp, TlsObservation seen, Connection connection) {
            Optional<DeliveryFailure> refusal = judge(seen);
            if (refusal.isPresent()) {
                smtp.quit();
                return failed(refusal.get());
            }
            return ready(smtp, seen, connection);
        }

        private Opening encrypt(SmtpClientSession smtp, Socket socket, PeerPace pace) throws IOException, PeerRefusal {
            TlsChannel channel;
            try {
                channel = tlsClient.handshake(socket, host.serverName(), options.connectTimeout());
            } catch (HandshakeException e) {
                anotherWay = tlsClient.hasAnotherWay(host.serverName());
                TlsObservation seen = new TlsObservation.HandshakeFailed(tooOldVersion(e), messageOf(e));
                // Whatever the policies say of it, this connection is finished.
                return failed(judge(seen)
                        .orElseGet(() ->
                                connectionFailure(SubReason.CONNECTION_CLOSED, "TLS handshake: " + messageOf(e))));
            }
            boolean kept = false;
            try {
                Opening opening = converse(smtp, channel, pace);
                kept = opening instanceof Opening.Ready;
                return opening;
            } finally {
                if (!kept) {
                    closeQuietly(channel);
                }
            }
        }

        private Opening converse(SmtpClientSession smtp, TlsChannel channel, PeerPace pace)
                throws IOException, PeerRefusal {
            TlsObservation seen = new TlsObservation.Established(channel.facts());
            smtp.continueOver(pace.reading(channel.input()), pace.writing(channel.output()));
            Optional<DeliveryFailure> refusal = judge(seen);
            if (refusal.isPresent()) {
                smtp.quit();
                return failed(refusal.get());
            }
            Reply reply = greet(smtp);
            tlsUnproven = false;
            require("EHLO", reply);
            return ready(smtp, seen, connection(pace, channel, channel::hasUnread));
        }

        private Optional<DeliveryFailure> judge(TlsObservation seen) {
            TransportVerdict judged = TransportPolicy.judge(host, seen, trust, clock.instant());
            observed = Optional.of(seen);
            verdict = Optional.of(judged);
            return judged.refusal();
        }

        private Opening ready(SmtpClientSession smtp, TlsObservation seen, Connection connection) {
            return new Opening.Ready(new HostSession(ends(), seen, verdict.orElseThrow(), smtp, connection));
        }

        private Opening failed(DeliveryFailure failure) {
            return new Opening.Failed(failure, ends(), observed, verdict, silent);
        }

        private SessionEnds ends() {
            return new SessionEnds(address, source, helo);
        }

        /// The name that begins the answer to EHLO (RFC 5321 §4.1.1.1), for reports.
        private Reply greet(SmtpClientSession smtp) throws IOException {
            Reply reply = smtp.ehlo(hostname.toString());
            if (reply.isPositive()) {
                String name = reply.lines().getFirst().strip().split(" ", 2)[0];
                helo = Optional.of(PrintableText.line(name, LONGEST_NAME)).filter(text -> !text.isEmpty());
            }
            return reply;
        }

        private void requireInClear(String command, Reply reply) throws PeerRefusal {
            if (reply.isPermanent() && !host.demandsNothing()) {
                throw new PeerRefusal(connectionFailure(
                        SubReason.CONNECTION_REFUSED,
                        "before it proved who it is, the host answered "
                                + rejection(command, reply).evidence()));
            }
            require(command, reply);
        }

        private ConnectionFailed connectionFailure(IOException e) {
            return switch (e) {
                case SocketTimeoutException timeout ->
                    connectionFailure(SubReason.CONNECTION_TIMED_OUT, "no answer in time");
                case ConnectionLostException lost
                when lost.kind() == ConnectionLostException.Kind.TIMED_OUT ->
                    connectionFailure(SubReason.CONNECTION_TIMED_OUT, messageOf(lost));
                case ConnectionLostException lost -> connectionFailure(SubReason.CONNECTION_CLOSED, messageOf(lost));
                case SmtpProtocolException broken -> connectionFailure(SubReason.CONNECTION_CLOSED, messageOf(broken));
                default -> connectionFailure(SubReason.CONNECTION_CLOSED, "the connection was closed");
            };
        }

        private ConnectionFailed connectionFailure(SubReason reason, String evidence) {
            String place = "[" + address.getHostAddress() + "]:"
                    + endpoint(host, address).getPort() + ": ";
            return new ConnectionFailed(host.host().name().toString(), reason, place + evidence);
        }
    }

    private static void require(String command, Reply reply) throws PeerRefusal {
        if (!reply.isPositive()) {
            throw new PeerRefusal(rejection(command, reply));
        }
    }

    /// A peer's failure reply as an outcome, its words printable and bounded. A reply of no failure class,
    /// which breaks the protocol, counts as temporary; so does 552 to RCPT, the 452 of old servers (RFC
    /// 5321 §4.5.3.1.10), unless its enhanced code says that it means something else.
    static PeerRejected rejection(String command, Reply reply) {
        String text = PrintableText.line(reply.text(), LONGEST_WORDS);
        Optional<String> enhanced = reply.enhanced().map(EnhancedStatusCode::toString);
        if (reply.code() < 400) {
            return new PeerRejected(command, 451, enhanced, text);
        }
        boolean tooMany = command.equals("RCPT")
                && reply.code() == 552
                && enhanced.filter(code -> !code.equals("5.5.3")).isEmpty();
        return tooMany
                ? new PeerRejected(command, 452, Optional.of("4.5.3"), text)
                : new PeerRejected(command, reply.code(), enhanced, text);
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

    private static void closeQuietly(Closeable connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // Nothing depends on a connection that is given up.
        }
    }

    /// A failure reply on the way to a session.
    private static final class PeerRefusal extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient DeliveryFailure failure;

        PeerRefusal(DeliveryFailure failure) {
            super(failure.evidence());
            this.failure = failure;
        }
    }
}
