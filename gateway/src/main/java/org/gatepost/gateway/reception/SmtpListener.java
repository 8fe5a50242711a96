// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.gatepost.gateway.config.GatewayConfig.Limits;
import org.gatepost.gateway.net.Acceptor;
import org.gatepost.gateway.net.ClientShares;
import org.gatepost.names.DomainName;
import org.gatepost.smtp.ServerOptions;
import org.gatepost.smtp.SmtpServerSession;
import org.gatepost.tls.TlsServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts SMTP clients on one address: one virtual thread a connection, bounded in all and for each client
/// address.
public final class SmtpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpListener.class);
    private static final Duration DRAIN_INTERVAL = Duration.ofMillis(20);
    private static final int MAX_COMMAND_LINE = 4096;
    private static final int MAX_TEXT_LINE = 1_000_000;
    private static final int MAX_ERRORS = 20;

    private final ReceptionParts parts;
    private final ClientShares shares;
    private final Set<Client> open = ConcurrentHashMap.newKeySet();
    private final Acceptor acceptor;
    private volatile boolean aborted;

    private SmtpListener(ServerSocket server, ReceptionParts parts) {
        this.parts = parts;
        this.shares =
                new ClientShares(parts.limits().maxConnections(), parts.limits().maxConnectionsPerAddress());
        this.acceptor = Acceptor.start("smtp", server, this::admit);
    }

    /// One connection.
    private record Client(Socket socket, ClientReception reception, SmtpServerSession session) {
        /// Ends the session as soon as no message is being taken in; what is idle sees the end of its input.
        void stop() {
            session.stop();
            if (!reception.isTakingIn()) {
                try {
                    socket.shutdownInput();
                } catch (IOException e) {
                    LOG.debug("stopping a connection failed: {}", e.getMessage());
                }
            }
        }
    }

    /// What every connection of a listener shares.
    public record ReceptionParts(DomainName hostname, Limits limits, Optional<TlsServer> tls, MessageIntake intake) {}

    /// Takes an address; clients that connect wait until [#start].
    ///
    /// @throws IOException when the address cannot be bound
    public static ServerSocket bind(InetSocketAddress address) throws IOException {
        return Acceptor.bind(address);
    }

    /// Starts accepting on a bound socket, which is the listener's from now on.
    public static SmtpListener start(ServerSocket server, ReceptionParts parts) {
        return new SmtpListener(server, parts);
    }

    /// Where it really listens, with the port that was free when none was given.
    public InetSocketAddress address() {
        return acceptor.address();
    }

    private void admit(Socket socket) {
        InetAddress address = socket.getInetAddress();
        switch (shares.enter(address)) {
            case TOO_MANY -> refuse(socket, "421 4.3.2 too many connections, try again later\r\n");
            case TOO_MANY_OF_ADDRESS -> refuse(socket, "421 4.7.0 too many connections from your address\r\n");
            case ADMITTED ->
                Thread.ofVirtual().name("smtp-in " + address.getHostAddress()).start(() -> serve(socket, address));
        }
    }

    private static void refuse(Socket socket, String reply) {
        try (socket) {
            socket.getOutputStream().write(reply.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The client is gone; it loses nothing but the reason.
        }
    }

    private void serve(Socket socket, InetAddress address) {
        try (socket;
                SocketConnection connection =
                        new SocketConnection(socket, parts.tls(), parts.limits().commandTimeout())) {
            socket.setTcpNoDelay(true);
            ClientReception reception = new ClientReception(parts.intake(), address, connection::encrypted);
            Client client = new Client(socket, reception, new SmtpServerSession(connection, options(), reception));
            open.add(client);
            try {
                if (!aborted) {
                    client.session().run();
                }
            } finally {
                open.remove(client);
            }
        } catch (IOException e) {
            LOG.debug("smtp client {}: {}", address.getHostAddress(), e.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("smtp client {}: a defect of ours ended the session", address.getHostAddress(), bug);
        } finally {
            shares.leave(address);
        }
    }

    private ServerOptions options() {
        Limits limits = parts.limits();
        return new ServerOptions(
                parts.hostname(),
                limits.maxMessageSize(),
                limits.maxRecipients(),
                MAX_COMMAND_LINE,
                MAX_TEXT_LINE,
                MAX_ERRORS,
                limits.commandTimeout(),
                limits.dataTimeout());
    }

    /// Stops accepting; connections go on until they end, [#drain] or [#abort].
    @Override
    public void close() throws IOException {
        acceptor.close();
    }

    /// How many clients are connected.
    public int connections() {
        return open.size();
    }

    /// Ends the connections of clients that are not in the middle of a message, and waits for the others to hear
    /// what became of theirs.
    ///
    /// @return whether all have ended
    public boolean drain(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            open.forEach(Client::stop);
            if (open.isEmpty()) {
                return true;
            }
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(DRAIN_INTERVAL.toNanos());
        }
    }

    /// Ends the remaining connections, and those that are only just being admitted. What they had not been told
    /// `250` for was not taken over.
    public void abort() {
        aborted = true;
        for (Client client : open) {
            try {
                client.socket().close();
            } catch (IOException e) {
                LOG.debug("closing a connection failed: {}", e.getMessage());
            }
        }
    }
}
