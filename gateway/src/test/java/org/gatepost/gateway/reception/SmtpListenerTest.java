// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.gatepost.gateway.config.GatewayConfig.Limits;
import org.gatepost.gateway.config.Network;
import org.gatepost.gateway.delivery.FaultySpool;
import org.gatepost.names.DomainName;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.Spool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Reception over real sockets. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SmtpListenerTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final EmbeddedStore store;
    private final FaultySpool spool;
    private List<Network> permitted = List.of(Network.parse("127.0.0.0/8"));
    private int maxConnections = 10;
    private int maxConnectionsPerAddress = 10;
    private int maxRecipients = 100;
    private Duration commandTimeout = Duration.ofSeconds(30);

    SmtpListenerTest(@TempDir Path directory) {
        store = EmbeddedStore.open(directory);
        spool = new FaultySpool(store.spool());
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private SmtpListener listen() throws IOException {
        var limits = new Limits(
                maxConnections,
                maxConnectionsPerAddress,
                1_000_000,
                maxRecipients,
                5,
                commandTimeout,
                Duration.ofSeconds(30));
        DomainName name = DomainName.parse("gw.test");
        var intake = new MessageIntake(
                name, permitted, Optional.empty(), 5, spool, InstantSource.system(), () -> {}, Optional.empty());
        return SmtpListener.start(
                SmtpListener.bind(new InetSocketAddress(LOOPBACK, 0)),
                new SmtpListener.ReceptionParts(name, limits, Optional.empty(), intake));
    }

    private static final class Client implements AutoCloseable {
        final Socket socket = new Socket();
        private final BufferedReader in;

        Client(SmtpListener listener) throws IOException {
            socket.connect(listener.address());
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        }

        Client send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return this;
        }

        /// The next reply's last line; `closed` at the end.
        String reply() throws IOException {
            String line = in.readLine();
            while (line != null && line.length() > 3 && line.charAt(3) == '-') {
                line = in.readLine();
            }
            return line == null ? "closed" : line;
        }

        String ask(String command) throws IOException {
            return send(command + "\r\n").reply();
        }

        /// Begins a transaction, up to the point where the message is awaited.
        Client begin() throws IOException {
            reply();
            ask("EHLO client.test");
            ask("MAIL FROM:<anna@client.test>");
            ask("RCPT TO:<bert@example.test>");
            assertThat(ask("DATA")).startsWith("354");
            return this;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void close(SmtpListener listener) throws IOException {
        listener.close();
        listener.abort();
    }

    private static void awaitConnections(SmtpListener listener, int count) {
        while (listener.connections() != count) {
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private List<Spool.Entry> queued() {
        return spool.list(new MessageId(0), 10);
    }

    @Test
    void acceptedMessageIsInTheQueueWithItsTraceField() throws Exception {
        SmtpListener listener = listen();
        try (Client client = new Client(listener).begin()) {
            assertThat(client.send("Subject: hello\r\n\r\nbody\r\n").ask(".")).startsWith("250 2.0.0 queued as");

            try (var content = spool.content(queued().getFirst().message().id())) {
                assertThat(new String(content.readAllBytes(), StandardCharsets.US_ASCII))
                        .startsWith("Received: from client.test ([127.0.0.1])\r\n\tby gw.test ")
                        .endsWith("\r\nSubject: hello\r\n\r\nbody\r\n");
            }
        } finally {
            close(listener);
        }
    }

    @Test
    void strangersCannotRelay() throws Exception {
        permitted = List.of(Network.parse("192.0.2.0/24"));
        SmtpListener listener = listen();
        try (Client client = new Client(listener)) {
            client.reply();
            client.ask("EHLO client.test");
            client.ask("MAIL FROM:<anna@client.test>");

            assertThat(client.ask("RCPT TO:<bert@example.test>")).startsWith("550 5.7.1");
            assertThat(client.ask("DATA")).startsWith("554");
        } finally {
            close(listener);
        }
    }

    @Test
    void addressLiteralsAreRefused() throws Exception {
        SmtpListener listener = listen();
        try (Client client = new Client(listener)) {
            client.reply();
            client.ask("EHLO client.test");
            client.ask("MAIL FROM:<anna@client.test>");

            assertThat(client.ask("RCPT TO:<bert@[192.0.2.1]>")).startsWith("550 5.1.2");
        } finally {
            close(listener);
        }
    }

    @Test
    void oneConnectionTooManyIsToldSoAndLeavesTheOthersAlone() throws Exception {
        maxConnections = 1;
        SmtpListener listener = listen();
        try (Client first = new Client(listener)) {
            assertThat(first.reply()).startsWith("220");
            try (Client second = new Client(listener)) {
                assertThat(second.reply()).startsWith("421 4.3.2");
            }

            assertThat(first.ask("QUIT")).startsWith("221");
        } finally {
            close(listener);
        }
    }

    @Test
    void placeOfAClientThatLeftIsFreeAgain() throws Exception {
        maxConnections = 1;
        maxConnectionsPerAddress = 1;
        SmtpListener listener = listen();
        try {
            for (int i = 0; i < 5; i++) {
                String banner;
                do {
                    try (Client client = new Client(listener)) {
                        banner = client.reply();
                    }
                } while (!banner.startsWith("220"));
            }
            awaitConnections(listener, 0);
        } finally {
            close(listener);
        }
    }

    @Test
    void oneConnectionTooManyFromOneAddressIsToldSo() throws Exception {
        maxConnectionsPerAddress = 1;
        SmtpListener listener = listen();
        try (Client first = new Client(listener)) {
            assertThat(first.reply()).startsWith("220");
            try (Client second = new Client(listener)) {
                assertThat(second.reply()).startsWith("421 4.7.0");
            }
        } finally {
            close(listener);
        }
    }

    /// Spec Q1: a full disk is no defect, and the client keeps the message.
    @Test
    void messageThatCannotBeStoredIsRefusedForNow() throws Exception {
        spool.failingCommits = true;
        SmtpListener listener = listen();
        try (Client client = new Client(listener).begin()) {
            assertThat(client.send("Subject: hello\r\n\r\nbody\r\n").ask(".")).startsWith("452 4.3.1");
            assertThat(client.ask("NOOP")).startsWith("250");
        } finally {
            close(listener);
        }
    }

    @Test
    void diskThatFillsUpInTheMiddleOfAMessageRefusesItForNow() throws Exception {
        spool.room = 2000;
        SmtpListener listener = listen();
        try (Client client = new Client(listener).begin()) {
            String body = ("x".repeat(98) + "\r\n").repeat(2000);

            assertThat(client.send("Subject: hello\r\n\r\n" + body).ask(".")).startsWith("451 4.3.0");
            assertThat(client.ask("NOOP")).startsWith("250");
        } finally {
            close(listener);
        }
    }

    @Test
    void diskThatIsFullFromTheFirstOctetRefusesTheMessageForNow() throws Exception {
        spool.room = 0;
        SmtpListener listener = listen();
        try (Client client = new Client(listener).begin()) {
            assertThat(client.send("Subject: hello\r\n\r\nbody\r\n").ask(".")).startsWith("452 4.3.1");
        } finally {
            close(listener);
        }
    }

    /// Spec O9.
    @Test
    void messageThatTravelsInCirclesIsRefused() throws Exception {
        SmtpListener listener = listen();
        try (Client client = new Client(listener).begin()) {
            assertThat(client.send("Received: from a\r\n".repeat(6) + "\r\nbody\r\n")
                            .ask("."))
                    .startsWith("554 5.4.6");
        } finally {
            close(listener);
        }
        assertThat(queued()).isEmpty();
    }

    /// A connection closed over unread octets is reset, and a reset destroys the reply that says why.
    @Test
    void lastReplyArrivesAlthoughMoreWasSent() throws Exception {
        SmtpListener listener = listen();
        try (Client client = new Client(listener)) {
            assertThat(client.reply()).startsWith("220");
            client.send("GET / HTTP/1.1\r\n" + "x".repeat(60_000));
            awaitConnections(listener, 0);

            assertThat(client.reply()).startsWith("554");
        } finally {
            close(listener);
        }
    }

    /// SO_TIMEOUT limits reads only: such clients would take every place for ever.
    @Test
    void clientThatReadsNoRepliesIsGivenUp() throws Exception {
        permitted = List.of();
        maxRecipients = 100_000;
        commandTimeout = Duration.ofSeconds(1);
        SmtpListener listener = listen();
        try (Client client = new Client(listener)) {
            client.send("EHLO client.test\r\nMAIL FROM:<anna@client.test>\r\n");
            String commands = "RCPT TO:<bert@example.test>\r\n".repeat(2000);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    while (true) {
                        client.send(commands);
                    }
                } catch (IOException e) {
                    // What the test waits for.
                }
            });

            awaitConnections(listener, 0);
            sending.join();
        } finally {
            close(listener);
        }
    }

    @Test
    void messageUnderWayIsTakenInBeforeTheStop() throws Exception {
        SmtpListener listener = listen();
        try (Client busy = new Client(listener).begin();
                Client idle = new Client(listener)) {
            assertThat(idle.reply()).startsWith("220");
            busy.send("Subject: hello\r\n\r\n");
            listener.close();
            CompletableFuture<Boolean> drained =
                    CompletableFuture.supplyAsync(() -> listener.drain(Duration.ofSeconds(30)));

            assertThat(idle.reply()).isEqualTo("closed");
            assertThat(busy.send("body\r\n").ask(".")).startsWith("250");
            assertThat(drained.join()).isTrue();
        }
        assertThat(queued()).hasSize(1);
    }

    @Test
    void abortEndsEveryConnection() throws Exception {
        SmtpListener listener = listen();
        try (Client client = new Client(listener)) {
            client.reply();

            close(listener);

            assertThat(client.reply()).isEqualTo("closed");
            awaitConnections(listener, 0);
        }
    }
}
