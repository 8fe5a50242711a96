// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.EOFException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.gatepost.spool.QueueTables.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes messages out of the journal: those that are finished, those of which something is to be written down that
/// only the tables hold, and those that its files need the room of.
final class JournalMoves {
    private static final Logger LOG = LoggerFactory.getLogger(JournalMoves.class);
    private static final int AT_ONCE = 100;

    private final EmbeddedStore store;
    private final FreshMessages fresh;
    private final Leases leases;

    JournalMoves(EmbeddedStore store, FreshMessages fresh, Leases leases) {
        this.store = store;
        this.fresh = fresh;
        this.leases = leases;
    }

    /// Finishes recipients of a message in the journal.
    ///
    /// @return whether they are; not when the message may be in the tables, or the journal cannot be written
    boolean finish(FreshMessage message, List<Integer> indexes) {
        // What was counted of the delivery must not be lost where its end is not.
        store.writer().awaitSubmitted();
        message.settling.lock();
        try {
            if (message.gone || message.perhapsMoved || !store.journal().finished(message.message.id(), indexes)) {
                return false;
            }
            noteFinished(message, indexes);
            return true;
        } finally {
            message.settling.unlock();
        }
    }

    private void noteFinished(FreshMessage message, List<Integer> indexes) {
        if (fresh.finish(message, indexes)) {
            store.journal().left(message.place.segment());
            removeFile(message);
        }
    }

    /// @return nothing when the message is in the tables by now
    Optional<StoredContent> content(FreshMessage message) {
        if (message.file.isPresent()) {
            return Optional.of(new StoredContent(
                    message.message.size(), message.crc, new StoredContent.Place.File(message.file.get())));
        }
        Journal.Reading reading;
        message.settling.lock();
        try {
            if (message.gone) {
                return Optional.empty();
            }
            reading =
                    store.journal().pin(message.place.segment(), message.place.offset(), (int) message.message.size());
        } finally {
            message.settling.unlock();
        }
        StoredContent.Place.Inline octets = read(message, reading);
        return Optional.of(new StoredContent(message.message.size(), message.crc, octets));
    }

    private StoredContent.Place.Inline read(FreshMessage message, Journal.Reading reading) {
        try {
            return new StoredContent.Place.Inline(store.journal().read(reading));
        } catch (IOException e) {
            throw store.faults().damagedRecord("the content of message " + message.message.id(), e);
        }
    }

    /// A change of the tables.
    ///
    /// @param octets of content in the change itself
    /// @param after done when the change is durable, before anything of its messages is settled otherwise
    record Step<T>(long octets, GroupCommit.Change<T> change, Runnable after) {}

    /// Makes the change that does the updates together with moving those of the messages that are in the journal.
    /// One whose content cannot be read stays: its ends are noted in the journal, its deferrals in memory.
    <T> T with(List<Spool.Update> updates, Step<T> step) {
        List<MessageId> ids = updates.stream()
                .map(update -> update.recipient().message())
                .distinct()
                .sorted()
                .toList();
        return with(ids, updates, step);
    }

    /// Whether none of the message's recipients is left after the updates.
    private boolean isEnd(FreshMessage message, List<Spool.Update> updates) {
        BitSet finished = fresh.finished(message);
        for (Spool.Update update : updates) {
            if (update instanceof Spool.Update.Finished(QueuedRecipient recipient)
                    && recipient.message().equals(message.message.id())) {
                finished.set(recipient.index());
            }
        }
        return finished.cardinality() == message.recipients();
    }

    /// @param ids in ascending order
    private <T> T with(List<MessageId> ids, List<Spool.Update> updates, Step<T> step) {
        List<FreshMessage> moving = new ArrayList<>(ids.size());
        try {
            for (MessageId id : ids) {
                fresh.find(id).ifPresent(message -> {
                    message.settling.lock();
                    moving.add(message);
                });
            }
            List<FreshMessage> here =
                    moving.stream().filter(message -> !message.gone).toList();
            T result = move(
                    here.stream()
                            .flatMap(message -> prepare(message, updates).stream())
                            .toList(),
                    step);
            here.stream().filter(message -> !message.gone).forEach(message -> settle(message, updates));
            return result;
        } finally {
            moving.forEach(message -> message.settling.unlock());
        }
    }

    /// @param incoming nothing of a message that would leave the tables at once: its content need not be readable
    private record Move(FreshMessage message, Optional<Incoming> incoming) {
        long octets() {
            return incoming.map(it -> it.content().size()).orElse(0L);
        }

        /// It may be there: a commit that is told to have failed may have reached the disk.
        void insert(Database database, FreshMessages fresh) throws SQLException {
            MessageId id = message.message.id();
            if (QueueTables.hasMoved(database, id)) {
                QueueTables.finish(database, id, fresh.finished(message));
                return;
            }
            if (incoming.isPresent()) {
                QueueTables.insert(database, id, incoming.get(), fresh.finished(message));
                for (Spool.Update.Deferred deferred : fresh.deferred(message)) {
                    QueueTables.defer(database, deferred);
                }
            }
            QueueTables.markMoved(database, id);
        }
    }

    private <T> T move(List<Move> list, Step<T> step) {
        List<FreshMessage> messages = list.stream().map(Move::message).toList();
        long octets = step.octets() + list.stream().mapToLong(Move::octets).sum();
        hold(messages);
        T result = store.writer().commit(octets, database -> {
            for (Move move : list) {
                move.insert(database, fresh);
            }
            return step.change().apply(database);
        });
        for (FreshMessage message : messages) {
            fresh.moved(
                    message,
                    (leased, begun) -> leases.stored(message.message.id(), message.recipients(), leased, begun));
            store.journal().left(message.place.segment());
        }
        step.after().run();
        list.stream().filter(move -> move.incoming().isEmpty()).forEach(move -> removeFile(move.message()));
        return result;
    }

    /// Until a change is known to have been made, its messages may be in both places: a commit that is told to
    /// have failed may have reached the disk. They are not handed out from the tables then, and end by being
    /// moved.
    private void hold(List<FreshMessage> messages) {
        try {
            messages.forEach(message -> leases.hold(message.message.id(), message.recipients(), message.due));
        } catch (Error e) {
            messages.stream()
                    .filter(message -> !message.perhapsMoved)
                    .forEach(message -> leases.drop(message.message.id(), message.recipients()));
            throw e;
        }
        messages.forEach(message -> message.perhapsMoved = true);
    }

    /// The updates of a message that stays. What goes with them is done: there is no way back.
    private void settle(FreshMessage message, List<Spool.Update> updates) {
        List<Integer> finished = new ArrayList<>();
        for (Spool.Update update : updates) {
            if (update.recipient().message().equals(message.message.id())) {
                switch (update) {
                    case Spool.Update.Finished(QueuedRecipient recipient) -> finished.add(recipient.index());
                    case Spool.Update.Deferred deferred -> fresh.defer(message, deferred);
                }
            }
        }
        if (!finished.isEmpty()) {
            if (!store.journal().finished(message.message.id(), finished)) {
                LOG.error(
                        "spool: ends of message {} cannot be written down; after a restart it comes again",
                        message.message.id());
            }
            noteFinished(message, finished);
        }
    }

    private void removeFile(FreshMessage message) {
        message.file.ifPresent(name -> store.files().remove(store.files().resolve(name)));
    }

    /// @return nothing for a message that stays
    private Optional<Move> prepare(FreshMessage message, List<Spool.Update> updates) {
        if (isEnd(message, updates)) {
            return Optional.of(new Move(message, Optional.empty()));
        }
        return toMove(message)
                .map(content ->
                        new Incoming(message.message.envelope(), message.message.arrived(), message.due, content))
                .map(incoming -> new Move(message, Optional.of(incoming)));
    }

    /// Octets that are not there any more are met as damaged where they are read next. What the disk only
    /// failed to read may be there still, and does not move.
    private Optional<StoredContent> toMove(FreshMessage message) {
        try {
            return content(message);
        } catch (SpoolException e) {
            if (!message.toldUnreadable) {
                message.toldUnreadable = true;
                LOG.error("{}", e.getMessage());
            }
            return e.getCause() instanceof EOFException
                    ? Optional.of(new StoredContent(
                            message.message.size(), message.crc, new StoredContent.Place.Inline(new byte[0])))
                    : Optional.empty();
        }
    }

    /// Moves all messages that are in the journal now, before the queue is looked at or changed as a whole.
    void all() {
        long last = store.lastId();
        move(message -> message.id() <= last);
    }

    /// The same before it is only looked at, which a disk that cannot be written must not prevent: what is new
    /// is not seen then.
    void allIfPossible() {
        try {
            all();
        } catch (SpoolException e) {
            LOG.error("spool: new messages are not shown in the queue: {}", e.getMessage());
        }
    }

    /// @return whether all could be moved
    boolean move(Predicate<FreshMessage> which) {
        Set<MessageId> stay = new HashSet<>();
        Predicate<FreshMessage> rest = message -> which.test(message) && !stay.contains(message.message.id());
        for (List<FreshMessage> some = fresh.all(rest, AT_ONCE); !some.isEmpty(); some = fresh.all(rest, AT_ONCE)) {
            List<MessageId> ids =
                    some.stream().map(message -> message.message.id()).toList();
            with(ids, List.of(), new Step<>(0, database -> true, () -> {}));
            ids.stream().filter(id -> fresh.find(id).isPresent()).forEach(stay::add);
        }
        return stay.isEmpty();
    }
}
