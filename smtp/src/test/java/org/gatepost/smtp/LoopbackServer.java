// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Serves the session over real loopback sockets, on a port of the system's choice.
final class LoopbackServer implements AutoCloseable {
    private final ServerSocket listener;
    private final ExecutorService sessions = Executors.newVirtualThreadPerTaskExecutor();
    private final MailReception reception;

    LoopbackServer(MailReception reception) throws IOException {
        this.reception = reception;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        sessions.execute(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sessions.execute(() -> serve(socket));
            } catch (IOException e) {
                return; // closed by the test
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            new SmtpServerSession(new SocketConnection(socket), Serve.options(), reception).run();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// Waits until every session has ended.
    @Override
    public void close() throws IOException {
        listener.close();
        sessions.close();
    }

    private record SocketConnection(Socket socket) implements ServerConnection {
        @Override
        public InputStream input() throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream output() throws IOException {
            return socket.getOutputStream();
        }

        @Override
        public boolean encrypted() {
            return false;
        }

        @Override
        public boolean canStartTls() {
            return false;
        }

        @Override
        public void startTls() throws IOException {
            throw new IOException("not offered");
        }

        @Override
        public void idleTimeout(Duration d) throws IOException {
            socket.setSoTimeout((int) d.toMillis());
        }
    }
}
