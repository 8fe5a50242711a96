// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.gatepost.gateway.config.GatewayConfig.Delivery;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.smtp.Phase;
import org.gatepost.smtp.PhaseListener;

/// How long a receiving host may take: for each reply as a whole, for the replies to one transaction's commands
/// together, for each piece of the content, and for the content at a least rate. What takes longer is closed, and
/// reads and writes then end with a [SocketTimeoutException].
final class PeerPace implements PhaseListener, AutoCloseable {
    /// Nothing depends on the reply to QUIT.
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    /// Octets of content a second that a host must take in the long run; as much as we ask of our own clients.
    private static final long LEAST_RATE = 512;

    /// The replies from MAIL to DATA together may take so many times what one may.
    private static final int TRANSACTION = 6;

    private final Socket socket;
    private final Delivery options;
    private final SocketGuard guard;
    private long transactionBegan = System.nanoTime();
    private long contentBegan;
    private long contentWritten;
    private boolean inContent;

    PeerPace(Socket socket, Delivery options) {
        this.socket = socket;
        this.options = options;
        this.guard = SocketGuard.of(socket);
    }

    @Override
    public void entering(Phase phase) throws IOException {
        Duration time = switch (phase) {
            case BANNER, EHLO, STARTTLS, RSET -> options.commandTimeout();
            case MAIL -> {
                transactionBegan = System.nanoTime();
                yield options.commandTimeout();
            }
            case RCPT, DATA -> least(options.commandTimeout(), leftOfTransaction());
            case CONTENT -> {
                contentBegan = System.nanoTime();
                contentWritten = 0;
                yield options.commandTimeout();
            }
            case MESSAGE -> options.dataTimeout();
            case QUIT -> GOODBYE;
        };
        inContent = phase == Phase.CONTENT;
        socket.setSoTimeout((int) time.toMillis());
        guard.allow(time);
    }

    private Duration leftOfTransaction() {
        return options.commandTimeout().multipliedBy(TRANSACTION).minus(since(transactionBegan));
    }

    private Duration leftOfContent() {
        return options.dataTimeout().plusSeconds(contentWritten / LEAST_RATE).minus(since(contentBegan));
    }

    private static Duration since(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }

    private static Duration least(Duration one, Duration other) {
        Duration less = one.compareTo(other) < 0 ? one : other;
        return less.toMillis() < 1 ? Duration.ofMillis(1) : less;
    }

    /// Lets something go on that has a limit of its own.
    void lift() {
        guard.lift();
    }

    InputStream reading(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read(byte[] octets, int offset, int length) throws IOException {
                try {
                    return in.read(octets, offset, length);
                } catch (IOException e) {
                    throw explained(e);
                }
            }
        };
    }

    OutputStream writing(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] octets, int offset, int length) throws IOException {
                if (inContent) {
                    guard.allow(least(options.commandTimeout(), leftOfContent()));
                }
                try {
                    out.write(octets, offset, length);
                } catch (IOException e) {
                    throw explained(e);
                }
                contentWritten += length;
            }
        };
    }

    /// A socket closed under a blocked thread says only that it is closed.
    private IOException explained(IOException e) {
        return guard.hasStruck() ? new SocketTimeoutException("the peer was too slow") : e;
    }

    @Override
    public void close() {
        guard.close();
    }
}
