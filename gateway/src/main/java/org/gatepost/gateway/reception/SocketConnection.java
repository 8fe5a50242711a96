// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.gatepost.smtp.ServerConnection;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsServer;
import org.jspecify.annotations.Nullable;

/// A client's socket, in clear text until STARTTLS. Used by one thread.
final class SocketConnection implements ServerConnection, Closeable {
    private static final Duration HANDSHAKE = Duration.ofSeconds(30);

    private final Socket socket;
    private final Optional<TlsServer> tls;
    private @Nullable TlsChannel channel;

    SocketConnection(Socket socket, Optional<TlsServer> tls) {
        this.socket = socket;
        this.tls = tls;
    }

    @Override
    public InputStream input() throws IOException {
        return channel == null ? socket.getInputStream() : channel.input();
    }

    @Override
    public OutputStream output() throws IOException {
        return channel == null ? socket.getOutputStream() : channel.output();
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
        socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, duration.toMillis()));
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
