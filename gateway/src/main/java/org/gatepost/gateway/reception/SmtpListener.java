// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.gatepost.gateway.config.GatewayConfig.Limits;
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
    private static final int BACKLOG = 1024;
    private static final int MAX_COMMAND_LINE = 4096;
    private static final int MAX_TEXT_LINE = 1_000_000;
    private static final int MAX_ERRORS = 20;

    private final ServerSocket server;
    private final ReceptionParts parts;
    private final Semaphore permits;
    private final Map<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();
    private final Set<Client> open = ConcurrentHashMap.newKeySet();
    private volatile boolean aborted;

    private SmtpListener(ServerSocket server, ReceptionParts parts) {
        this.server = server;
        this.parts = parts;
        this.permits = new Semaphore(parts.limits().maxConnections());
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
        ServerSocket server = new ServerSocket();
        try {
            server.setReuseAddress(true);
            server.bind(address, BACKLOG);
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    /// Starts accepting on a bound socket, which is the listener's from now on.
    public static SmtpListener start(ServerSocket server, ReceptionParts parts) {
        SmtpListener listener = new SmtpListener(server, parts);
        Thread.ofVirtual().name("smtp-accept " + listener.address()).start(listener::accept);
        return listener;
    }

    /// Where it really listens, with the port that was free when none was given.
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                admit(server.accept());
            } catch (SocketException e) {
                if (!server.isClosed()) {
                    LOG.warn("smtp listener {}: accepting failed: {}", address(), e.getMessage());
                    pause();
                }
            } catch (IOException e) {
                LOG.warn("smtp listener {}: accepting failed: {}", address(), e.getMessage());
                pause();
            } catch (RuntimeException bug) {
                // The listener must outlive whatever one client does to it.
                LOG.error("smtp listener {}: a defect of ours", address(), bug);
                pause();
            }
        }
    }

    /// Out of file descriptors, accept fails at once and again; a pause leaves others the time to close some.
    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void admit(Socket socket) {
        if (!permits.tryAcquire()) {
            refuse(socket, "421 4.3.2 too many connections, try again later\r\n");
            return;
        }
        InetAddress address = socket.getInetAddress();
        InetAddress client = share(address);
        if (perAddress.merge(client, 1, Integer::sum) > parts.limits().maxConnectionsPerAddress()) {
            leave(client);
            refuse(socket, "421 4.7.0 too many connections from your address\r\n");
            return;
        }
        Thread.ofVirtual().name("smtp-in " + address.getHostAddress()).start(() -> serve(socket, address));
    }

    /// Whose share of connections an address counts towards: its own, or that of its IPv6 /64, all of which is one
    /// client's.
    private static InetAddress share(InetAddress address) {
        byte[] octets = address.getAddress();
        if (octets.length == 4) {
            return address;
        }
        Arrays.fill(octets, 8, 16, (byte) 0);
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("sixteen octets are an address", e);
        }
    }

    private void leave(InetAddress client) {
        perAddress.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
        permits.release();
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
            leave(share(address));
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
        server.close();
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
