// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// TCP connections to upstreams. One that has answered is kept for the next question (RFC 7766 §6.2.1), for a few
/// seconds, so that many long answers do not cost a connection each.
///
/// At most [#MAX_OPEN] to one server; who comes later waits within its time. One question at a time is under way on a
/// connection, so that a slow answer delays no other. Safe for many threads; its lock guards the kept ones.
final class TcpConnections implements AutoCloseable {
    /// Servers allow a client some ten connections.
    static final int MAX_OPEN = 8;

    /// Less than servers do, so that we close first (RFC 7766 §6.2.3).
    static final Duration IDLE = Duration.ofSeconds(5);

    /// So many of them at most for questions that need no TCP as far as is known, so that names that nobody answers do
    /// not keep long answers waiting.
    private static final int MAX_ON_SUSPICION = MAX_OPEN / 2;

    private final Map<InetSocketAddress, Slots> slots = new ConcurrentHashMap<>();
    private final Deque<Connection> idle = new ArrayDeque<>();
    private boolean closed;
    private boolean reaping;

    /// What one server's connections are counted by.
    private record Slots(Semaphore all, Semaphore onSuspicion) {
        Slots() {
            this(new Semaphore(MAX_OPEN, true), new Semaphore(MAX_ON_SUSPICION, true));
        }
    }

    /// As [#exchange], for a question that was not answered over UDP and may not be answered over TCP either.
    ByteBuffer exchangeOnSuspicion(InetSocketAddress server, byte[] octets, Deadline deadline) throws IOException {
        Semaphore few = slots(server).onSuspicion();
        acquire(few, deadline);
        try {
            return exchange(server, octets, deadline);
        } finally {
            few.release();
        }
    }

    private Slots slots(InetSocketAddress server) {
        return slots.computeIfAbsent(server, _ -> new Slots());
    }

    /// Sends the octets and reads one message.
    ///
    /// @throws SocketTimeoutException when the deadline passes
    /// @throws EOFException when the server closes without an answer
    /// @throws IOException when the server cannot be reached or breaks off
    ByteBuffer exchange(InetSocketAddress server, byte[] octets, Deadline deadline) throws IOException {
        Semaphore slot = slots(server).all();
        acquire(slot, deadline);
        try {
            Optional<Connection> kept = takeIdle(server);
            if (kept.isPresent()) {
                try {
                    return exchange(kept.get(), octets, deadline);
                } catch (SocketTimeoutException e) {
                    throw e;
                } catch (IOException e) {
                    // The server may close an idle connection at any time (RFC 7766 §6.2.4): not its answer.
                }
            }
            return exchange(Connection.open(server, deadline), octets, deadline);
        } finally {
            slot.release();
        }
    }

    private static void acquire(Semaphore slot, Deadline deadline) throws IOException {
        try {
            if (!slot.tryAcquire(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new SocketTimeoutException("no connection was free");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketTimeoutException("interrupted");
        }
    }

    private ByteBuffer exchange(Connection connection, byte[] octets, Deadline deadline) throws IOException {
        boolean reusable = false;
        try {
            ByteBuffer answer = connection.exchange(octets, deadline);
            reusable = connection.isQuiet();
            return answer;
        } finally {
            // What still comes would be taken for the next question's answer.
            if (!reusable || !keep(connection)) {
                connection.close();
            }
        }
    }

    private synchronized Optional<Connection> takeIdle(InetSocketAddress server) {
        closeStale();
        Optional<Connection> newest = idle.stream()
                .filter(connection -> connection.server.equals(server))
                .findFirst();
        newest.ifPresent(idle::remove);
        return newest;
    }

    /// Whether it was kept.
    private synchronized boolean keep(Connection connection) {
        if (closed) {
            return false;
        }
        connection.idleSince = System.nanoTime();
        idle.addFirst(connection);
        if (!reaping) {
            reaping = true;
            Thread.ofVirtual().name("dns-tcp-idle").start(this::reap);
        }
        return true;
    }

    /// Runs while connections are idle.
    private void reap() {
        boolean more = true;
        while (more) {
            try {
                Thread.sleep(IDLE.dividedBy(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            more = isWorthReaping();
        }
    }

    private synchronized void closeStale() {
        idle.removeIf(connection -> {
            boolean stale = closed || connection.isStale();
            if (stale) {
                connection.close();
            }
            return stale;
        });
    }

    private synchronized boolean isWorthReaping() {
        closeStale();
        reaping = !idle.isEmpty();
        return reaping;
    }

    /// Closes the idle ones; those at work are closed by whoever uses them.
    @Override
    public synchronized void close() {
        closed = true;
        closeStale();
    }

    private static final class Connection {
        private final InetSocketAddress server;
        private final Socket socket;
        private long idleSince;

        private Connection(InetSocketAddress server, Socket socket) {
            this.server = server;
            this.socket = socket;
        }

        static Connection open(InetSocketAddress server, Deadline deadline) throws IOException {
            @Nullable Socket failed = new Socket();
            try {
                Socket socket = failed;
                socket.setTcpNoDelay(true);
                socket.connect(server, deadline.socketMillis());
                failed = null;
                return new Connection(server, socket);
            } finally {
                if (failed != null) {
                    failed.close();
                }
            }
        }

        boolean isStale() {
            return System.nanoTime() - idleSince > IDLE.toNanos();
        }

        ByteBuffer exchange(byte[] octets, Deadline deadline) throws IOException {
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(octets.length + 2)
                            .putShort((short) octets.length)
                            .put(octets)
                            .array());
            ByteBuffer length = read(2, deadline);
            ByteBuffer answer = read(Short.toUnsignedInt(length.getShort()), deadline);
            if (answer.remaining() < 2
                    || answer.getShort(0) != ByteBuffer.wrap(octets).getShort(0)) {
                throw new IOException("an answer to another question");
            }
            return answer;
        }

        boolean isQuiet() throws IOException {
            return socket.getInputStream().available() == 0;
        }

        /// Reads so many octets; a server that drips them one by one does not outlast the deadline.
        private ByteBuffer read(int length, Deadline deadline) throws IOException {
            InputStream in = socket.getInputStream();
            byte[] octets = new byte[length];
            int done = 0;
            while (done < length) {
                if (deadline.isOver()) {
                    throw new SocketTimeoutException("deadline");
                }
                socket.setSoTimeout(deadline.socketMillis());
                int count = in.read(octets, done, length - done);
                if (count < 0) {
                    throw new EOFException();
                }
                done += count;
            }
            return ByteBuffer.wrap(octets);
        }

        void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // It is of no use any more.
            }
        }
    }
}
