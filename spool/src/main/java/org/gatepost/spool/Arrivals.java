// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.Optional;
import org.gatepost.spool.QueueTables.Incoming;

/// Takes new messages in.
final class Arrivals {
    /// Moving writes to SQLite's log, and from there to the database.
    private static final int MOVE_FACTOR = 3;

    /// Octets that the tables need for a recipient, with its share of its message.
    private static final long MOVE_OVERHEAD = 1024;

    private final EmbeddedStore store;
    private final FreshMessages fresh;
    private final Leases leases;

    Arrivals(EmbeddedStore store, FreshMessages fresh, Leases leases) {
        this.store = store;
        this.fresh = fresh;
        this.leases = leases;
    }

    EmbeddedDraft draft() {
        return new EmbeddedDraft(
                this, new ContentBuffer(store.files(), store.settings().spillThreshold()));
    }

    /// Stores one new message: in the journal when it can be served at once, for most are finished soon and need
    /// no place in the tables.
    MessageId commit(Incoming message) {
        long space = checkReserve();
        MessageId id = store.nextId();
        boolean atOnce = !message.due().isAfter(message.arrived());
        boolean offered = atOnce && hasRoomInJournal(space);
        switch (offered ? commitToJournal(id, message) : new Journal.Outcome.Refused()) {
            case Journal.Outcome.Written(Journal.Place _) -> {}
            case Journal.Outcome.Refused() -> commitToTables(id, message, false);
            case Journal.Outcome.Unknown() -> commitToTables(id, message, true);
        }
        return id;
    }

    /// @param mayBeInJournal what the journal says of it must not count then
    private void commitToTables(MessageId id, Incoming message, boolean mayBeInJournal) {
        store.writer().commit(message.content().size(), database -> {
            QueueTables.insert(database, id, message);
            if (mayBeInJournal) {
                QueueTables.markMoved(database, id);
            }
            return id;
        });
        leases.arrived(id, message.due());
    }

    /// What the journal holds may have to move to the tables, so that room for it is kept there.
    private boolean hasRoomInJournal(long space) {
        Spool.Depth depth = fresh.depth();
        long needed = MOVE_FACTOR * (depth.octets() + MOVE_OVERHEAD * (1 + depth.recipients()));
        return depth.messages() < FreshMessages.MOST
                && depth.recipients() < FreshMessages.MOST_RECIPIENTS
                && space - store.settings().reserve() > needed;
    }

    private Journal.Outcome commitToJournal(MessageId id, Incoming message) {
        Optional<byte[]> envelope = EnvelopeCodec.encode(message.envelope());
        if (envelope.isEmpty()) {
            return new Journal.Outcome.Refused();
        }
        byte[] head = JournalRecord.accepted(id, message, envelope.get());
        byte[] content = JournalRecord.inline(message.content());
        Journal.Outcome outcome = store.journal().accepted(id, head, content);
        if (outcome instanceof Journal.Outcome.Written(Journal.Place at)) {
            addFresh(id, message, at, head.length);
        }
        return outcome;
    }

    private void addFresh(MessageId id, Incoming message, Journal.Place record, int head) {
        try {
            fresh.add(new FreshMessage(
                    new QueuedMessage(
                            id,
                            message.envelope(),
                            message.arrived(),
                            message.content().size()),
                    message.due(),
                    message.content(),
                    new Journal.Place(record.segment(), record.offset() + head)));
        } catch (Error e) {
            // The message is refused: the file of its record must not wait for its end.
            store.journal().left(record.segment());
            throw e;
        }
    }

    /// @return the octets that are free
    long checkReserve() {
        long space = store.faults().usableSpace();
        if (space < store.settings().reserve()) {
            throw store.faults().belowReserve(store.settings().reserve());
        }
        return space;
    }
}
