// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.EOFException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.gatepost.spool.QueueTables.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes messages out of the journal: those that are finished, those of which something is to be written down that
/// only the tables hold, and, so that files become free again, those that stay long. One thread of its own does the
/// last, in small steps, and nobody waits for it.
final class JournalMoves implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalMoves.class);
    private static final int AT_ONCE = 100;
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final EmbeddedStore store;
    private final FreshMessages fresh;
    private final Leases leases;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    JournalMoves(EmbeddedStore store, FreshMessages fresh, Leases leases) {
        this.store = store;
        this.fresh = fresh;
        this.leases = leases;
        this.thread = Thread.ofPlatform().name("journal-moves").daemon(true).start(this::work);
    }

    /// Finishes recipients of a message in the journal.
    ///
    /// @return whether they are; not when the message is in the tables by now, or the journal cannot be written
    boolean finish(FreshMessage message, List<Integer> indexes) {
        // What was counted of the delivery must not be lost where its end is not.
        store.writer().awaitSubmitted();
        message.settling.lock();
        try {
            if (message.gone || !store.journal().finished(message.message.id(), indexes)) {
                return false;
            }
            if (fresh.finish(message, indexes)) {
                store.journal().left(message.place.segment());
                message.file.ifPresent(
                        name -> store.files().remove(store.files().resolve(name)));
            }
            return true;
        } finally {
            message.settling.unlock();
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
        return Optional.of(new StoredContent(message.message.size(), message.crc, read(message, reading)));
    }

    private StoredContent.Place.Inline read(FreshMessage message, Journal.Reading reading) {
        try {
            return new StoredContent.Place.Inline(store.journal().read(reading));
        } catch (IOException e) {
            throw store.faults().damagedRecord("the content of message " + message.message.id(), e);
        }
    }

    /// Makes a change of the tables together with moving those of the messages that are in the journal.
    ///
    /// @param ids in ascending order
    /// @param octets of content in the change itself
    /// @param after done when the change is durable, before anything of the messages is settled otherwise
    <T> T with(List<MessageId> ids, long octets, GroupCommit.Change<T> change, Runnable after) {
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
            return move(here, octets, change, after);
        } finally {
            moving.forEach(message -> message.settling.unlock());
        }
    }

    private record Move(FreshMessage message, Incoming incoming) {
        /// It may be there: a commit that is told to have failed may have reached the disk.
        void insert(Database database, FreshMessages fresh) throws SQLException {
            MessageId id = message.message.id();
            if (QueueTables.isMoved(database, id)) {
                QueueTables.finish(database, id, fresh.finished(message));
            } else {
                QueueTables.insert(database, id, incoming, fresh.finished(message));
                QueueTables.markMoved(database, id);
            }
        }
    }

    private <T> T move(List<FreshMessage> messages, long octets, GroupCommit.Change<T> change, Runnable after) {
        List<Move> list = messages.stream().map(this::prepare).toList();
        long moved = list.stream()
                .mapToLong(move -> move.incoming().content().size())
                .sum();
        T result;
        try {
            messages.forEach(message -> leases.hold(message.message.id(), message.recipients(), message.due));
            result = store.writer().commit(octets + moved, database -> {
                for (Move move : list) {
                    move.insert(database, fresh);
                }
                return change.apply(database);
            });
        } catch (RuntimeException | Error e) {
            messages.forEach(message -> leases.drop(message.message.id(), message.recipients()));
            throw e;
        }
        for (FreshMessage message : messages) {
            fresh.moved(
                    message,
                    (leased, begun) -> leases.stored(message.message.id(), message.recipients(), leased, begun));
            store.journal().left(message.place.segment());
        }
        after.run();
        return result;
    }

    private Move prepare(FreshMessage message) {
        return new Move(
                message,
                new Incoming(message.message.envelope(), message.message.arrived(), message.due, toMove(message)));
    }

    /// Octets that are not there any more are met as damaged where they are read next. What the disk only failed to
    /// read may be there still, and does not move.
    ///
    /// @throws SpoolException when the disk fails
    private StoredContent toMove(FreshMessage message) {
        try {
            return content(message).orElseThrow(() -> new IllegalStateException("a message moved under its lock"));
        } catch (SpoolException e) {
            if (e.getCause() instanceof EOFException) {
                LOG.error("{}", e.getMessage());
                return new StoredContent(
                        message.message.size(), message.crc, new StoredContent.Place.Inline(new byte[0]));
            }
            throw e;
        }
    }

    /// Moves all messages that are in the journal now.
    void all() {
        long last = store.lastId();
        move(message -> message.id() <= last);
    }

    private void move(Predicate<FreshMessage> which) {
        Set<Long> unreadable = new HashSet<>();
        Predicate<FreshMessage> rest = message -> which.test(message) && !unreadable.contains(message.id());
        for (List<FreshMessage> some = fresh.all(rest, AT_ONCE); !some.isEmpty(); some = fresh.all(rest, AT_ONCE)) {
            some.stream().filter(message -> !isReadable(message)).forEach(message -> unreadable.add(message.id()));
            List<MessageId> ids = some.stream()
                    .filter(rest)
                    .map(message -> message.message.id())
                    .toList();
            with(ids, 0, database -> true, () -> {});
        }
    }

    /// One that cannot be read stays in the journal, to be tried again; the others must not wait for it.
    private boolean isReadable(FreshMessage message) {
        try {
            return content(message).isPresent() || message.gone;
        } catch (SpoolException e) {
            LOG.error("{}", e.getMessage());
            return e.getCause() instanceof EOFException;
        }
    }

    private void work() {
        try {
            Duration pause = LOOK;
            while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = makeRoomOrTell() ? LOOK : PAUSE;
            }
        } catch (InterruptedException e) {
            LOG.error("spool: the thread that clears the journal was interrupted; the journal is not used on");
        } finally {
            clear();
        }
    }

    private boolean makeRoomOrTell() {
        try {
            makeRoom();
            return true;
        } catch (SpoolException | IOException e) {
            LOG.error("spool: the journal cannot be cleared, trying again: {}", e.getMessage());
        } catch (RuntimeException | Error bug) {
            LOG.error("spool: a defect of ours while the journal is cleared, trying again", bug);
        }
        return false;
    }

    private void makeRoom() throws IOException {
        retire();
        Optional<JournalSegment> crowded = store.journal().crowded();
        if (crowded.isPresent()) {
            JournalSegment oldest = crowded.get();
            move(message -> message.place.segment() == oldest);
            retire();
        }
    }

    private void retire() throws IOException {
        if (!store.journal().hasIdle()) {
            return;
        }
        // What is erased may be all that knows how far the ids have come.
        store.writer().commit(0, database -> {
            QueueTables.reserveIds(database, store.lastId());
            return true;
        });
        if (store.journal().retire()) {
            // The lowest id is asked for by the thread that also notes what moved, so that no note is lost.
            store.writer()
                    .commit(
                            0,
                            database -> QueueTables.forgetMoved(
                                    database, store.journal().lowestId()));
        }
    }

    /// Moves everything to the tables and frees the files; what fails is left to the next start.
    private void clear() {
        store.journal().end();
        try {
            all();
            store.writer().commit(0, database -> {
                QueueTables.reserveIds(database, store.lastId());
                return true;
            });
            retire();
        } catch (SpoolException | IOException e) {
            LOG.warn("spool: the journal is not cleared and is read at the next start: {}", e.getMessage());
        } catch (RuntimeException | Error bug) {
            LOG.error("spool: a defect of ours: the journal is not cleared and is read at the next start", bug);
        }
    }

    /// Ends the journal. The thread of it does the last, so that neither an interrupt nor a failure there keeps the
    /// store from closing the rest.
    @Override
    public void close() {
        closing.countDown();
        Ended.await(thread);
    }
}
