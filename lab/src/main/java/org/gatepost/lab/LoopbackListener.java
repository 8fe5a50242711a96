// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/// Accepts connections on one loopback address, a virtual thread each, at most 512 at a time.
final class LoopbackListener implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 512;

    // A conversation that nobody continues must not keep the lab from ending.
    private static final int IDLE_MILLIS = 120_000;

    private final ServerSocket server;
    private final Conversation conversation;
    private final Semaphore permits = new Semaphore(MAX_CONNECTIONS);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /// What is said on one connection, which is closed afterwards.
    interface Conversation {
        /// @throws IOException when the client has gone, which ends the conversation quietly
        void hold(Socket socket) throws IOException;
    }

    private LoopbackListener(ServerSocket server, Conversation conversation) {
        this.server = server;
        this.conversation = conversation;
    }

    /// @throws IllegalArgumentException when the address is not in 127.0.0.0/8 or ::1
    static LoopbackListener start(InetSocketAddress address, Conversation conversation) throws IOException {
        if (!address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("the lab listens on loopback addresses only, not on " + address);
        }
        var server = new ServerSocket();
        server.bind(address, MAX_CONNECTIONS);
        var listener = new LoopbackListener(server, conversation);
        listener.threads.execute(listener::accept);
        return listener;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                permits.acquire();
                Socket socket = server.accept();
                open.add(socket);
                if (server.isClosed()) {
                    // The close that goes on beside this may have looked at the open ones already.
                    socket.close();
                    return;
                }
                threads.execute(() -> hold(socket));
            } catch (RejectedExecutionException e) {
                open.forEach(LoopbackListener::closeQuietly);
                return;
            } catch (IOException e) {
                // Closed, or a client that gave up in the backlog: the loop's condition tells which.
                permits.release();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void hold(Socket socket) {
        try (socket) {
            socket.setSoTimeout(IDLE_MILLIS);
            socket.setTcpNoDelay(true);
            if (!server.isClosed()) {
                conversation.hold(socket);
            }
        } catch (IOException e) {
            // The client has gone: what it said so far is in the capture.
        } finally {
            open.remove(socket);
            permits.release();
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing depends on a connection that ends with the lab.
        }
    }

    /// Gives the port back, breaks all conversations off and waits for them to end.
    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a port of the lab does not close", e);
        }
        threads.shutdownNow();
        threads.close();
    }
}
