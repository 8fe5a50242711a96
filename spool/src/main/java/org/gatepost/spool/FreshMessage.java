// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.gatepost.names.Mailbox;

/// A message that is in the journal and not in the tables.
///
/// `settling` is held while its end or its move becomes durable, so that one never crosses the other. What is
/// said to be guarded by [FreshMessages] is read and written under its lock only.
final class FreshMessage {
    final QueuedMessage message;
    final String sender;
    final Instant due;
    final long crc;
    final Optional<String> file;
    final Journal.Place place;
    final ReentrantLock settling = new ReentrantLock();

    volatile boolean toldUnreadable;
    boolean perhapsMoved; // guarded by settling

    // Guarded by FreshMessages.
    final List<Spool.Update.Deferred> deferred = new ArrayList<>(0); // only while its content cannot be read
    final BitSet leased;
    final BitSet begun;
    final BitSet finished;
    boolean gone; // set under `settling` too, so that it holds still for who has that

    /// @param place where the octets of an inline content begin
    FreshMessage(QueuedMessage message, Instant due, StoredContent content, Journal.Place place) {
        this.message = message;
        this.sender = message.envelope().reversePath().map(Mailbox::toString).orElse("");
        this.due = due;
        this.crc = content.crc();
        this.file =
                content.place() instanceof StoredContent.Place.File(String name) ? Optional.of(name) : Optional.empty();
        this.place = place;
        this.leased = new BitSet(recipients());
        this.begun = new BitSet(recipients());
        this.finished = new BitSet(recipients());
    }

    long id() {
        return message.id().value();
    }

    int recipients() {
        return message.envelope().recipients().size();
    }

    /// Its recipient as it stands. To be called where [FreshMessages] guards it.
    QueuedRecipient recipient(int index) {
        Mailbox mailbox = message.envelope().recipients().get(index);
        if (deferred.isEmpty()) {
            return new QueuedRecipient(message.id(), index, mailbox, 0, due, List.of(), false, sender);
        }
        int attempts = 0;
        Instant next = due;
        String history = "";
        boolean delayReported = false;
        for (Spool.Update.Deferred update : deferred) {
            if (update.recipient().index() == index) {
                attempts++;
                next = update.due();
                history = History.append(history, update.line());
                delayReported |= update.delayReported();
            }
        }
        return new QueuedRecipient(
                message.id(), index, mailbox, attempts, next, History.lines(history), delayReported, sender);
    }
}
