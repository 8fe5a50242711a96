// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueControl;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.RecipientId;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;

/// A spool that works, except for the faults that a test asks for.
public final class FaultySpool implements Spool {
    private final Spool sound;
    final AtomicInteger failingApplies = new AtomicInteger();
    volatile boolean failingContent;
    volatile boolean failingMessage;
    volatile boolean forgottenMessage;

    /// After how many octets a message's content cannot be written.
    public volatile long room = Long.MAX_VALUE;

    public volatile boolean failingCommits;

    /// How long a commit waits for the disk.
    public volatile Duration commitTakes = Duration.ZERO;

    public FaultySpool(Spool sound) {
        this.sound = sound;
    }

    @Override
    public Draft draft() {
        boolean scripted = failingCommits || room < Long.MAX_VALUE || commitTakes.isPositive();
        return scripted ? new FaultyDraft(sound.draft()) : sound.draft();
    }

    private final class FaultyDraft implements Draft {
        private final Draft draft;
        private long written;

        FaultyDraft(Draft draft) {
            this.draft = draft;
        }

        @Override
        public OutputStream content() {
            OutputStream out = draft.content();
            return new OutputStream() {
                @Override
                public void write(int octet) throws IOException {
                    write(new byte[] {(byte) octet}, 0, 1);
                }

                @Override
                public void write(byte[] octets, int offset, int length) throws IOException {
                    written += length;
                    if (written > room) {
                        throw new SpoolException("scripted: the disk is full", null);
                    }
                    out.write(octets, offset, length);
                }
            };
        }

        @Override
        public MessageId commit(Envelope envelope, Instant arrived, Instant due) {
            if (failingCommits) {
                throw new SpoolException("scripted: the disk is full", null);
            }
            LockSupport.parkNanos(commitTakes.toNanos());
            return draft.commit(envelope, arrived, due);
        }

        @Override
        public void seal(Envelope envelope, Instant arrived, Instant due) {
            draft.seal(envelope, arrived, due);
        }

        @Override
        public void close() {
            draft.close();
        }
    }

    @Override
    public List<QueuedRecipient> lease(Instant now, int limit) {
        return sound.lease(now, limit);
    }

    @Override
    public List<QueuedRecipient> reread(List<RecipientId> leased) {
        return sound.reread(leased);
    }

    @Override
    public void release(List<QueuedRecipient> recipients) {
        sound.release(recipients);
    }

    @Override
    public void suspend(List<QueuedRecipient> begun) {
        sound.suspend(begun);
    }

    @Override
    public void giveBack(List<RecipientId> recipients) {
        sound.giveBack(recipients);
    }

    @Override
    public List<QueuedRecipient> begin(List<QueuedRecipient> leased) {
        return sound.begin(leased);
    }

    @Override
    public QueueControl control() {
        return sound.control();
    }

    @Override
    public Optional<Instant> nextDue() {
        return sound.nextDue();
    }

    @Override
    public Optional<QueuedMessage> message(MessageId id) {
        if (failingMessage) {
            throw new SpoolException("scripted: the message cannot be read", null);
        }
        return forgottenMessage ? Optional.empty() : sound.message(id);
    }

    @Override
    public InputStream content(MessageId id) {
        if (failingContent) {
            throw new SpoolException("scripted: the content is damaged", null);
        }
        return sound.content(id);
    }

    @Override
    public void apply(List<Update> updates, List<Draft> reports) {
        if (failingApplies.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new SpoolException("scripted: the disk is full", null);
        }
        sound.apply(updates, reports);
    }

    @Override
    public List<Entry> list(MessageId from, int limit) {
        return sound.list(from, limit);
    }

    @Override
    public Depth depth() {
        return sound.depth();
    }

    @Override
    public void close() {
        sound.close();
    }
}
