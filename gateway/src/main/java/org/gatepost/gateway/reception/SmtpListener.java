// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
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
    private static final int BACKLOG = 1024;
    private static final int MAX_COMMAND_LINE = 4096;
    private static final int MAX_TEXT_LINE = 1_000_000;
    private static final int MAX_ERRORS = 20;

    private final ServerSocket server;
    private final ReceptionParts parts;
    private final Semaphore permits;
    private final Map<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private SmtpListener(ServerSocket server, ReceptionParts parts) {
        this.server = server;
        this.parts = parts;
        this.permits = new Semaphore(parts.limits().maxConnections());
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
        InetAddress client = socket.getInetAddress();
        if (perAddress.merge(client, 1, Integer::sum) > parts.limits().maxConnectionsPerAddress()) {
            leave(client);
            refuse(socket, "421 4.7.0 too many connections from your address\r\n");
            return;
        }
        open.add(socket);
        Thread.ofVirtual().name("smtp-in " + client.getHostAddress()).start(() -> serve(socket, client));
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

    private void serve(Socket socket, InetAddress client) {
        try (socket;
                SocketConnection connection = new SocketConnection(socket, parts.tls())) {
            socket.setTcpNoDelay(true);
            ClientReception reception = new ClientReception(parts.intake(), client, connection::encrypted);
            new SmtpServerSession(connection, options(), reception).run();
        } catch (IOException e) {
            LOG.debug("smtp client {}: {}", client.getHostAddress(), e.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("smtp client {}: a defect of ours ended the session", client.getHostAddress(), bug);
        } finally {
            open.remove(socket);
            leave(client);
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

    /// Stops accepting; connections go on until they end or [#abort].
    @Override
    public void close() throws IOException {
        server.close();
    }

    /// How many clients are connected.
    public int connections() {
        return open.size();
    }

    /// Ends the remaining connections. What they had not been told `250` for was not taken over.
    public void abort() {
        for (Socket socket : open) {
            try {
                socket.close();
            } catch (IOException e) {
                LOG.debug("closing a connection failed: {}", e.getMessage());
            }
        }
    }
}
