// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// The messages in the journal, and which of their recipients are being served. Served in the order in which they
/// came; all are due at once.
final class FreshMessages {
    /// Beyond, new messages go to the tables; about 1 KB of memory each.
    static final int MOST = 20_000;

    /// As [#MOST]; about 200 octets of memory each.
    static final int MOST_RECIPIENTS = 100_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, FreshMessage> byId = new HashMap<>(); // guarded by lock, as is what follows
    private final Set<FreshMessage> waiting = new LinkedHashSet<>();
    private long recipients;
    private long octets;

    /// Takes all of it or, when it fails, nothing.
    void add(FreshMessage message) {
        lock.lock();
        try {
            byId.put(message.id(), message);
            waiting.add(message);
            recipients += message.recipients();
            octets += message.message.size();
        } catch (Error e) {
            byId.remove(message.id());
            waiting.remove(message);
            throw e;
        } finally {
            lock.unlock();
        }
    }

    Optional<FreshMessage> find(MessageId id) {
        lock.lock();
        try {
            return Optional.ofNullable(byId.get(id.value()));
        } finally {
            lock.unlock();
        }
    }

    /// A recipient that is in the journal and not finished.
    Optional<QueuedRecipient> recipient(RecipientId id) {
        lock.lock();
        try {
            return Optional.ofNullable(byId.get(id.message().value()))
                    .filter(message -> !message.finished.get(id.index()))
                    .map(message -> message.recipient(id.index()));
        } finally {
            lock.unlock();
        }
    }

    List<FreshMessage> all(Predicate<FreshMessage> which, int limit) {
        lock.lock();
        try {
            return byId.values().stream()
                    .filter(which)
                    .sorted(Comparator.comparingLong(FreshMessage::id))
                    .limit(limit)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /// A message that is not due, as after the clock was set back, holds up none behind it.
    List<QueuedRecipient> lease(Instant now, int limit) {
        List<QueuedRecipient> found = new ArrayList<>();
        lock.lock();
        try {
            Iterator<FreshMessage> rest = waiting.iterator();
            while (found.size() < limit && rest.hasNext()) {
                FreshMessage next = rest.next();
                if (!next.due.isAfter(now) && leaseFrom(next, now, limit, found)) {
                    rest.remove();
                }
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    /// @return whether none of the message's recipients is left
    private static boolean leaseFrom(FreshMessage message, Instant now, int limit, List<QueuedRecipient> found) {
        boolean none = true;
        for (int i = 0; i < message.recipients(); i++) {
            if (found.size() == limit) {
                return false;
            }
            if (isFree(message, i)) {
                QueuedRecipient recipient = message.recipient(i);
                if (recipient.due().isAfter(now)) {
                    none = false;
                } else {
                    message.leased.set(i);
                    found.add(recipient);
                }
            }
        }
        return none;
    }

    private static boolean isFree(FreshMessage message, int index) {
        return !message.leased.get(index) && !message.finished.get(index);
    }

    /// Begins the service of leased recipients, once for each lease.
    ///
    /// @return those that are in the journal and leased
    List<QueuedRecipient> begin(List<QueuedRecipient> some) {
        lock.lock();
        try {
            return some.stream().filter(this::begins).toList();
        } finally {
            lock.unlock();
        }
    }

    private boolean begins(QueuedRecipient recipient) {
        FreshMessage message = byId.get(recipient.message().value());
        int index = recipient.index();
        if (message == null || !message.leased.get(index) || message.begun.get(index)) {
            return false;
        }
        message.begun.set(index);
        return true;
    }

    Optional<Instant> nextDue() {
        lock.lock();
        try {
            return waiting.stream().map(FreshMessages::nextDue).min(Comparator.naturalOrder());
        } finally {
            lock.unlock();
        }
    }

    private static Instant nextDue(FreshMessage message) {
        return message.deferred.isEmpty()
                ? message.due
                : IntStream.range(0, message.recipients())
                        .filter(index -> isFree(message, index))
                        .mapToObj(index -> message.recipient(index).due())
                        .min(Comparator.naturalOrder())
                        .orElse(message.due);
    }

    /// Gives a recipient back until its time, for as long as the message is here.
    void defer(FreshMessage message, Spool.Update.Deferred update) {
        lock.lock();
        try {
            int index = update.recipient().index();
            if (!message.finished.get(index)) {
                message.deferred.add(update);
                message.leased.clear(index);
                message.begun.clear(index);
                waiting.add(message);
            }
        } finally {
            lock.unlock();
        }
    }

    /// What was deferred of the message, oldest first.
    List<Spool.Update.Deferred> deferred(FreshMessage message) {
        lock.lock();
        try {
            return List.copyOf(message.deferred);
        } finally {
            lock.unlock();
        }
    }

    /// Ends the service of recipients, who stay leased.
    ///
    /// @return those that are not, or no longer, in the journal
    List<QueuedRecipient> suspend(List<QueuedRecipient> some) {
        List<QueuedRecipient> others = new ArrayList<>();
        lock.lock();
        try {
            for (QueuedRecipient recipient : some) {
                FreshMessage message = byId.get(recipient.message().value());
                if (message == null) {
                    others.add(recipient);
                } else {
                    message.begun.clear(recipient.index());
                }
            }
            return others;
        } finally {
            lock.unlock();
        }
    }

    /// Gives recipients back.
    ///
    /// @param begunToo whether those in service are meant, too
    /// @return those that are not, or no longer, in the journal
    List<RecipientId> release(Collection<RecipientId> some, boolean begunToo) {
        List<RecipientId> others = new ArrayList<>();
        lock.lock();
        try {
            for (RecipientId recipient : some) {
                FreshMessage message = byId.get(recipient.message().value());
                if (message == null) {
                    others.add(recipient);
                } else if (message.leased.get(recipient.index())
                        && !message.finished.get(recipient.index())
                        && (begunToo || !message.begun.get(recipient.index()))) {
                    message.leased.clear(recipient.index());
                    message.begun.clear(recipient.index());
                    waiting.add(message);
                }
            }
            return others;
        } finally {
            lock.unlock();
        }
    }

    /// Recipients of the message are finished.
    ///
    /// @return whether they were the last ones, and the message is gone
    boolean finish(FreshMessage message, List<Integer> indexes) {
        lock.lock();
        try {
            for (int index : indexes) {
                recipients -= message.finished.get(index) ? 0 : 1;
                message.finished.set(index);
                message.leased.clear(index);
                message.begun.clear(index);
            }
            if (message.finished.cardinality() < message.recipients()) {
                return false;
            }
            forget(message);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void forget(FreshMessage message) {
        byId.remove(message.id());
        waiting.remove(message);
        message.gone = true;
        recipients -= message.recipients() - message.finished.cardinality();
        octets -= message.message.size();
    }

    /// A copy of what of the message is finished.
    BitSet finished(FreshMessage message) {
        lock.lock();
        try {
            return (BitSet) message.finished.clone();
        } finally {
            lock.unlock();
        }
    }

    /// What takes over the leases of a message that moves.
    interface Heir {
        /// @param leased places in the envelope, as is `begun`
        void takes(BitSet leased, BitSet begun);
    }

    /// The message is in the tables. The leases change hands under the lock, so that none begins or ends in between.
    void moved(FreshMessage message, Heir heir) {
        lock.lock();
        try {
            heir.takes(message.leased, message.begun);
            forget(message);
        } finally {
            lock.unlock();
        }
    }

    Spool.Depth depth() {
        lock.lock();
        try {
            return new Spool.Depth(byId.size(), recipients, octets);
        } finally {
            lock.unlock();
        }
    }
}
