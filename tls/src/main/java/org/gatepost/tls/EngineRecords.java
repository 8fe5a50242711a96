// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;

/// Moves TLS records between an engine and the streams of a socket, one record a call.
///
/// Not thread-safe as a whole: inbound members ([#unwrap], [#take], [#hasPlaintext]) belong to one thread at
/// a time and [#wrap] to one thread at a time; the two may differ. Buffers grow to what the engine says a
/// record needs, never above 64 KiB each.
final class EngineRecords {
    private static final int MAX_BUFFER = 64 * 1024;
    private static final int KEPT_FIRST_OCTETS = 4096;

    private final TlsEngine engine;
    private final InputStream in;
    private final OutputStream out;
    // Both inbound buffers are always ready for reading: position to limit is what has not been consumed.
    private ByteBuffer networkIn;
    private ByteBuffer plaintextIn;
    private ByteBuffer networkOut;
    private byte[] firstOctets = new byte[0];
    private boolean keepFirstOctets = true;

    EngineRecords(TlsEngine engine, Socket socket) throws IOException {
        this.engine = engine;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        int packet = engine.packetSize();
        networkIn = ByteBuffer.allocate(packet).limit(0);
        networkOut = ByteBuffer.allocate(packet);
        plaintextIn = ByteBuffer.allocate(engine.plaintextSize()).limit(0);
    }

    TlsEngine engine() {
        return engine;
    }

    /// What the peer sent first, at most 4 KiB; kept until [#forgetFirstOctets].
    byte[] firstOctets() {
        return firstOctets.clone();
    }

    void forgetFirstOctets() {
        keepFirstOctets = false;
        firstOctets = new byte[0];
    }

    /// Processes one record, reading from the socket as needed. May only be called while no plaintext is
    /// waiting.
    ///
    /// @throws EOFException when the stream ends
    /// @throws java.net.SocketTimeoutException by the socket's SO_TIMEOUT; calling again continues where it
    ///     stopped
    /// @throws SSLException when what the peer sent breaks the protocol, or is a fatal alert
    SSLEngineResult unwrap() throws IOException {
        while (true) {
            SSLEngineResult result = unwrapOnce();
            switch (result.getStatus()) {
                case OK, CLOSED -> {
                    return result;
                }
                case BUFFER_UNDERFLOW -> receive();
                case BUFFER_OVERFLOW -> plaintextIn = grown(plaintextIn, engine.plaintextSize());
            }
        }
    }

    private SSLEngineResult unwrapOnce() throws SSLException {
        plaintextIn.clear();
        try {
            return engine.unwrap(networkIn, plaintextIn);
        } catch (RuntimeException e) {
            // Octets chosen by the peer reached a bug of the engine: the connection is over, nothing else is.
            throw new SSLException("(internal_error) the engine failed", e);
        } finally {
            plaintextIn.flip();
        }
    }

    private void receive() throws IOException {
        networkIn.compact();
        try {
            if (!networkIn.hasRemaining()) {
                networkIn.flip();
                networkIn = grown(networkIn, engine.packetSize());
                networkIn.compact();
            }
            int count = in.read(networkIn.array(), networkIn.position(), networkIn.remaining());
            if (count < 0) {
                throw new EOFException("the peer ended the connection without close_notify");
            }
            keepFirst(networkIn.array(), networkIn.position(), count);
            networkIn.position(networkIn.position() + count);
        } finally {
            networkIn.flip();
        }
    }

    private void keepFirst(byte[] octets, int from, int count) {
        if (keepFirstOctets) {
            int kept = Math.min(count, KEPT_FIRST_OCTETS - firstOctets.length);
            int end = firstOctets.length;
            firstOctets = Arrays.copyOf(firstOctets, end + kept);
            System.arraycopy(octets, from, firstOctets, end, kept);
        }
    }

    /// Makes and sends at most one record of application data from `source`, or the engine's own next record.
    SSLEngineResult wrap(ByteBuffer source) throws IOException {
        while (true) {
            networkOut.clear();
            SSLEngineResult result = engine.wrap(source, networkOut);
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                networkOut.flip();
                networkOut = grown(networkOut, engine.packetSize());
                continue;
            }
            if (networkOut.position() > 0) {
                out.write(networkOut.array(), 0, networkOut.position());
            }
            return result;
        }
    }

    /// Runs what the engine computes outside of wrap and unwrap, on this thread: it is a virtual one of its
    /// own.
    void runTasks() throws SSLException {
        try {
            engine.runTasks();
        } catch (RuntimeException e) {
            throw new SSLException("(internal_error) the engine failed", e);
        }
    }

    boolean hasPlaintext() {
        return plaintextIn.hasRemaining();
    }

    /// Whether anything has come, or waits in the socket, that was not taken.
    boolean hasUnread() throws IOException {
        return plaintextIn.hasRemaining() || networkIn.hasRemaining() || in.available() > 0;
    }

    int plaintextWaiting() {
        return plaintextIn.remaining();
    }

    /// Moves waiting plaintext, of which there must be some.
    int take(byte[] to, int offset, int length) {
        int count = Math.min(length, plaintextIn.remaining());
        plaintextIn.get(to, offset, count);
        return count;
    }

    private static ByteBuffer grown(ByteBuffer full, int wanted) throws SSLException {
        int size = Math.max(wanted, full.capacity() + 1024);
        if (size > MAX_BUFFER) {
            throw new SSLException("(record_overflow) a record is larger than any may be");
        }
        return ByteBuffer.allocate(size).put(full).flip();
    }
}
