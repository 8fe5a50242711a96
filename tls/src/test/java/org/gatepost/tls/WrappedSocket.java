// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/// A socket whose octets arrive or leave in shapes that a network may give them.
final class WrappedSocket extends Socket {
    private final Socket wrapped;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean trickles;
    private boolean holds;
    private boolean interrupts;
    private int reads;

    private WrappedSocket(Socket wrapped) {
        this.wrapped = wrapped;
    }

    /// Each read gives one octet.
    static WrappedSocket trickling(Socket socket) {
        var trickling = new WrappedSocket(socket);
        trickling.trickles = true;
        return trickling;
    }

    /// What is written leaves only when the writer waits for an answer: the last flight of the handshake and
    /// the first data travel together.
    static WrappedSocket holding(Socket socket) {
        var holding = new WrappedSocket(socket);
        holding.holds = true;
        return holding;
    }

    /// From now on every other read times out.
    void timeOutEveryOtherRead() {
        interrupts = true;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(wrapped.getInputStream()) {
            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                release();
                if (interrupts && reads++ % 2 == 0) {
                    throw new SocketTimeoutException("nothing came");
                }
                return super.read(to, offset, trickles ? Math.min(1, length) : length);
            }
        };
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return holds ? held : wrapped.getOutputStream();
    }

    private void release() throws IOException {
        wrapped.getOutputStream().write(held.toByteArray());
        held.reset();
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        wrapped.setSoTimeout(timeout);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return wrapped.getSoTimeout();
    }

    @Override
    public void close() throws IOException {
        release();
        wrapped.close();
    }
}
