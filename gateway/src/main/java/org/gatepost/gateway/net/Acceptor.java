// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts connections on one address, on a virtual thread of its own, until it is closed; outlives whatever goes
/// wrong with one of them.
public final class Acceptor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final int BACKLOG = 1024;

    private final String protocol;
    private final ServerSocket server;
    private final Consumer<Socket> admit;

    private Acceptor(String protocol, ServerSocket server, Consumer<Socket> admit) {
        this.protocol = protocol;
        this.server = server;
        this.admit = admit;
    }

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

    /// @param protocol for the log, such as `smtp`
    /// @param server the acceptor's from now on
    /// @param admit takes over each socket; must not block
    public static Acceptor start(String protocol, ServerSocket server, Consumer<Socket> admit) {
        Acceptor acceptor = new Acceptor(protocol, server, admit);
        Thread.ofVirtual().name(protocol + "-accept " + acceptor.address()).start(acceptor::accept);
        return acceptor;
    }

    /// Where it really listens, with the port that was free when none was given.
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                admit.accept(server.accept());
            } catch (SocketException e) {
                if (!server.isClosed()) {
                    LOG.warn("{} listener {}: accepting failed: {}", protocol, address(), e.getMessage());
                    pause();
                }
            } catch (IOException e) {
                LOG.warn("{} listener {}: accepting failed: {}", protocol, address(), e.getMessage());
                pause();
            } catch (RuntimeException bug) {
                // The listener must outlive whatever one client does to it.
                LOG.error("{} listener {}: a defect of ours", protocol, address(), bug);
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

    /// Stops accepting; accepted connections go on.
    @Override
    public void close() throws IOException {
        server.close();
    }
}
