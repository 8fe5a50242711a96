// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.jspecify.annotations.Nullable;

/// Drives an engine through its handshake over a socket, and gives the socket back as a channel or closed.
final class Handshake {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final TlsEngine engine;
    private final Socket socket;
    private final Duration limit;

    private Handshake(TlsEngine engine, Socket socket, Duration limit) {
        this.engine = engine;
        this.socket = socket;
        this.limit = limit;
    }

    /// @param engine fresh; released when the handshake fails, else when the channel is closed
    /// @param limit for the whole handshake, whatever the peer sends and whether it reads or not
    static TlsChannel complete(TlsEngine engine, Socket socket, Duration limit) throws HandshakeException {
        boolean complete = false;
        try {
            TlsChannel channel = new Handshake(engine, socket, limit).run();
            complete = true;
            return channel;
        } finally {
            if (!complete) {
                engine.release();
            }
        }
    }

    private TlsChannel run() throws HandshakeException {
        SocketDeadline deadline = SocketDeadline.arm(socket, limit);
        EngineRecords records = null;
        try {
            int ownTimeout = socket.getSoTimeout();
            // The deadline governs alone, so that a long handshake may outlast the time-out meant for commands.
            socket.setSoTimeout(0);
            records = new EngineRecords(engine, socket);
            shake(records);
            socket.setSoTimeout(ownTimeout);
            HandshakeFacts facts = engine.facts();
            if (!deadline.lift()) {
                throw timedOut(failures(records));
            }
            records.forgetFirstOctets();
            return new EngineChannel(socket, records, facts);
        } catch (HandshakeException e) {
            throw e;
        } catch (IOException e) {
            if (records != null) {
                sendAlert(records);
            }
            boolean inTime = deadline.lift();
            SocketDeadline.closeQuietly(socket);
            throw inTime ? failures(records).explain(e) : timedOut(failures(records));
        }
    }

    private HandshakeFailures failures(@Nullable EngineRecords records) {
        byte[] first = records == null ? new byte[0] : records.firstOctets();
        return new HandshakeFailures(engine.isClient() ? "server" : "client", FirstFlight.read(first));
    }

    private HandshakeException timedOut(HandshakeFailures failures) {
        return failures.timedOut("the TLS handshake did not complete within " + limit.toMillis() + " ms", null);
    }

    private void shake(EngineRecords records) throws IOException {
        engine.beginHandshake();
        while (true) {
            HandshakeStatus status = engine.status();
            switch (status) {
                case NEED_TASK -> records.runTasks();
                case NEED_WRAP -> stopIfClosed(records.wrap(NOTHING.duplicate()));
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> stopIfClosed(records.unwrap());
                case FINISHED, NOT_HANDSHAKING -> {
                    return;
                }
            }
        }
    }

    private static void stopIfClosed(SSLEngineResult result) throws IOException {
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new java.io.EOFException("closed during the handshake");
        }
    }

    /// A failed engine has its alert ready; it is sent if the socket still takes it, within the same
    /// deadline.
    private static void sendAlert(EngineRecords records) {
        try {
            SSLEngineResult result;
            do {
                result = records.wrap(NOTHING.duplicate());
            } while (result.bytesProduced() > 0 && result.getStatus() == SSLEngineResult.Status.OK);
        } catch (IOException ignored) {
            // The failure being reported is the first one.
        }
    }
}
