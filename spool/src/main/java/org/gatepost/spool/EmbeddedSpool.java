// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.InputStream;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The queue of an [EmbeddedStore].
///
/// Beyond the contract: after an [#apply] that failed, its recipients stay leased and its drafts sealed, so
/// that the caller may try again or [#release]. An update of a recipient that is finished already changes
/// nothing. Closing the queue closes the store.
final class EmbeddedSpool implements Spool {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedSpool.class);

    private final EmbeddedStore store;
    private final Leases leases;
    private final FreshMessages fresh = new FreshMessages();
    private final JournalMoves moves;
    private final JournalClearing clearing;
    private final Arrivals arrivals;
    private final Contents contents;
    private final Results results;
    private final QueueControl control;
    private final AtomicInteger turns = new AtomicInteger();

    EmbeddedSpool(EmbeddedStore store) {
        this.store = store;
        this.leases = new Leases(store.readers());
        this.moves = new JournalMoves(store, fresh, leases);
        this.arrivals = new Arrivals(store, fresh, leases);
        this.contents = new Contents(store, fresh, moves);
        this.results = new Results(store, fresh, leases, moves, arrivals);
        this.control = new EmbeddedQueueControl(store, moves, leases, results);
        this.clearing = new JournalClearing(store, moves);
    }

    @Override
    public Draft draft() {
        return arrivals.draft();
    }

    /// Stored recipients come first, for they have waited longer, but half the places are for new ones; the odd
    /// place is for either in turn. Each has what the other leaves.
    @Override
    public List<QueuedRecipient> lease(Instant now, int limit) {
        int forStored = limit / 2 + (limit & turns.incrementAndGet() & 1);
        List<QueuedRecipient> leased = new ArrayList<>();
        if (forStored > 0) {
            leased.addAll(leases.lease(now, forStored));
        }
        boolean moreStored = leased.size() == forStored;
        leased.addAll(fresh.lease(now, limit - leased.size()));
        if (moreStored && leased.size() < limit) {
            leased.addAll(leases.lease(now, limit - leased.size()));
        }
        return leased;
    }

    @Override
    public List<QueuedRecipient> reread(List<RecipientId> leased) {
        List<QueuedRecipient> found = new ArrayList<>();
        List<RecipientId> others = new ArrayList<>();
        for (RecipientId id : leased) {
            fresh.recipient(id).ifPresentOrElse(found::add, () -> others.add(id));
        }
        if (!others.isEmpty()) {
            found.addAll(store.readers().read(database -> QueueTables.recipients(database, others)));
        }
        return found;
    }

    @Override
    public void release(List<QueuedRecipient> recipients) {
        List<RecipientId> ids = recipients.stream().map(QueuedRecipient::id).toList();
        leases.release(fresh.release(ids, true), true);
    }

    @Override
    public void giveBack(List<RecipientId> recipients) {
        leases.release(fresh.release(recipients, false), false);
    }

    @Override
    public void suspend(List<QueuedRecipient> begun) {
        leases.suspend(fresh.suspend(begun));
    }

    @Override
    public List<QueuedRecipient> begin(List<QueuedRecipient> leased) {
        var begun = new HashSet<>(fresh.begin(leased));
        begun.addAll(
                leases.begin(leased.stream().filter(one -> !begun.contains(one)).toList()));
        return leased.stream().filter(begun::contains).toList();
    }

    @Override
    public QueueControl control() {
        return control;
    }

    @Override
    public Optional<Instant> nextDue() {
        Optional<Instant> stored = leases.nextDue();
        return fresh.nextDue()
                .map(due -> stored.filter(other -> other.isBefore(due)).orElse(due))
                .or(() -> stored);
    }

    @Override
    public Optional<QueuedMessage> message(MessageId id) {
        return fresh.find(id).map(found -> found.message).or(() -> stored(id));
    }

    private Optional<QueuedMessage> stored(MessageId id) {
        try {
            return store.readers()
                    .read(database -> QueueTables.entry(database, id.value()))
                    .map(Entry::message);
        } catch (IllegalArgumentException e) {
            throw store.faults().damagedRecord("message " + id, e);
        }
    }

    /// Beyond the contract: messages whose records are damaged are logged and left out.
    @Override
    public List<Entry> list(MessageId from, int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("a negative limit: " + limit);
        }
        moves.allIfPossible();
        return store.readers().read(database -> {
            List<Entry> entries = new ArrayList<>();
            List<Long> ids = QueueTables.ids(database, from.value(), limit);
            while (!ids.isEmpty()) {
                for (long id : ids) {
                    soundEntry(database, id).ifPresent(entries::add);
                }
                ids = QueueTables.ids(database, ids.getLast() + 1, limit - entries.size());
            }
            return entries;
        });
    }

    private static Optional<Entry> soundEntry(Database database, long id) throws SQLException {
        try {
            return QueueTables.entry(database, id);
        } catch (IllegalArgumentException e) {
            LOG.error("spool: message {} is damaged and stays in the queue unlisted", new MessageId(id));
            return Optional.empty();
        }
    }

    @Override
    public Depth depth() {
        Depth stored = store.readers().read(QueueTables::depth);
        Depth other = fresh.depth();
        return new Depth(
                stored.messages() + other.messages(),
                stored.recipients() + other.recipients(),
                stored.octets() + other.octets());
    }

    /// @throws SpoolException also when the message is not in the queue, or its content is damaged; damage to a
    ///     large content is found only at its end, where the stream throws an [IOException]
    @Override
    public InputStream content(MessageId id) {
        return contents.open(id);
    }

    @Override
    public void apply(List<Update> updates, List<Draft> reports) {
        results.apply(updates, reports);
    }

    Results results() {
        return results;
    }

    @Override
    public void close() {
        store.close();
    }

    /// Moves everything into the tables, before the store closes: the next start has nothing to replay then.
    void settle() {
        clearing.close();
    }
}
