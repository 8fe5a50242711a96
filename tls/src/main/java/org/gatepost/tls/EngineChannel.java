// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/// A channel over an engine whose handshake is complete.
///
/// The reader owns everything inbound under `inbound`, the writer everything outbound under `outbound`. The
/// reader takes `outbound` too, after `inbound` and never the other way round, when the peer's message wants
/// an answer (KeyUpdate, close_notify).
final class EngineChannel implements TlsChannel {
    /// How long close may wait for a peer that does not read before it gives up on close_notify.
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    /// Records without application data in a row: tickets, key updates, empty records. A peer that sends
    /// nothing else would otherwise keep a reader busy for ever without ever being idle.
    private static final int MAX_RECORDS_WITHOUT_DATA = 64;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Socket socket;
    private final EngineRecords records;
    private final HandshakeFacts facts;
    private final ReentrantLock inbound = new ReentrantLock();
    private final ReentrantLock outbound = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final InputStream input = new Input();
    private final OutputStream output = new Output();
    private boolean inboundEnded;

    EngineChannel(Socket socket, EngineRecords records, HandshakeFacts facts) {
        this.socket = socket;
        this.records = records;
        this.facts = facts;
    }

    @Override
    public InputStream input() {
        return input;
    }

    @Override
    public OutputStream output() {
        return output;
    }

    @Override
    public boolean hasUnread() throws IOException {
        inbound.lock();
        try {
            return records.hasUnread();
        } finally {
            inbound.unlock();
        }
    }

    @Override
    public HandshakeFacts facts() {
        return facts;
    }

    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        SocketDeadline deadline = SocketDeadline.arm(socket, CLOSE_LIMIT);
        try {
            // A writer that holds the lock is stuck or racing with this close; its socket is closed under it.
            if (outbound.tryLock()) {
                try {
                    sendCloseNotify();
                } finally {
                    outbound.unlock();
                }
            }
        } catch (IOException peerIsGone) {
            // Closing succeeds all the same: nothing more was promised to the peer.
        } finally {
            deadline.lift();
            try {
                socket.close();
            } finally {
                records.engine().release();
            }
        }
    }

    private void sendCloseNotify() throws IOException {
        records.engine().closeOutbound();
        SSLEngineResult result;
        do {
            result = records.wrap(NOTHING.duplicate());
        } while (result.getStatus() == Status.OK && result.bytesProduced() > 0);
    }

    private int read(byte[] to, int offset, int length) throws IOException {
        inbound.lock();
        try {
            int withoutData = 0;
            while (!records.hasPlaintext()) {
                if (inboundEnded) {
                    return -1;
                }
                if (withoutData++ == MAX_RECORDS_WITHOUT_DATA) {
                    throw new SSLException("(unexpected_message) records without data");
                }
                receiveRecord();
            }
            return records.take(to, offset, length);
        } catch (SSLException e) {
            throw broken(e);
        } finally {
            inbound.unlock();
        }
    }

    private void receiveRecord() throws IOException {
        SSLEngineResult result = records.unwrap();
        if (result.getStatus() == Status.CLOSED) {
            inboundEnded = true;
        } else if (isRenegotiation(result)) {
            throw new SSLException("(no_renegotiation) renegotiation");
        }
        HandshakeStatus status = result.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP) {
            if (status == HandshakeStatus.NEED_TASK) {
                records.runTasks();
            } else if (!answer()) {
                return;
            }
            status = records.engine().status();
        }
    }

    /// TLS 1.3 has none; in TLS 1.2 any handshake message after the first handshake begins one, and it would
    /// let the peer change the certificate that was judged (RFC 9325 §3.5).
    private boolean isRenegotiation(SSLEngineResult result) {
        return facts.protocol().equals("TLSv1.2")
                && switch (result.getHandshakeStatus()) {
                    case NEED_TASK, NEED_WRAP, NEED_UNWRAP, NEED_UNWRAP_AGAIN -> !inboundEnded;
                    case FINISHED, NOT_HANDSHAKING -> false;
                };
    }

    /// Sends what the engine owes the peer. A writer that the peer keeps waiting must not outlast the
    /// reader's own time-out, so waiting for it counts as waiting for the peer.
    ///
    /// @return whether anything was sent
    private boolean answer() throws IOException {
        int timeout = socket.getSoTimeout();
        if (!await(timeout)) {
            throw new SocketTimeoutException("the peer does not read");
        }
        SocketDeadline deadline =
                SocketDeadline.arm(socket, timeout == 0 ? Duration.ofDays(1) : Duration.ofMillis(timeout));
        try {
            return records.wrap(NOTHING.duplicate()).bytesProduced() > 0;
        } finally {
            outbound.unlock();
            deadline.lift();
        }
    }

    private boolean await(int timeout) throws IOException {
        if (timeout == 0) {
            outbound.lock();
            return true;
        }
        try {
            return outbound.tryLock(timeout, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted");
        }
    }

    private void write(byte[] from, int offset, int length) throws IOException {
        outbound.lock();
        try {
            ByteBuffer source = ByteBuffer.wrap(from, offset, length);
            while (source.hasRemaining()) {
                SSLEngineResult result = records.wrap(source);
                boolean stuck = result.bytesConsumed() == 0 && result.bytesProduced() == 0;
                if (stuck || result.getStatus() == Status.CLOSED) {
                    throw new IOException("the TLS connection is closed for writing");
                }
            }
        } catch (SSLException e) {
            throw broken(e);
        } finally {
            outbound.unlock();
        }
    }

    /// After a broken record nothing on this connection can be trusted: the alert is sent and the socket
    /// closed.
    private IOException broken(SSLException e) {
        try {
            close();
        } catch (IOException ignored) {
            // The record is the failure to report.
        }
        return new IOException(HandshakeFailures.afterHandshake(e), e);
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, to.length);
            return length == 0 ? 0 : EngineChannel.this.read(to, offset, length);
        }

        /// Plaintext that has been decrypted already; more may wait in the socket.
        @Override
        public int available() {
            inbound.lock();
            try {
                return records.plaintextWaiting();
            } finally {
                inbound.unlock();
            }
        }

        @Override
        public void close() throws IOException {
            EngineChannel.this.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, from.length);
            EngineChannel.this.write(from, offset, length);
        }

        @Override
        public void close() throws IOException {
            outbound.lock();
            try {
                if (!closed.get()) {
                    sendCloseNotify();
                }
            } finally {
                outbound.unlock();
            }
        }
    }
}
