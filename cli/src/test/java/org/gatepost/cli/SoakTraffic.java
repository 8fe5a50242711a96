// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.gatepost.lab.Scenario;
import org.gatepost.smtp.SmtpClientSession;
import org.gatepost.smtp.TransferResult;

/// Clients that submit mail of all sizes to one recipient or several, on new connections and used ones; some break off.
final class SoakTraffic {
    private static final int CLIENTS = 8;
    private static final int MOST_ON_A_CONNECTION = 20;
    private static final int MOST_RECIPIENTS = 12;
    private static final Duration PAUSE = Duration.ofMillis(100);

    /// So many recipients may be open, or the machine is too slow for the traffic.
    private static final int MOST_OPEN = 5000;

    private final InetSocketAddress gateway;
    private final SoakLedger ledger;
    private final List<Scenario> often;
    private final List<Scenario> seldom;
    private final AtomicLong numbers = new AtomicLong();
    private final List<Thread> clients;
    private volatile boolean stopped;

    /// @param often domains that most of the mail is for
    /// @param seldom the others
    SoakTraffic(InetSocketAddress gateway, SoakLedger ledger, List<Scenario> often, List<Scenario> seldom) {
        this.gateway = gateway;
        this.ledger = ledger;
        this.often = often;
        this.seldom = seldom;
        this.clients = IntStream.range(0, CLIENTS)
                .mapToObj(i -> Thread.ofVirtual().name("client " + i).start(() -> client(new Random(i))))
                .toList();
    }

    private void client(Random random) {
        while (!stopped) {
            try {
                if (random.nextInt(10) == 0) {
                    breakOff(random);
                } else {
                    converse(random);
                }
            } catch (IOException e) {
                ledger.complain("a client lost its connection: " + e.getMessage());
                pause(random);
            }
        }
    }

    private void pause(Random random) {
        do {
            LockSupport.parkNanos(random.nextLong(PAUSE.toNanos()));
        } while (!stopped && ledger.openCount() > MOST_OPEN);
    }

    private void converse(Random random) throws IOException {
        try (Socket socket = new Socket(gateway.getAddress(), gateway.getPort())) {
            SmtpClientSession smtp = SmtpClientSession.open(socket.getInputStream(), socket.getOutputStream());
            smtp.ehlo("client.sender.test");
            for (int left = 1 + random.nextInt(MOST_ON_A_CONNECTION); left > 0 && !stopped; left--) {
                submit(smtp, message(random));
                pause(random);
            }
            smtp.quit();
        }
    }

    private void submit(SmtpClientSession smtp, SoakMessage message) throws IOException {
        ledger.submitting(message.recipients());
        TransferResult result = smtp.transfer(message.transaction());
        for (int i = 0; i < message.recipients().size(); i++) {
            String recipient = message.recipients().get(i);
            if (result.delivered(i)) {
                ledger.acknowledged();
            } else {
                ledger.refused(recipient, result.forRecipient(i));
            }
        }
    }

    private SoakMessage message(Random random) {
        int count = random.nextInt(8) == 0 ? 2 + random.nextInt(MOST_RECIPIENTS - 1) : 1;
        List<String> recipients = new ArrayList<>();
        Scenario domain = domain(random);
        for (int i = 0; i < count; i++) {
            recipients.add("to" + numbers.incrementAndGet() + "@" + domain.domain());
            domain = random.nextBoolean() ? domain : domain(random);
        }
        int lines = switch (random.nextInt(50)) {
            case 0 -> 20_000;
            case 1, 2 -> 5_000;
            default -> random.nextInt(200);
        };
        return new SoakMessage(recipients, lines);
    }

    private Scenario domain(Random random) {
        List<Scenario> some = random.nextInt(8) == 0 ? seldom : often;
        return some.get(random.nextInt(some.size()));
    }

    /// Says a part of a transaction, and goes without a word.
    private void breakOff(Random random) throws IOException {
        String whole = "EHLO client.sender.test\r\nMAIL FROM:<alice@sender.test>\r\nRCPT TO:<" + SoakMessage.BROKEN_OFF
                + numbers.incrementAndGet() + "@" + domain(random).domain() + ">\r\nDATA\r\n";
        String content = new SoakMessage(List.of(), random.nextInt(10_000)).content();
        try (Socket socket = new Socket(gateway.getAddress(), gateway.getPort())) {
            boolean withContent = random.nextBoolean();
            int length = withContent ? whole.length() : random.nextInt(whole.length());
            send(socket, whole.substring(0, length));
            if (withContent) {
                awaitGoAhead(socket);
                send(socket, content);
            }
            pause(random);
            if (random.nextBoolean()) {
                socket.setSoLinger(true, 0); // a reset
            }
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void awaitGoAhead(Socket socket) throws IOException {
        StringBuilder said = new StringBuilder();
        while (said.indexOf("354 ") < 0) {
            int octet = socket.getInputStream().read();
            if (octet < 0) {
                throw new IOException("closed after " + said);
            }
            said.append((char) octet);
        }
    }

    /// Lets the clients end what they are at.
    void end() throws InterruptedException {
        stopped = true;
        for (Thread client : clients) {
            client.join();
        }
    }
}
