// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueFilter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ControlSocketTest {
    private static final String FIND = QueueWire.text(new QueueRequest.Find(QueueFilter.ALL, 10));

    @TempDir
    private Path directory;

    private EmbeddedStore store;
    private QueueDesk desk;
    private ControlSocket socket;

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory);
        desk = new QueueDesk(
                store.spool(),
                new DropReports(DomainName.parse("gw.test"), new Random(1)),
                DeliveryEvents.none(),
                () -> {},
                () -> Instant.parse("2026-11-28T22:00:00Z"));
        socket = ControlSocket.start(directory, desk).orElseThrow();
    }

    @AfterEach
    void close() {
        socket.close();
        store.close();
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(directory.resolve("control")));
        return channel;
    }

    private List<QueueAnswer> ask(String request) throws Exception {
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            return read(channel);
        }
    }

    private static List<QueueAnswer> read(SocketChannel channel) throws Exception {
        WireLines lines = new WireLines(Channels.newInputStream(channel), QueueWire.MAX_PIECE);
        List<QueueAnswer> pieces = new ArrayList<>();
        for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
            pieces.add(QueueWire.piece(line.get()));
        }
        return pieces;
    }

    private String refusal(String request) throws Exception {
        List<QueueAnswer> pieces = ask(request);
        assertThat(pieces).hasSize(1);
        return ((QueueAnswer.Failed) pieces.getFirst()).reason();
    }

    @Test
    void aRequestIsAnswered() throws Exception {
        assertAnswered();
    }

    private void assertAnswered() throws Exception {
        assertThat(ask(FIND + "\n"))
                .last()
                .isEqualTo(new QueueAnswer.Shown(0, 0, 0, false, new QueueAnswer.Whole(0, 0, 0)));
    }

    @Test
    void onlyItsOwnerMayUseTheSocket() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("control"))))
                .isEqualTo("rw-------");
    }

    @Test
    void whatIsNoRequestIsRefusedInOneLine() throws Exception {
        assertThat(refusal("hello\n")).startsWith("not JSON");
        assertThat(refusal("[]\n")).isEqualTo("not a JSON object");
        assertThat(refusal("{\"protocol\":\"gatepost-queue/9\"}\n")).contains("another release");
        assertThat(refusal(FIND.replace("\"find\"", "\"eat\"") + "\n")).contains("not a request");
        assertThat(refusal(FIND.replace("\"limit\":10", "\"limit\":0") + "\n")).contains("limit");
        String drop = QueueWire.text(new QueueRequest.Act(
                QueueRequest.Action.DROP, QueueFilter.ALL, new QueueRequest.Manner(false, true, false)));
        assertThat(refusal(drop.replace("\"filter\"", "\"filler\"") + "\n")).contains("'filter' is missing");
        assertThat(refusal(drop.replace("\"held\"", "\"domain\":\"a..b\",\"held\"") + "\n"))
                .contains("label");
    }

    @Test
    void anEndlessLineEndsTheConversation() throws Exception {
        try (SocketChannel channel = connect()) {
            ByteBuffer octets = ByteBuffer.wrap(new byte[QueueWire.MAX_REQUEST]);
            try {
                while (octets.hasRemaining()) {
                    channel.write(octets);
                }
                assertThat(read(channel)).isEmpty();
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("reset");
            }
        }
        assertAnswered();
    }

    @Test
    void aFifthCommandIsToldToWait() throws Exception {
        List<SocketChannel> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                idle.add(connect());
            }
            try (SocketChannel fifth = connect()) {
                assertThat(read(fifth)).singleElement().asString().contains("under way");
            }
        } finally {
            for (SocketChannel channel : idle) {
                channel.close();
            }
        }
    }

    @Test
    void aSocketThatAKilledGatewayLeftIsReplaced() throws Exception {
        socket.close();
        assertThat(directory.resolve("control")).doesNotExist();
        Files.createFile(directory.resolve("control"));
        socket = ControlSocket.start(directory, desk).orElseThrow();
        assertAnswered();
    }

    @Test
    void whereThePathIsTooLongTheGatewayGoesOnWithoutASocket() throws Exception {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(100)));
        assertThat(ControlSocket.start(deep, desk)).isEmpty();
        assertThat(ControlSocket.problem(deep.resolve("control")).orElseThrow()).contains("at most 107");
    }

    @Test
    void requestsComeOutOfTheWireAsTheyWentIn() throws Exception {
        QueueFilter filter = new QueueFilter(
                List.of(new MessageId(7), new MessageId(99)),
                Optional.of(DomainName.parse("example.net")),
                Optional.of(QueueFilter.Sender.parse("@sender.test")),
                Optional.of(Mailbox.parse("\"a b\"@example.net")),
                Optional.of(Instant.parse("2026-11-28T22:00:00.5Z")),
                true,
                Optional.of("4.7.323"));
        for (QueueRequest request : List.of(
                new QueueRequest.Find(filter, 17),
                new QueueRequest.Find(QueueFilter.ALL, 1),
                new QueueRequest.Show(new MessageId(3), true),
                new QueueRequest.Summary(4),
                new QueueRequest.Act(QueueRequest.Action.HOLD, filter, new QueueRequest.Manner(true, false, true)))) {
            assertThat(QueueWire.request(QueueWire.text(request))).isEqualTo(request);
        }
    }

    @Test
    void piecesComeOutOfTheWireAsTheyWentIn() throws Exception {
        Instant time = Instant.parse("2026-11-28T22:00:00.123456789Z");
        for (QueueAnswer piece : List.of(
                new QueueAnswer.Begun(time),
                new QueueAnswer.Message("0000002A", time, 5, "", Optional.empty()),
                new QueueAnswer.Message(
                        "0000002A",
                        time,
                        5,
                        "größe@example.net",
                        Optional.of(new QueueAnswer.Detail(
                                "client", 3, true, true, "usual", Optional.of(List.of("A: b"))))),
                new QueueAnswer.Recipient(
                        "a@example.net",
                        QueueAnswer.State.BEING_DELIVERED,
                        time,
                        3,
                        Optional.of(time),
                        "x",
                        "y",
                        Optional.of(List.of("z"))),
                new QueueAnswer.Domain("example.net", 1, 2, 3, time, Optional.empty(), "f", 4, "l"),
                new QueueAnswer.Progress(9),
                new QueueAnswer.Shown(1, 2, 3, true, new QueueAnswer.Whole(4, 5, 6)),
                new QueueAnswer.Done(QueueRequest.Action.DROP, true, 1, 2, 3, 4, 5),
                new QueueAnswer.Unconfirmed(1, 2),
                new QueueAnswer.Failed("why"))) {
            assertThat(QueueWire.piece(QueueWire.text(piece))).isEqualTo(piece);
        }
    }
}
