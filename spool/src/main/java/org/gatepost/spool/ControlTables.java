// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.spool.QueueControl.DomainDepth;
import org.gatepost.spool.QueueControl.Position;

/// Everything that [EmbeddedQueueControl] says to the database. The tables stand at [EmbeddedStore].
final class ControlTables {
    /// What format 3 adds to the queue: holding, the last failure, and the recipient's domain, which is computed.
    ///
    /// A local part may have an `@` within quotes: the domain begins after the last one. Cutting off at the right
    /// whatever is no `@` leaves the text up to that one.
    static final List<String> DEFINITION = List.of(
            "ALTER TABLE recipient ADD COLUMN held INTEGER",
            "ALTER TABLE recipient ADD COLUMN failure TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE recipient ADD COLUMN domain TEXT GENERATED ALWAYS AS"
                    + " (substr(mailbox, length(rtrim(mailbox, replace(mailbox, '@', ''))) + 1)) VIRTUAL",
            "DROP INDEX recipient_due",
            "CREATE INDEX recipient_due ON recipient (due) WHERE due IS NOT NULL AND held IS NULL",
            "CREATE INDEX recipient_failure ON recipient (domain, failure) WHERE due IS NOT NULL AND failure <> ''");

    private static final String ITEM =
            "SELECT r.id, r.mailbox, r.attempts, r.due, r.history, r.held, r.failure, r.delay_reported,"
                    + " m.reverse_path, m.arrived, m.size";

    // CROSS keeps the order of the tables: along the recipients, which are sorted as wanted.
    private static final String SOURCE =
            " FROM recipient r CROSS JOIN message m ON m.id = r.id >> 16 WHERE r.id BETWEEN ? AND ?";

    private static final String ORDER = " ORDER BY r.id LIMIT ?";

    static final String FAILED = " FROM recipient WHERE due IS NOT NULL AND failure <> '' AND domain = ?";

    private ControlTables() {}

    /// The filter but for its messages, as conditions.
    private record Conditions(String sql, List<Object> arguments) {
        static Conditions of(QueueFilter filter) {
            StringBuilder sql = new StringBuilder(" AND r.due IS NOT NULL");
            List<Object> arguments = new ArrayList<>();
            filter.domain().ifPresent(domain -> {
                sql.append(" AND r.domain = ?");
                arguments.add(domain.toString());
            });
            filter.recipient().ifPresent(mailbox -> {
                sql.append(" AND r.mailbox = ? COLLATE NOCASE");
                arguments.add(mailbox.toString());
            });
            filter.sender().ifPresent(sender -> {
                switch (sender) {
                    case QueueFilter.Sender.Nobody _ -> sql.append(" AND m.reverse_path = ''");
                    case QueueFilter.Sender.One one -> {
                        sql.append(" AND m.reverse_path = ? COLLATE NOCASE");
                        arguments.add(one.mailbox().toString());
                    }
                    case QueueFilter.Sender.Everybody at -> {
                        sql.append(" AND substr(m.reverse_path, -length(?)) = ?");
                        arguments.add("@" + at.domain());
                        arguments.add("@" + at.domain());
                    }
                }
            });
            filter.arrivedUntil().ifPresent(until -> {
                sql.append(" AND m.arrived <= ?");
                arguments.add(Nanos.atMost(until));
            });
            if (filter.held()) {
                sql.append(" AND r.held IS NOT NULL");
            }
            filter.failure().ifPresent(word -> {
                sql.append(" AND instr(' ' || r.failure || ' ', ?) > 0");
                arguments.add(" " + word + " ");
            });
            return new Conditions(sql.toString(), arguments);
        }
    }

    /// The keys that a filter means, from one on, in their order.
    static List<Long> keys(Database database, QueueFilter filter, Position from, int limit) throws SQLException {
        List<Long> found = new ArrayList<>();
        walk(database, "SELECT r.id", filter, from.key(), from.end(), limit, row -> found.add(row.getLong(1)));
        return found;
    }

    /// Where a walk along the queue goes: no further than to what is there now.
    static Position walk(Database database, Position from) throws SQLException {
        if (from.end() < Long.MAX_VALUE) {
            return from;
        }
        long newest = database.first(row -> row.getLong(1), "SELECT coalesce(max(id), 0) FROM message")
                .orElse(0L);
        return new Position(from.key(), RecipientKey.last(newest));
    }

    /// A recipient's row; one that cannot be read is left out.
    static List<QueueItem> items(Database database, QueueFilter filter, long from, long to, int limit, Damaged damaged)
            throws SQLException {
        List<QueueItem> found = new ArrayList<>();
        walk(database, ITEM, filter, from, to, limit, row -> {
            try {
                found.add(item(row));
            } catch (NameSyntaxException e) {
                damaged.found(row.getLong("id"));
            }
        });
        return found;
    }

    /// Told of a record that cannot be read.
    interface Damaged {
        void found(long key);
    }

    private interface Visit {
        void row(ResultSet row) throws SQLException;
    }

    private static void walk(
            Database database, String columns, QueueFilter filter, long from, long to, int limit, Visit visit)
            throws SQLException {
        Conditions conditions = Conditions.of(filter);
        int[] left = {limit};
        for (Range range : ranges(filter, from, to)) {
            if (left[0] == 0) {
                return;
            }
            List<Object> arguments = new ArrayList<>(List.of(range.from(), range.to()));
            arguments.addAll(conditions.arguments());
            arguments.add(left[0]);
            database.each(
                    row -> {
                        visit.row(row);
                        left[0]--;
                        return true;
                    },
                    columns + SOURCE + conditions.sql() + ORDER,
                    arguments.toArray());
        }
    }

    private record Range(long from, long to) {}

    private static List<Range> ranges(QueueFilter filter, long from, long to) {
        if (filter.messages().isEmpty()) {
            return List.of(new Range(from, to));
        }
        return filter.messages().stream()
                .filter(QueueTables::isPossible)
                .map(id -> new Range(
                        Math.max(from, RecipientKey.first(id.value())), Math.min(to, RecipientKey.last(id.value()))))
                .filter(range -> range.from() <= range.to())
                .toList();
    }

    private static QueueItem item(ResultSet row) throws SQLException {
        String reversePath = row.getString("reverse_path");
        return new QueueItem(
                QueueTables.recipient(row),
                reversePath.isEmpty() ? Optional.empty() : Optional.of(Mailbox.parse(reversePath)),
                Nanos.toInstant(row.getLong("arrived")),
                row.getLong("size"),
                instant(row, "held"),
                row.getString("failure"),
                QueueItem.Service.WAITING);
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        long nanos = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Nanos.toInstant(nanos));
    }

    /// @return whether there was something to do
    static boolean retry(Database database, long key, Instant due) throws SQLException {
        return database.update(
                        "UPDATE recipient SET due = ? WHERE id = ? AND due IS NOT NULL AND held IS NULL",
                        Nanos.of(due),
                        key)
                > 0;
    }

    /// @return whether there was something to do
    static boolean hold(Database database, long key, Instant since) throws SQLException {
        return database.update(
                        "UPDATE recipient SET held = ? WHERE id = ? AND due IS NOT NULL AND held IS NULL",
                        Nanos.of(since),
                        key)
                > 0;
    }

    /// @return whether there was something to do
    static boolean release(Database database, long key, Instant due) throws SQLException {
        return database.update(
                        "UPDATE recipient SET held = NULL, due = ?"
                                + " WHERE id = ? AND due IS NOT NULL AND held IS NOT NULL",
                        Nanos.of(due),
                        key)
                > 0;
    }

    /// @return whether it would have waited longer
    static boolean hasten(Database database, long key, Instant due) throws SQLException {
        return database.update(
                        "UPDATE recipient SET due = ?1 WHERE id = ?2 AND due > ?1 AND held IS NULL", Nanos.of(due), key)
                > 0;
    }

    static List<DomainDepth> domains(Database database, int limit) throws SQLException {
        List<DomainDepth> counted = database.all(
                row -> new DomainDepth(
                        row.getString("domain"),
                        row.getLong("messages"),
                        row.getLong("recipients"),
                        row.getLong("held"),
                        Nanos.toInstant(row.getLong("oldest")),
                        instant(row, "due"),
                        "",
                        0,
                        ""),
                // Ids grow as messages arrive: the least one is the oldest message's.
                "SELECT domain, messages, recipients, c.held, c.due, m.arrived AS oldest FROM"
                        + " (SELECT domain, count(DISTINCT id >> 16) AS messages, count(*) AS recipients,"
                        + " count(held) AS held, min(due) FILTER (WHERE held IS NULL) AS due, min(id) >> 16 AS first"
                        + " FROM recipient WHERE due IS NOT NULL GROUP BY domain"
                        + " ORDER BY messages DESC, domain LIMIT ?) c"
                        + " JOIN message m ON m.id = c.first ORDER BY messages DESC, domain",
                limit);
        List<DomainDepth> depths = new ArrayList<>();
        for (DomainDepth depth : counted) {
            depths.add(withFailure(database, depth));
        }
        return depths;
    }

    private static DomainDepth withFailure(Database database, DomainDepth depth) throws SQLException {
        Optional<Failures> most = database.first(
                row -> new Failures(row.getString(1), row.getLong(2)),
                "SELECT failure, count(*)" + FAILED + " GROUP BY failure ORDER BY count(*) DESC, failure LIMIT 1",
                depth.domain());
        if (most.isEmpty()) {
            return depth;
        }
        String history = database.first(
                        row -> row.getString(1),
                        "SELECT history" + FAILED + " AND failure = ? ORDER BY id DESC LIMIT 1",
                        depth.domain(),
                        most.get().words())
                .orElse("");
        List<String> lines = History.lines(history);
        return new DomainDepth(
                depth.domain(),
                depth.messages(),
                depth.recipients(),
                depth.held(),
                depth.oldest(),
                depth.due(),
                most.get().words(),
                most.get().recipients(),
                lines.isEmpty() ? "" : lines.getLast());
    }

    private record Failures(String words, long recipients) {}

    /// Walks along the index of failures only.
    static List<DomainName> failedDomains(Database database, Predicate<String> failure, DomainName after, int limit)
            throws SQLException {
        List<DomainName> found = new ArrayList<>();
        database.each(
                row -> {
                    String domain = row.getString(1);
                    boolean isNew = found.isEmpty() || !found.getLast().ascii().equals(domain);
                    if (isNew && !domain.startsWith("[") && failure.test(row.getString(2))) {
                        found.add(new DomainName(domain));
                    }
                    return found.size() < limit;
                },
                "SELECT DISTINCT domain, failure FROM recipient"
                        + " WHERE due IS NOT NULL AND failure <> '' AND domain > ? ORDER BY domain, failure",
                after.ascii());
        return found;
    }

    /// Recipients in service of a domain that are due later, whose failure is meant.
    static List<Long> failed(Database database, DomainName domain, Predicate<String> failure, Instant now, int limit)
            throws SQLException {
        List<Long> found = new ArrayList<>();
        database.each(
                row -> {
                    if (failure.test(row.getString(2))) {
                        found.add(row.getLong(1));
                    }
                    return found.size() < limit;
                },
                "SELECT id, failure" + FAILED + " AND held IS NULL AND due > ?",
                domain.toString(),
                Nanos.of(now));
        return found;
    }
}
