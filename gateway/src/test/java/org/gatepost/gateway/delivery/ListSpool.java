// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueControl;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.RecipientId;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.jspecify.annotations.Nullable;

/// The leasing half of a spool, in memory: recipients that are always due, in the order in which they were added.
final class ListSpool implements Spool {
    private final List<QueuedRecipient> recipients = new ArrayList<>();
    private final Set<MessageId> leased = new HashSet<>();
    private final Set<MessageId> dropped = new HashSet<>();
    private boolean broken;
    private int unreadable;
    private int reread;
    private @Nullable Error once;

    /// Adds a message to one recipient.
    ListSpool add(String mailbox) {
        return add(mailbox, 0, "");
    }

    /// Adds a message of a sender to one recipient.
    ListSpool addFrom(String sender, String mailbox) {
        return add(mailbox, 0, sender);
    }

    /// Adds a message that was tried once.
    ListSpool addRetry(String mailbox) {
        return add(mailbox, 1, "");
    }

    private synchronized ListSpool add(String mailbox, int attempts, String sender) {
        recipients.add(new QueuedRecipient(
                new MessageId(recipients.size() + 1),
                0,
                Mailbox.parse(mailbox),
                attempts,
                DeliveryWorld.NOW,
                List.of(),
                false,
                sender));
        return this;
    }

    synchronized void breakDown(boolean down) {
        broken = down;
    }

    synchronized void failOnce(Error error) {
        once = error;
    }

    @Override
    public synchronized List<QueuedRecipient> lease(Instant now, int limit) {
        if (once != null) {
            Error error = once;
            once = null;
            throw error;
        }
        if (broken) {
            throw new SpoolException("scripted: out of order", null);
        }
        List<QueuedRecipient> due = recipients.stream()
                .filter(recipient -> !leased.contains(recipient.message()) && !dropped.contains(recipient.message()))
                .limit(limit)
                .toList();
        due.forEach(recipient -> leased.add(recipient.message()));
        return due;
    }

    @Override
    public synchronized List<QueuedRecipient> reread(List<RecipientId> given) {
        if (unreadable-- > 0) {
            throw unreadable % 2 == 0
                    ? new SpoolException("scripted: cannot be read", null)
                    : new IllegalStateException("scripted: a bug");
        }
        reread += given.size();
        return given.stream()
                .filter(id -> !dropped.contains(id.message()))
                .map(id -> recipients.get((int) id.message().value() - 1))
                .toList();
    }

    /// How many recipients were read again.
    synchronized int reread() {
        return reread;
    }

    synchronized int leased() {
        return leased.size();
    }

    /// Whether all are leased.
    synchronized boolean isExhausted() {
        return leased.size() == recipients.size();
    }

    /// The next times that recipients are read again fail.
    synchronized void unreadable(int times) {
        unreadable = times;
    }

    /// As an operator does.
    synchronized void drop(MessageId message) {
        dropped.add(message);
    }

    @Override
    public synchronized void release(List<QueuedRecipient> given) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void suspend(List<QueuedRecipient> begun) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized void giveBack(List<RecipientId> given) {
        given.forEach(recipient -> leased.remove(recipient.message()));
    }

    @Override
    public List<QueuedRecipient> begin(List<QueuedRecipient> given) {
        return given;
    }

    @Override
    public QueueControl control() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Instant> nextDue() {
        return Optional.empty();
    }

    @Override
    public Draft draft() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<QueuedMessage> message(MessageId id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public InputStream content(MessageId id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void apply(List<Update> updates, List<Draft> reports) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Entry> list(MessageId from, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Depth depth() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
