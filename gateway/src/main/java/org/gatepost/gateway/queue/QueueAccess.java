// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.io.IOException;
import java.io.Writer;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.gateway.queue.QueueWire.WireException;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.SpoolException;
import org.gatepost.spool.StoreInUseException;
import org.gatepost.spool.StoreView;

/// The way of a command to the queue: through the running gateway, or into the store when none runs.
public final class QueueAccess {
    /// How long the gateway may be silent.
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final GatewayConfig config;
    private final Gateway.Environment environment;

    public QueueAccess(GatewayConfig config, Gateway.Environment environment) {
        this.config = config;
        this.environment = environment;
    }

    /// Has a request answered, piece by piece.
    ///
    /// @return the last piece, which `out` was given, too
    /// @throws ConfigProblem when there is no queue, or no way to it
    public QueueAnswer.End ask(QueueRequest request, Consumer<QueueAnswer> out) throws ConfigProblem {
        Path directory = config.spoolDirectory();
        // A spool is the gateway's to make: one that this user makes, the gateway's own may not write to.
        try {
            StoreView.open(directory).close();
            Optional<SocketChannel> gateway = connect(directory);
            return gateway.isPresent() ? converse(gateway.get(), request, out) : inStore(request, out);
        } catch (SpoolException e) {
            throw new ConfigProblem("spool.directory: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ConfigProblem(
                    "the running gateway could not be asked over " + ControlSocket.path(directory) + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private static Optional<SocketChannel> connect(Path directory) throws IOException {
        Path path = ControlSocket.path(directory.toRealPath());
        if (ControlSocket.problem(path).isPresent() || !Files.exists(path)) {
            return Optional.empty();
        }
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(path));
            return Optional.of(channel);
        } catch (ConnectException e) {
            // Nobody listens: a gateway that was killed left it.
            channel.close();
            return Optional.empty();
        } catch (SocketException e) {
            channel.close();
            throw new IOException(e.getMessage() + "; run the command as the gateway's user", e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static QueueAnswer.End converse(SocketChannel channel, QueueRequest request, Consumer<QueueAnswer> out)
            throws IOException {
        try (channel;
                SocketGuard guard = SocketGuard.of(channel);
                Writer writer = Channels.newWriter(channel, StandardCharsets.UTF_8)) {
            guard.allow(PATIENCE);
            send(writer, request);
            WireLines lines = new WireLines(Channels.newInputStream(channel), QueueWire.MAX_PIECE);
            for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
                guard.allow(PATIENCE);
                QueueAnswer piece = QueueWire.piece(line.get());
                out.accept(piece);
                if (piece instanceof QueueAnswer.End end) {
                    return end;
                }
            }
            throw new IOException("the answer broke off; the gateway's log may say why");
        } catch (WireException e) {
            throw new IOException(e.getMessage() + "; the gateway may be of another release", e);
        }
    }

    private static void send(Writer writer, QueueRequest request) {
        try {
            writer.write(QueueWire.text(request) + "\n");
            writer.flush();
        } catch (IOException e) {
            // A gateway that refuses does not wait for the request; what it says is there to be read.
        }
    }

    private QueueAnswer.End inStore(QueueRequest request, Consumer<QueueAnswer> out) throws ConfigProblem {
        try (EmbeddedStore store = EmbeddedStore.open(config.spoolDirectory())) {
            QueueDesk desk = new QueueDesk(
                    store.spool(),
                    new DropReports(config.hostname(), environment.random()),
                    DeliveryEvents.none(),
                    () -> {},
                    environment.clock());
            return desk.answer(request, out);
        } catch (StoreInUseException e) {
            Optional<String> problem = ControlSocket.problem(ControlSocket.path(config.spoolDirectory()));
            throw new ConfigProblem(
                    "the gateway that runs answers no queue commands: "
                            + problem.orElse("its log says why, or it is starting or stopping just now"),
                    e);
        }
    }
}
