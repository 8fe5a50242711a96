// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.spool.QueueTables.DuePlace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who is being served now, in memory only, and where the search for the next one starts.
///
/// `frontier` is a place in the order of service before which every stored recipient is leased. A search starts
/// there instead of walking over all leased ones again, and moves it forward; whoever makes a recipient
/// available moves it back, after the change is durable. Memory grows with the leases, not with the queue.
///
/// A search holds the lock while it reads. So a recipient whose end is committed meanwhile keeps its lease
/// until the search, which may see an older state of the database, is over: it cannot be handed out once more.
final class Leases {
    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

    private final Readers readers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Long> dueByKey = new HashMap<>(); // guarded by lock
    private DuePlace frontier = DuePlace.FIRST; // guarded by lock

    /// No recipient that is not leased is due before; spares the searches that would find none. Guarded by lock.
    private long nothingBefore = Long.MIN_VALUE;

    Leases(Readers readers) {
        this.readers = readers;
    }

    List<QueuedRecipient> lease(Instant now, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("at least one recipient is leased: " + limit);
        }
        lock.lock();
        try {
            if (Nanos.atMost(now) < nothingBefore) {
                return List.of();
            }
            var search = new Search(limit);
            DuePlace from = frontier;
            readers.read(database -> {
                QueueTables.due(database, from, Nanos.atMost(now), search::visit);
                return search;
            });
            dueByKey.putAll(search.taken);
            frontier = search.next(from);
            nothingBefore = Long.MIN_VALUE;
            return search.found;
        } finally {
            lock.unlock();
        }
    }

    private final class Search {
        final List<QueuedRecipient> found = new ArrayList<>();
        final Map<Long, Long> taken = new HashMap<>();
        private final int limit;
        private @org.jspecify.annotations.Nullable DuePlace last;

        Search(int limit) {
            this.limit = limit;
        }

        boolean visit(DuePlace place, java.sql.ResultSet row) throws SQLException {
            last = place;
            if (!dueByKey.containsKey(place.key())) {
                taken.put(place.key(), place.due());
                take(place, row);
            }
            return found.size() < limit;
        }

        /// A record that cannot be read stays aside, leased to nobody, until a restart: the others must be
        /// served.
        private void take(DuePlace place, java.sql.ResultSet row) throws SQLException {
            try {
                found.add(QueueTables.recipient(row));
            } catch (NameSyntaxException e) {
                LOG.error(
                        "spool: recipient {} of message {} is damaged and stays in the queue unserved",
                        RecipientKey.index(place.key()),
                        new MessageId(RecipientKey.message(place.key())));
            }
        }

        DuePlace next(DuePlace from) {
            return last == null ? from : new DuePlace(last.due(), last.key() + 1);
        }
    }

    Optional<Instant> nextDue() {
        lock.lock();
        try {
            if (nothingBefore > Long.MIN_VALUE) {
                return nothingBefore == Long.MAX_VALUE ? Optional.empty() : Optional.of(Nanos.toInstant(nothingBefore));
            }
            List<DuePlace> free = new ArrayList<>(1);
            DuePlace from = frontier;
            readers.read(database -> {
                QueueTables.due(database, from, Long.MAX_VALUE, (place, row) -> {
                    boolean isLeased = dueByKey.containsKey(place.key());
                    if (!isLeased) {
                        free.add(place);
                    }
                    return isLeased;
                });
                return free;
            });
            if (free.isEmpty()) {
                nothingBefore = Long.MAX_VALUE;
                return Optional.empty();
            }
            frontier = free.getFirst();
            nothingBefore = frontier.due();
            return Optional.of(Nanos.toInstant(frontier.due()));
        } finally {
            lock.unlock();
        }
    }

    /// Gives recipients back that are due as they were. Those not leased are passed over.
    void release(List<QueuedRecipient> recipients) {
        lock.lock();
        try {
            for (QueuedRecipient recipient : recipients) {
                long key = RecipientKey.of(recipient);
                Long due = dueByKey.remove(key);
                if (due != null) {
                    moveBack(new DuePlace(due, key));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// A message's recipients are there.
    void arrived(MessageId message, Instant due) {
        lock.lock();
        try {
            moveBack(new DuePlace(Nanos.of(due), RecipientKey.of(message, 0)));
        } finally {
            lock.unlock();
        }
    }

    /// Takes recipients that are about to be stored out of the search.
    void hold(MessageId message, int recipients, Instant due) {
        lock.lock();
        try {
            for (int i = 0; i < recipients; i++) {
                dueByKey.put(RecipientKey.of(message, i), Nanos.of(due));
            }
        } finally {
            lock.unlock();
        }
    }

    /// The recipients were stored; of those held, the ones that nobody serves are up for service.
    ///
    /// @param served places in the envelope
    void stored(MessageId message, int recipients, java.util.BitSet served) {
        lock.lock();
        try {
            for (int i = 0; i < recipients; i++) {
                long key = RecipientKey.of(message, i);
                Long due = served.get(i) ? null : dueByKey.remove(key);
                if (due != null) {
                    moveBack(new DuePlace(due, key));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// The recipients held were not stored after all.
    void drop(MessageId message, int recipients) {
        lock.lock();
        try {
            for (int i = 0; i < recipients; i++) {
                dueByKey.remove(RecipientKey.of(message, i));
            }
        } finally {
            lock.unlock();
        }
    }

    /// The updates are durable: their leases end.
    void updated(List<Spool.Update> updates) {
        lock.lock();
        try {
            for (Spool.Update update : updates) {
                long key = RecipientKey.of(update.recipient());
                dueByKey.remove(key);
                switch (update) {
                    case Spool.Update.Finished _ -> {}
                    case Spool.Update.Deferred deferred -> moveBack(new DuePlace(Nanos.of(deferred.due()), key));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void moveBack(DuePlace place) {
        nothingBefore = Math.min(nothingBefore, place.due());
        if (place.compareTo(frontier) < 0) {
            frontier = place;
        }
    }
}
