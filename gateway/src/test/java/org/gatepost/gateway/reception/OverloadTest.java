// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gatepost.gateway.config.GatewayConfig.Limits;
import org.gatepost.gateway.config.Network;
import org.gatepost.gateway.delivery.FaultySpool;
import org.gatepost.names.DomainName;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.MessageId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// More than a gateway can bear, over real sockets: each client is served or told why not, and the others are served
/// meanwhile. The time limit only turns a hang into a failure.
@Tag("slow")
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OverloadTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final int MOST = 100;

    /// Of a client that must be served, however busy the machine is.
    private static final Duration LONG = Duration.ofMinutes(5);

    private final EmbeddedStore store;
    private final FaultySpool spool;
    private final List<SmtpListener> listeners = new ArrayList<>();

    OverloadTest(@TempDir Path directory) {
        store = EmbeddedStore.open(directory);
        spool = new FaultySpool(store.spool());
    }

    @AfterEach
    void close() throws IOException {
        for (SmtpListener listener : listeners) {
            listener.close();
            listener.abort();
        }
        store.close();
    }

    private SmtpListener listen(Duration commandTimeout, Duration dataTimeout) throws IOException {
        var limits = new Limits(MOST, MOST, 1_000_000, 1000, 50, commandTimeout, dataTimeout);
        DomainName name = DomainName.parse("gw.test");
        var intake = new MessageIntake(
                name,
                List.of(Network.parse("127.0.0.0/8")),
                Optional.empty(),
                50,
                spool,
                InstantSource.system(),
                () -> {},
                Optional.empty());
        SmtpListener listener = SmtpListener.start(
                SmtpListener.bind(new InetSocketAddress(LOOPBACK, 0)),
                new SmtpListener.ReceptionParts(name, limits, Optional.empty(), intake));
        listeners.add(listener);
        return listener;
    }

    private static final class Client implements AutoCloseable {
        private final Socket socket = new Socket();
        private final BufferedReader in;

        Client(SmtpListener listener) throws IOException {
            socket.connect(listener.address());
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
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
            send(command + "\r\n");
            return reply();
        }

        /// Submits a message, the banner being read.
        ///
        /// @return the reply to its end
        String submit() throws IOException {
            begin();
            send("Subject: hello\r\n\r\nbody\r\n");
            return ask(".");
        }

        void begin() throws IOException {
            ask("EHLO client.test");
            ask("MAIL FROM:<anna@client.test>");
            ask("RCPT TO:<bert@example.test>");
            assertThat(ask("DATA")).startsWith("354");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /// What a client that has read its banner is told in the end; those that are served wait for the start.
    private static String meet(SmtpListener listener, CountDownLatch greeted, CountDownLatch start) throws Exception {
        try (Client client = new Client(listener)) {
            String banner = client.reply();
            greeted.countDown();
            if (!banner.startsWith("220")) {
                return banner;
            }
            start.await();
            return client.submit();
        }
    }

    @Test
    void ofTwoThousandClientsAtOnceAsManyAsAreAllowedAreServedAndTheOthersAreToldSo() throws Exception {
        int clients = 2000;
        SmtpListener listener = listen(LONG, LONG);
        var greeted = new CountDownLatch(clients);
        var start = new CountDownLatch(1);
        List<String> replies = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> all = IntStream.range(0, clients)
                    .mapToObj(_ -> threads.submit(() -> meet(listener, greeted, start)))
                    .toList();
            greeted.await();
            assertThat(listener.connections()).isEqualTo(MOST);
            start.countDown();
            for (Future<String> one : all) {
                replies.add(one.get());
            }
        }
        assertThat(replies).filteredOn(reply -> reply.startsWith("250 2.0.0")).hasSize(MOST);
        assertThat(replies)
                .filteredOn(reply -> !reply.startsWith("250 2.0.0"))
                .hasSize(clients - MOST)
                .allMatch(reply -> reply.startsWith("421 4."));
        assertThat(spool.depth().messages()).isEqualTo(MOST);
        while (listener.connections() > 0) {
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        try (Client later = new Client(listener)) {
            assertThat(later.reply()).startsWith("220");
            assertThat(later.submit()).startsWith("250 2.0.0");
        }
    }

    /// Each of them sends an octet now and then, so that no single wait is long.
    @Test
    void clientsThatDripOctetsEndByTheTimeLimitsWhileOthersAreServed() throws Exception {
        SmtpListener commands = listen(Duration.ofSeconds(2), LONG);
        SmtpListener content = listen(LONG, Duration.ofSeconds(2));
        SmtpListener patient = listen(LONG, LONG);
        int drips = 40;
        var ended = new CountDownLatch(drips);
        int served = 0;
        List<String> words = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> dripping = IntStream.range(0, drips)
                    .mapToObj(number -> threads.submit(() -> {
                        try {
                            return number % 2 == 0 ? drip(commands, false) : drip(content, true);
                        } finally {
                            ended.countDown();
                        }
                    }))
                    .toList();
            // All listeners share the store and the threads.
            while (ended.getCount() > 0) {
                try (Client client = new Client(patient)) {
                    assertThat(client.reply()).startsWith("220");
                    assertThat(client.submit()).startsWith("250 2.0.0");
                    served++;
                }
            }
            for (Future<String> one : dripping) {
                words.add(one.get());
            }
        }
        assertThat(words).allMatch(word -> word.startsWith("421 4.4.2"));
        assertThat(served).isPositive();
        assertThat(spool.depth().messages()).isEqualTo(served);
    }

    /// @return the last reply
    private static String drip(SmtpListener listener, boolean withinContent) throws Exception {
        try (Client client = new Client(listener)) {
            assertThat(client.reply()).startsWith("220");
            if (withinContent) {
                client.begin();
            }
            try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<String> last = thread.submit(client::reply);
                while (!last.isDone()) {
                    try {
                        client.send("N");
                    } catch (SocketException e) {
                        break; // The gateway has closed; what it said is read.
                    }
                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                }
                return last.get();
            }
        }
    }

    @Test
    void ofTenThousandRecipientsTheAllowedOnesAreTakenAndTheOthersDeferred() throws Exception {
        SmtpListener listener = listen(LONG, LONG);
        try (Client client = new Client(listener)) {
            client.reply();
            client.ask("EHLO client.test");
            client.ask("MAIL FROM:<anna@client.test>");
            List<String> replies = new ArrayList<>();
            for (int block = 0; block < 100; block++) {
                int first = block * 100;
                client.send(IntStream.range(first, first + 100)
                        .mapToObj(number -> "RCPT TO:<to" + number + "@example.test>\r\n")
                        .reduce("", String::concat));
                for (int i = 0; i < 100; i++) {
                    replies.add(client.reply());
                }
            }
            assertThat(replies.subList(0, 1000)).allMatch(reply -> reply.startsWith("250 2.1.5"));
            assertThat(replies.subList(1000, 10_000)).allMatch(reply -> reply.startsWith("452 4.5.3"));
            assertThat(client.ask("DATA")).startsWith("354");
            client.send("Subject: hello\r\n\r\nbody\r\n");
            assertThat(client.ask(".")).startsWith("250 2.0.0");
        }
        assertThat(spool.list(new MessageId(0), 10))
                .singleElement()
                .satisfies(entry -> assertThat(entry.recipients())
                        .extracting(recipient -> recipient.mailbox().toString())
                        .containsExactlyElementsOf(IntStream.range(0, 1000)
                                .mapToObj(number -> "to" + number + "@example.test")
                                .toList()));
    }

    @Test
    void anEndlessCommandLineIsEndedWithAReply() throws Exception {
        SmtpListener listener = listen(LONG, LONG);
        try (Client client = new Client(listener)) {
            client.reply();
            assertThat(lastWordWhileSending(client, "x".repeat(10_000))).startsWith("500 5.5.2");
        }
    }

    /// The message is read to its end and refused; nothing of it is kept.
    @Test
    void aLineAndAHeaderOfManyMegabytesAreRefusedAndTheSessionGoesOn() throws Exception {
        SmtpListener listener = listen(LONG, LONG);
        String octets = "x".repeat(1 << 20);
        try (Client client = new Client(listener)) {
            client.reply();
            for (String block : List.of(octets, "X-Field: " + octets.substring(0, 900) + "\r\n")) {
                client.begin();
                client.send("Subject: ");
                for (long sent = 0; sent < 64L << 20; sent += block.length()) {
                    client.send(block);
                }
                client.send("\r\n\r\nbody\r\n");
                assertThat(client.ask(".")).startsWith("552 5.3.4");
            }
            assertThat(client.submit()).startsWith("250 2.0.0");
        }
        assertThat(spool.depth().messages()).isEqualTo(1);
    }

    private static String lastWordWhileSending(Client client, String block) throws Exception {
        try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> last = thread.submit(client::reply);
            // Ends when the gateway does not read on.
            Stream.generate(() -> block).takeWhile(_ -> !last.isDone()).forEach(text -> {
                try {
                    client.send(text);
                } catch (IOException e) {
                    // The gateway has closed; what it said is read.
                    LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
                }
            });
            return last.get(1, TimeUnit.MINUTES);
        }
    }

    /// A disk that is slow delays the acknowledgement, and nothing else: the client's own time limits do not run
    /// meanwhile.
    @Test
    void anAcknowledgementWaitsForASlowDiskLongerThanAClientMayForItsCommands() throws Exception {
        SmtpListener listener = listen(Duration.ofSeconds(4), Duration.ofSeconds(4));
        spool.commitTakes = Duration.ofSeconds(6);
        try (Client client = new Client(listener)) {
            client.reply();
            assertThat(client.submit()).startsWith("250 2.0.0");
        }
        assertThat(spool.depth().messages()).isEqualTo(1);
    }
}
