// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.smtp.ServerConnection;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsServer;
import org.jspecify.annotations.Nullable;

/// A client's socket, in clear text until STARTTLS. Used by one thread. Writes are bounded in time, for a client
/// that sends commands and reads no replies would hold its connection for ever.
final class SocketConnection implements ServerConnection, Closeable {
    private static final Duration HANDSHAKE = Duration.ofSeconds(30);

    /// How long the last reply is given to arrive.
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private static final int MAX_DRAINED = 64 * 1024;

    private final Socket socket;
    private final SocketGuard guard;
    private final Optional<TlsServer> tls;
    private final Duration writeTimeout;
    private @Nullable TlsChannel channel;

    /// @param writeTimeout how long a client may leave replies unread
    SocketConnection(Socket socket, Optional<TlsServer> tls, Duration writeTimeout) {
        this.socket = socket;
        this.guard = SocketGuard.of(socket);
        this.tls = tls;
        this.writeTimeout = writeTimeout;
    }

    @Override
    public InputStream input() throws IOException {
        return channel == null ? socket.getInputStream() : channel.input();
    }

    @Override
    public OutputStream output() throws IOException {
        return guarded(channel == null ? socket.getOutputStream() : channel.output());
    }

    @Override
    public boolean encrypted() {
        return channel != null;
    }

    @Override
    public boolean canStartTls() {
        return tls.isPresent();
    }

    @Override
    public void startTls() throws IOException {
        channel = tls.orElseThrow(() -> new IOException("no certificate is configured"))
                .handshake(socket, HANDSHAKE);
    }

    @Override
    public void idleTimeout(Duration duration) throws IOException {
        // 0 would be for ever.
        socket.setSoTimeout(Math.clamp(duration.toMillis(), 1, Integer.MAX_VALUE));
    }

    private OutputStream guarded(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] octets, int offset, int length) throws IOException {
                guard.allow(writeTimeout);
                try {
                    out.write(octets, offset, length);
                } finally {
                    guard.lift();
                }
            }
        };
    }

    /// Ends the sending half first and reads what the client had sent ahead. A socket closed over unread octets
    /// resets the connection, and a reset destroys the last reply on its way: the client would not know why.
    @Override
    public void close() throws IOException {
        guard.allow(FAREWELL);
        try {
            if (channel != null) {
                channel.output().close();
            }
            if (!socket.isClosed() && !socket.isOutputShutdown()) {
                socket.shutdownOutput();
                drain(socket.getInputStream());
            }
        } catch (IOException e) {
            // The client is gone, or too slow: it has had its chance to hear the last reply.
        } finally {
            if (channel != null) {
                channel.close();
            }
            guard.close();
        }
    }

    private static void drain(InputStream in) throws IOException {
        byte[] dropped = new byte[4096];
        int count = 0;
        for (int total = 0; total < MAX_DRAINED && count >= 0; total += count) {
            count = in.read(dropped);
        }
    }
}
