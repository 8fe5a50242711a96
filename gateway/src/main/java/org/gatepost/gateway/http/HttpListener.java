// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.gatepost.gateway.net.Acceptor;
import org.gatepost.gateway.net.ClientShares;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves HTTPS on one address: one virtual thread a connection, bounded in all and for each client address; one
/// connection too many is closed without a word, for no word could be said before a handshake.
public final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
    private static final Duration DRAIN_INTERVAL = Duration.ofMillis(20);
    private static final Duration FAREWELL = Duration.ofSeconds(5);
    private static final int MAX_DRAINED = 16 * 1024 * 1024;

    private final Parts parts;
    private final ClientShares shares;
    private final Set<Client> open = ConcurrentHashMap.newKeySet();
    private final Acceptor acceptor;
    private volatile boolean aborted;

    private HttpListener(ServerSocket server, Parts parts) {
        this.parts = parts;
        this.shares =
                new ClientShares(parts.limits().maxConnections(), parts.limits().maxConnectionsPerAddress());
        this.acceptor = Acceptor.start("https", server, this::admit);
    }

    /// What every connection shares.
    public record Parts(TlsServer tls, HttpLimits limits, HttpRoutes routes, InstantSource clock) {}

    private record Client(Socket socket, HttpConnection connection) {}

    /// Starts serving on a bound socket, which is the listener's from now on.
    public static HttpListener start(ServerSocket server, Parts parts) {
        return new HttpListener(server, parts);
    }

    public InetSocketAddress address() {
        return acceptor.address();
    }

    private void admit(Socket socket) {
        InetAddress address = socket.getInetAddress();
        if (shares.enter(address) == ClientShares.Admission.ADMITTED) {
            Thread.ofVirtual().name("https-in " + address.getHostAddress()).start(() -> serve(socket, address));
        } else {
            LOG.info("https client {}: too many connections", address.getHostAddress());
            close(socket);
        }
    }

    private void serve(Socket socket, InetAddress address) {
        try (socket;
                SocketGuard guard = SocketGuard.of(socket)) {
            socket.setTcpNoDelay(true);
            guard.allow(parts.limits().handshake());
            try (TlsChannel channel =
                    parts.tls().handshake(socket, parts.limits().handshake())) {
                Client client = new Client(socket, new HttpConnection(channel, address, guard, parts));
                open.add(client);
                try {
                    if (!aborted) {
                        client.connection().run();
                        endPolitely(socket, channel, guard);
                    }
                } finally {
                    open.remove(client);
                }
            }
        } catch (IOException e) {
            LOG.debug("https client {}: {}", address.getHostAddress(), e.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("https client {}: a defect of ours ended the connection", address.getHostAddress(), bug);
        } finally {
            shares.leave(address);
        }
    }

    /// A socket closed over unread octets is reset, and a reset destroys the last response on its way: whoever sends a
    /// report that is too large would not learn so.
    private static void endPolitely(Socket socket, TlsChannel channel, SocketGuard guard) throws IOException {
        guard.allow(FAREWELL);
        channel.output().close();
        socket.shutdownOutput();
        InputStream in = socket.getInputStream();
        byte[] dropped = new byte[16 * 1024];
        int count = 0;
        for (int total = 0; total < MAX_DRAINED && count >= 0; total += count) {
            count = in.read(dropped);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing a connection failed: {}", e.getMessage());
        }
    }

    /// How many clients are connected, with their handshakes done.
    public int connections() {
        return open.size();
    }

    /// Stops accepting; connections go on until they end, [#drain] or [#abort].
    @Override
    public void close() throws IOException {
        acceptor.close();
    }

    /// Ends the connections that are idle, and waits for the others to have their request answered.
    ///
    /// @return whether all have ended
    public boolean drain(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            for (Client client : open) {
                client.connection().stop();
                if (!client.connection().isBusy()) {
                    close(client.socket());
                }
            }
            if (open.isEmpty()) {
                return true;
            }
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(DRAIN_INTERVAL.toNanos());
        }
    }

    /// Ends the remaining connections. What they had not been answered was not taken over.
    public void abort() {
        aborted = true;
        open.forEach(client -> close(client.socket()));
    }
}
