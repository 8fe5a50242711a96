// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.gateway.queue.QueueWire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the running gateway hears from its operator: a Unix domain socket in the spool directory, for the user that
/// the gateway runs as and for root. Each connection carries one request ([QueueWire]).
///
/// The operating system says who connects; the file's permissions alone would leave a moment between its making and
/// their setting.
public final class ControlSocket implements AutoCloseable {
    /// Octets of a path that the operating system takes, without the final NUL (`sun_path` of Linux has 108).
    static final int MAX_PATH = 107;

    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);
    private static final String NAME = "control";
    private static final int CONNECTIONS = 4;

    /// For a whole request to come, and for each piece of the answer to be taken.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final QueueDesk desk;
    private final Path path;
    private final ServerSocketChannel server;
    private final Semaphore permits = new Semaphore(CONNECTIONS);
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    private ControlSocket(QueueDesk desk, Path path, ServerSocketChannel server) {
        this.desk = desk;
        this.path = path;
        this.server = server;
    }

    static Path path(Path spoolDirectory) {
        return spoolDirectory.resolve(NAME);
    }

    /// Why no socket can be at the path; empty when one can.
    static Optional<String> problem(Path path) {
        int octets = path.toString().getBytes(StandardCharsets.UTF_8).length;
        return octets <= MAX_PATH
                ? Optional.empty()
                : Optional.of("the path " + path + " has " + octets + " octets, a socket's at most " + MAX_PATH
                        + "; choose a shorter spool.directory");
    }

    /// Starts to listen. Without a socket mail goes on all the same, so that trouble is logged, not thrown.
    ///
    /// @param spoolDirectory locked by this process, so that a socket left there by another one is nobody's
    /// @return empty when there can be no socket
    public static Optional<ControlSocket> start(Path spoolDirectory, QueueDesk desk) {
        try {
            Path path = path(spoolDirectory.toRealPath());
            Optional<String> problem = problem(path);
            if (problem.isPresent()) {
                LOG.warn("queue commands are not answered while this gateway runs: {}", problem.get());
                return Optional.empty();
            }
            ControlSocket socket = new ControlSocket(desk, path, bind(path));
            Thread.ofVirtual().name("control").start(socket::accept);
            return Optional.of(socket);
        } catch (IOException e) {
            LOG.warn(
                    "queue commands are not answered while this gateway runs: {}: {}",
                    path(spoolDirectory),
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static ServerSocketChannel bind(Path path) throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path), CONNECTIONS);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                open.add(client);
                boolean admitted = permits.tryAcquire();
                Thread.ofVirtual().name("control-client").start(() -> serve(client, admitted));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("control socket {}: accepting failed: {}", path, e.getMessage());
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client, boolean admitted) {
        try (client;
                SocketGuard guard = SocketGuard.of(client);
                Writer out = new BufferedWriter(
                        new OutputStreamWriter(Channels.newOutputStream(client), StandardCharsets.UTF_8))) {
            guard.allow(PATIENCE);
            if (!isAllowed(client)) {
                send(out, new QueueAnswer.Failed("the queue is its owner's and root's to look at"));
            } else if (!admitted) {
                send(
                        out,
                        new QueueAnswer.Failed(
                                CONNECTIONS + " queue commands are under way; try again when one has ended"));
            } else {
                converse(client, guard, out);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("control socket: a command went away: {}", e.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("control socket: a defect of ours ended a command", bug);
        } finally {
            open.remove(client);
            if (admitted) {
                permits.release();
            }
        }
    }

    private boolean isAllowed(SocketChannel client) throws IOException {
        UnixDomainPrincipal peer = client.getOption(ExtendedSocketOptions.SO_PEERCRED);
        return peer.user().equals(Files.getOwner(path)) || peer.user().getName().equals("root");
    }

    private void converse(SocketChannel client, SocketGuard guard, Writer out) throws IOException {
        Optional<String> line = new WireLines(Channels.newInputStream(client), QueueWire.MAX_REQUEST).next();
        if (line.isEmpty()) {
            return;
        }
        QueueRequest request;
        try {
            request = QueueWire.request(line.get());
        } catch (WireException e) {
            send(out, new QueueAnswer.Failed(String.valueOf(e.getMessage())));
            return;
        }
        guard.lift();
        var _ = desk.answer(request, piece -> {
            guard.allow(PATIENCE);
            write(out, piece);
            guard.lift();
        });
        guard.allow(PATIENCE);
        out.flush();
    }

    private static void write(Writer out, QueueAnswer piece) {
        try {
            out.write(QueueWire.text(piece));
            out.write('\n');
            if (piece instanceof QueueAnswer.Progress) {
                out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void send(Writer out, QueueAnswer piece) throws IOException {
        write(out, piece);
        out.flush();
    }

    /// Ends commands under way between two of their steps, and takes the socket away.
    @Override
    public void close() {
        closeQuietly(server);
        open.forEach(ControlSocket::closeQuietly);
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("control socket {}: not removed: {}", path, e.getMessage());
        }
    }

    private static void closeQuietly(java.nio.channels.Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // Whatever it was, the other end sees it closed with the process.
        }
    }
}
