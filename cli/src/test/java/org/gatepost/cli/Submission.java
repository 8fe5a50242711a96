// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.gatepost.lab.Inbox;
import org.gatepost.smtp.SmtpClientSession;
import org.gatepost.smtp.TransferResult;

/// Clients that submit messages to a gateway which may vanish, and a ledger of what it acknowledged.
final class Submission {
    static final int CLIENTS = 8;

    /// How many messages for a domain may be under way, so that submission lasts as long as delivery does.
    private static final int AHEAD = 5;

    private final List<Inbox> inboxes;
    private final ConcurrentLinkedDeque<LedgerMessage> open = new ConcurrentLinkedDeque<>();
    private final Map<String, LedgerMessage> acknowledged = new ConcurrentHashMap<>();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final Semaphore acknowledgements = new Semaphore(0);
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopped;

    /// @param messages number `i` goes to the domain of inbox `i` modulo the number of inboxes
    Submission(List<LedgerMessage> messages, List<Inbox> inboxes) {
        open.addAll(messages);
        this.inboxes = List.copyOf(inboxes);
    }

    /// Starts the clients; each ends when nothing is left to submit or its connection is lost.
    void start(InetSocketAddress gateway) {
        stopped = false;
        clients.clear();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Thread.ofVirtual().name("client " + i).start(() -> client(gateway)));
        }
    }

    private void client(InetSocketAddress gateway) {
        try (Socket socket = new Socket(gateway.getAddress(), gateway.getPort())) {
            SmtpClientSession smtp = SmtpClientSession.open(socket.getInputStream(), socket.getOutputStream());
            smtp.ehlo("client.sender.test");
            Optional<LedgerMessage> next = take();
            while (next.isPresent() && submit(smtp, next.get())) {
                next = take();
            }
            smtp.quit();
        } catch (IOException e) {
            // The gateway was killed. What it did not acknowledge is open again.
            if (!stopped) {
                complaints.add("a connection was lost while the gateway ran: " + e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<LedgerMessage> take() {
        return Optional.ofNullable(open.poll());
    }

    /// False when the clients are to end.
    private boolean submit(SmtpClientSession smtp, LedgerMessage message) throws IOException, InterruptedException {
        if (!awaitTurn(message)) {
            open.addFirst(message);
            return false;
        }
        boolean taken = false;
        try {
            TransferResult result = smtp.transfer(message.transaction());
            taken = result.delivered(0);
            if (!taken) {
                complaints.add(message + " was refused: " + result.forRecipient(0));
            }
        } finally {
            if (taken) {
                acknowledged.put(message.token(), message);
                acknowledgements.release();
            } else {
                open.addFirst(message.again());
            }
        }
        return taken;
    }

    private boolean awaitTurn(LedgerMessage message) throws InterruptedException {
        int earlier = message.number() / inboxes.size();
        Inbox inbox = inboxes.get(message.number() % inboxes.size());
        while (!stopped) {
            if (inbox.await(all -> all.size() > earlier - AHEAD, Duration.ofMillis(100))) {
                return true;
            }
        }
        return false;
    }

    /// Waits for that many further acknowledgements.
    boolean awaitAcknowledgements(int further, Duration atMost) throws InterruptedException {
        return acknowledgements.tryAcquire(further, atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// To be called before the gateway is killed: from now on lost connections are no wonder.
    void expectLoss() {
        stopped = true;
    }

    void awaitClients() throws InterruptedException {
        for (Thread client : clients) {
            client.join();
        }
    }

    /// By token.
    Map<String, LedgerMessage> acknowledged() {
        return Map.copyOf(acknowledged);
    }

    boolean isComplete() {
        return open.isEmpty();
    }

    /// What clients met that they should not have.
    List<String> complaints() {
        return List.copyOf(complaints);
    }
}
