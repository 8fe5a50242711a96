// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
///
/// Each lease has one holder, from [#lease] to [#release], [#updated] or a [#begin] that leaves it out. A change from
/// outside claims recipients first: those in service are refused, the others can be neither leased nor begun
/// until [#settle]. Where such a change takes a recipient out of service while somebody holds its lease, the lease
/// stays, revoked, until its holder comes: it is handed out to nobody else before.
final class Leases {
    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

    private final Readers readers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Lease> byKey = new HashMap<>(); // guarded by lock
    private DuePlace frontier = DuePlace.FIRST; // guarded by lock

    /// No recipient that is not leased is due before; spares the searches that would find none. Guarded by lock.
    private long nothingBefore = Long.MIN_VALUE;

    private record Lease(long due, State state) {
        Lease as(State other) {
            return new Lease(due, other);
        }
    }

    private enum State {
        HANDED_OUT,
        BEGUN,
        /// By a change under way, with no holder.
        CLAIMED,
        CLAIMED_FROM_HOLDER,
        REVOKED
    }

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
            byKey.putAll(search.taken);
            frontier = search.next(from);
            nothingBefore = Long.MIN_VALUE;
            return search.found;
        } finally {
            lock.unlock();
        }
    }

    private final class Search {
        final List<QueuedRecipient> found = new ArrayList<>();
        final Map<Long, Lease> taken = new HashMap<>();
        private final int limit;
        private @org.jspecify.annotations.Nullable DuePlace last;

        Search(int limit) {
            this.limit = limit;
        }

        boolean visit(DuePlace place, java.sql.ResultSet row) throws SQLException {
            last = place;
            if (!byKey.containsKey(place.key())) {
                taken.put(place.key(), new Lease(place.due(), State.HANDED_OUT));
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
                    boolean isLeased = byKey.containsKey(place.key());
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

    /// @return those whose leases hold
    List<QueuedRecipient> begin(List<QueuedRecipient> leased) {
        lock.lock();
        try {
            return leased.stream()
                    .filter(recipient -> begins(RecipientKey.of(recipient)))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private boolean begins(long key) {
        Lease lease = byKey.get(key);
        if (lease == null || lease.state() != State.HANDED_OUT) {
            leave(key);
            return false;
        }
        byKey.put(key, lease.as(State.BEGUN));
        return true;
    }

    /// The holder of a lease that no longer holds gives it up; whoever is being served stays so.
    private void leave(long key) {
        Lease lease = byKey.get(key);
        if (lease != null && lease.state() == State.CLAIMED_FROM_HOLDER) {
            byKey.put(key, lease.as(State.CLAIMED));
        } else if (lease != null && lease.state() == State.REVOKED) {
            byKey.remove(key);
            moveBack(new DuePlace(lease.due(), key));
        }
    }

    /// Ends the service of recipients, who stay leased.
    void suspend(List<QueuedRecipient> begun) {
        lock.lock();
        try {
            for (QueuedRecipient recipient : begun) {
                byKey.computeIfPresent(
                        RecipientKey.of(recipient),
                        (_, lease) -> lease.state() == State.BEGUN ? lease.as(State.HANDED_OUT) : lease);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Gives recipients back that are due as they were. Those not leased are passed over.
    ///
    /// @param begunToo whether those in service are meant, too
    void release(List<RecipientId> recipients, boolean begunToo) {
        lock.lock();
        try {
            for (RecipientId recipient : recipients) {
                long key = RecipientKey.of(recipient);
                Lease lease = byKey.get(key);
                if (lease != null
                        && (lease.state() == State.HANDED_OUT || (begunToo && lease.state() == State.BEGUN))) {
                    byKey.remove(key);
                    moveBack(new DuePlace(lease.due(), key));
                } else {
                    leave(key);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Whether somebody serves the recipient now.
    boolean isBegun(long key) {
        lock.lock();
        try {
            Lease lease = byKey.get(key);
            return lease != null && lease.state() == State.BEGUN;
        } finally {
            lock.unlock();
        }
    }

    /// Keeps recipients from being leased or begun until [#settle], which must follow.
    ///
    /// @return all but those in service
    Set<Long> claim(List<Long> keys) {
        lock.lock();
        try {
            Set<Long> claimed = new HashSet<>();
            for (Long key : keys) {
                Lease lease = byKey.get(key);
                if (lease == null) {
                    byKey.put(key, new Lease(Long.MIN_VALUE, State.CLAIMED));
                    claimed.add(key);
                } else if (lease.state() == State.HANDED_OUT || lease.state() == State.REVOKED) {
                    byKey.put(key, lease.as(State.CLAIMED_FROM_HOLDER));
                    claimed.add(key);
                }
            }
            return claimed;
        } finally {
            lock.unlock();
        }
    }

    /// Ends a claim.
    ///
    /// @param due of each that is in service now; those out of service are mapped to nothing, and of those not
    ///     mentioned it is not known
    void settle(Set<Long> claimed, Map<Long, Optional<Long>> due) {
        lock.lock();
        try {
            for (Long key : claimed) {
                Optional<Long> now = due.getOrDefault(key, Optional.of(Long.MIN_VALUE));
                Lease lease = byKey.get(key);
                if (lease != null && lease.state() == State.CLAIMED_FROM_HOLDER) {
                    byKey.put(
                            key,
                            new Lease(now.orElse(lease.due()), now.isPresent() ? State.HANDED_OUT : State.REVOKED));
                } else {
                    byKey.remove(key);
                    now.ifPresent(instant -> moveBack(new DuePlace(instant, key)));
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

    /// Takes recipients that are about to be stored out of the search, and out of the reach of claims.
    void hold(MessageId message, int recipients, Instant due) {
        lock.lock();
        try {
            for (int i = 0; i < recipients; i++) {
                byKey.put(RecipientKey.of(message, i), new Lease(Nanos.of(due), State.BEGUN));
            }
        } finally {
            lock.unlock();
        }
    }

    /// The recipients were stored; of those held, the ones that nobody has leased are up for service.
    ///
    /// @param leased places in the envelope, as is `begun`
    void stored(MessageId message, int recipients, BitSet leased, BitSet begun) {
        lock.lock();
        try {
            for (int i = 0; i < recipients; i++) {
                long key = RecipientKey.of(message, i);
                Lease lease = byKey.get(key);
                if (lease != null && !leased.get(i)) {
                    byKey.remove(key);
                    moveBack(new DuePlace(lease.due(), key));
                } else if (lease != null && !begun.get(i)) {
                    byKey.put(key, lease.as(State.HANDED_OUT));
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
                byKey.remove(RecipientKey.of(message, i));
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
                byKey.remove(key);
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
