// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.gatepost.names.DomainName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What operators see of the queue of an [EmbeddedStore] and do to it. Records that are damaged are logged and
/// left out.
final class EmbeddedQueueControl implements QueueControl {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedQueueControl.class);

    /// Recipients of a domain served earlier at one change of its policy; further ones keep their time.
    private static final int MAX_HASTENED = 50_000;

    private final EmbeddedStore store;
    private final JournalMoves moves;
    private final Results results;
    private final Leases leases;
    private final ReentrantLock changing = new ReentrantLock(); // a claim is settled before the next one

    EmbeddedQueueControl(EmbeddedStore store, JournalMoves moves, Leases leases, Results results) {
        this.store = store;
        this.moves = moves;
        this.results = results;
        this.leases = leases;
    }

    private static void check(int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new IllegalArgumentException("a page has 1 to " + MAX_PAGE + " recipients, not " + limit);
        }
    }

    @Override
    public Page select(QueueFilter filter, Position start, int limit) {
        check(limit);
        moves.allIfPossible();
        Position from = walk(start);
        List<Long> keys = keys(filter, from, limit);
        return keys.isEmpty()
                ? new Page(List.of(), Optional.empty())
                : new Page(items(filter, keys), next(from, keys, limit));
    }

    private Position walk(Position start) {
        return store.readers().read(database -> ControlTables.walk(database, start));
    }

    private List<Long> keys(QueueFilter filter, Position from, int limit) {
        return store.readers().read(database -> ControlTables.keys(database, filter, from, limit));
    }

    private List<QueueItem> items(QueueFilter filter, List<Long> keys) {
        List<QueueItem> items = store.readers()
                .read(database -> ControlTables.items(
                        database,
                        filter,
                        keys.getFirst(),
                        keys.getLast(),
                        MAX_PAGE,
                        key -> LOG.error(
                                "spool: recipient {} of message {} is damaged and stays in the queue",
                                RecipientKey.index(key),
                                new MessageId(RecipientKey.message(key)))));
        return items.stream().map(this::withService).toList();
    }

    private QueueItem withService(QueueItem item) {
        return leases.isBegun(key(item))
                ? new QueueItem(
                        item.recipient(),
                        item.sender(),
                        item.arrived(),
                        item.size(),
                        item.held(),
                        item.failure(),
                        QueueItem.Service.BEING_DELIVERED)
                : item;
    }

    private static Optional<Position> next(Position from, List<Long> keys, int limit) {
        return keys.size() < limit ? Optional.empty() : Optional.of(new Position(keys.getLast() + 1, from.end()));
    }

    private static long key(QueueItem item) {
        return RecipientKey.of(item.recipient());
    }

    @Override
    public Changed change(QueueFilter filter, Change change, Position start, int limit) {
        check(limit);
        moves.all();
        Position from = walk(start);
        changing.lock();
        try {
            List<Long> keys = keys(filter, from, limit);
            if (keys.isEmpty()) {
                return new Changed(List.of(), List.of(), List.of(), Optional.empty());
            }
            Set<Long> claimed = leases.claim(keys);
            Map<Long, Optional<Long>> places = new HashMap<>();
            try {
                // Read again: one that was being delivered a moment ago may have an end by now.
                List<QueueItem> items = items(filter, keys);
                List<QueueItem> free = items.stream()
                        .filter(item -> claimed.contains(key(item)))
                        .toList();
                free.forEach(item -> places.put(key(item), place(item)));
                List<QueueItem> changed =
                        free.stream().filter(item -> concerns(change, item)).toList();
                make(change, changed, places);
                return new Changed(
                        changed,
                        items.stream()
                                .filter(item -> !claimed.contains(key(item)))
                                .toList(),
                        free.stream().filter(item -> !concerns(change, item)).toList(),
                        next(from, keys, limit));
            } finally {
                leases.settle(claimed, places);
            }
        } finally {
            changing.unlock();
        }
    }

    private static Optional<Long> place(QueueItem item) {
        return item.held().isPresent()
                ? Optional.empty()
                : Optional.of(Nanos.of(item.recipient().due()));
    }

    private static boolean concerns(Change change, QueueItem item) {
        return switch (change) {
            case Change.Retry _, Change.Hold _ -> item.held().isEmpty();
            case Change.Release _ -> item.held().isPresent();
            case Change.Drop _ -> true;
        };
    }

    /// @param places where the recipients stand, noted anew once the change is durable
    private void make(Change change, List<QueueItem> items, Map<Long, Optional<Long>> places) {
        if (items.isEmpty()) {
            return;
        }
        switch (change) {
            case Change.Retry(Instant due) -> {
                each(items, (database, key) -> ControlTables.retry(database, key, due));
                note(items, places, Optional.of(Nanos.of(due)));
            }
            case Change.Hold(Instant since) -> {
                each(items, (database, key) -> ControlTables.hold(database, key, since));
                note(items, places, Optional.empty());
            }
            case Change.Release(Instant due) -> {
                each(items, (database, key) -> ControlTables.release(database, key, due));
                note(items, places, Optional.of(Nanos.of(due)));
            }
            case Change.Drop(Reports reports) -> {
                drop(items, reports);
                note(items, places, Optional.empty());
            }
        }
    }

    private interface Step {
        boolean take(Database database, long key) throws java.sql.SQLException;
    }

    private void each(List<QueueItem> items, Step step) {
        var _ = store.writer().commit(0, database -> {
            for (QueueItem item : items) {
                step.take(database, key(item));
            }
            return items;
        });
    }

    private static void note(List<QueueItem> items, Map<Long, Optional<Long>> places, Optional<Long> due) {
        items.forEach(item -> places.put(key(item), due));
    }

    private void drop(List<QueueItem> items, Reports reports) {
        List<Spool.Draft> drafts = reports.on(items);
        try {
            results.drop(items.stream().map(QueueItem::recipient).toList(), drafts);
        } finally {
            drafts.forEach(Spool.Draft::close);
        }
    }

    @Override
    public List<DomainDepth> domains(int limit) {
        check(limit);
        moves.allIfPossible();
        return store.readers().read(database -> ControlTables.domains(database, limit));
    }

    @Override
    public List<DomainName> failedDomains(Predicate<String> failure, DomainName after, int limit) {
        check(limit);
        return store.readers().read(database -> ControlTables.failedDomains(database, failure, after, limit));
    }

    @Override
    public int hasten(DomainName domain, Predicate<String> failure, Instant now, Duration spread) {
        List<Long> keys =
                store.readers().read(database -> ControlTables.failed(database, domain, failure, now, MAX_HASTENED));
        int hastened = 0;
        for (int from = 0; from < keys.size(); from += MAX_PAGE) {
            List<Long> page = keys.subList(from, Math.min(from + MAX_PAGE, keys.size()));
            Map<Long, Instant> due = new HashMap<>();
            for (int i = 0; i < page.size(); i++) {
                due.put(
                        page.get(i),
                        now.plus(spread.multipliedBy(from + (long) i).dividedBy(keys.size())));
            }
            hastened += hasten(due);
        }
        return hastened;
    }

    private int hasten(Map<Long, Instant> due) {
        changing.lock();
        try {
            Set<Long> claimed = leases.claim(List.copyOf(due.keySet()));
            Map<Long, Optional<Long>> places = new HashMap<>();
            try {
                List<Long> hastened = store.writer().commit(0, database -> {
                    List<Long> made = new ArrayList<>();
                    for (Long key : claimed) {
                        if (ControlTables.hasten(database, key, Objects.requireNonNull(due.get(key)))) {
                            made.add(key);
                        }
                    }
                    return made;
                });
                hastened.forEach(
                        key -> places.put(key, Optional.ofNullable(due.get(key)).map(Nanos::of)));
                return hastened.size();
            } finally {
                leases.settle(claimed, places);
            }
        } finally {
            changing.unlock();
        }
    }
}
