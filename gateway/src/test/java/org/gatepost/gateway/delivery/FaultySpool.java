// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;

/// A spool that works, except for the faults that a test asks for.
final class FaultySpool implements Spool {
    private final Spool sound;
    final AtomicInteger failingApplies = new AtomicInteger();
    volatile boolean failingContent;
    volatile boolean failingMessage;
    volatile boolean forgottenMessage;

    FaultySpool(Spool sound) {
        this.sound = sound;
    }

    @Override
    public Draft draft() {
        return sound.draft();
    }

    @Override
    public List<QueuedRecipient> lease(Instant now, int limit) {
        return sound.lease(now, limit);
    }

    @Override
    public void release(List<QueuedRecipient> recipients) {
        sound.release(recipients);
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
