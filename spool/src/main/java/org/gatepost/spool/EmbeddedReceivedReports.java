// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.gatepost.names.DomainName;

/// The received reports of an [EmbeddedStore].
final class EmbeddedReceivedReports implements ReceivedReports {
    /// What a report costs the log, about, beside its details.
    private static final long OCTETS = 2_000;

    private static final long OCTETS_PER_DETAIL = 300;

    private final Readers readers;
    private final Writer writer;

    /// Makes changes; absent where the store is only read.
    interface Writer {
        <T> T commit(long octets, GroupCommit.Change<T> change);
    }

    EmbeddedReceivedReports(Readers readers, Writer writer) {
        this.readers = readers;
        this.writer = writer;
    }

    @Override
    public Outcome store(ReceivedReport given, Set<DomainName> ours) {
        if (ours.isEmpty()) {
            throw new IllegalArgumentException("a report is about a domain of ours");
        }
        ReportIdentity identity = ReportIdentity.of(given);
        ReceivedReport report =
                new ReceivedReport(ReceivedReports.folded(given.report()), given.arrival(), given.deviations());
        long details = report.report().policies().stream()
                .mapToLong(policy -> 1L + policy.failures().size())
                .sum();
        long octets = OCTETS
                + OCTETS_PER_DETAIL * details
                + report.report().toString().length();
        return writer.commit(
                octets, database -> store(database, new Sized(report, octets), identity, Set.copyOf(ours)));
    }

    private record Sized(ReceivedReport report, long octets) {}

    private static Outcome store(Database database, Sized sized, ReportIdentity identity, Set<DomainName> ours)
            throws SQLException {
        ReceivedReport report = sized.report();
        long day = day(report.arrival().when()).toEpochDay();
        List<Known> known = database.all(
                row -> new Known(
                        row.getLong(1), row.getString(2), identity.content().equals(row.getString(3))),
                "SELECT id, voucher, content FROM received_report WHERE same = ? ORDER BY id",
                identity.same());
        for (Known one : known) {
            if (one.stands(identity.voucher())) {
                for (DomainName domain : ours) {
                    count(database, day, domain, new Counts(0, 1, 0));
                }
                return new Outcome.Duplicate(one.id());
            }
        }
        for (DomainName domain : ours) {
            if (stored(database, day, domain).exceeds(identity.voucher().isEmpty() ? 2 : 1)) {
                return new Outcome.TooMany(domain);
            }
        }
        for (Known one : known) {
            if (one.voucher().isEmpty()) {
                ReceivedTables.delete(database, one.id());
            }
        }
        for (DomainName domain : ours) {
            count(database, day, domain, new Counts(1, 0, sized.octets()));
        }
        return new Outcome.Stored(ReceivedTables.insert(database, report, identity, ours));
    }

    /// A report that may be the same as one that comes.
    private record Known(long id, String voucher, boolean sameContent) {
        /// Whether it stays, and makes the one that comes a duplicate.
        boolean stands(String newVoucher) {
            boolean vouched = !voucher.isEmpty();
            return newVoucher.isEmpty()
                    ? vouched || sameContent
                    : vouched && (voucher.equals(newVoucher) || sameContent);
        }
    }

    private static LocalDate day(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC).toLocalDate();
    }

    private record Counts(long stored, long duplicates, long octets) {
        /// Whether there is no room in a part of the day's bounds.
        boolean exceeds(int part) {
            return stored >= MOST_PER_DAY / part || octets >= MOST_OCTETS_PER_DAY / part;
        }
    }

    private static Counts stored(Database database, long day, DomainName domain) throws SQLException {
        return database.first(
                        row -> new Counts(row.getLong(1), row.getLong(2), row.getLong(3)),
                        "SELECT stored, duplicates, octets FROM received_count WHERE day = ? AND domain = ?",
                        day,
                        domain.ascii())
                .orElse(new Counts(0, 0, 0));
    }

    private static void count(Database database, long day, DomainName domain, Counts more) throws SQLException {
        database.update(
                "INSERT INTO received_count (day, domain, stored, duplicates, octets) VALUES (?, ?, ?, ?, ?)"
                        + " ON CONFLICT (day, domain) DO UPDATE SET stored = stored + excluded.stored,"
                        + " duplicates = duplicates + excluded.duplicates, octets = octets + excluded.octets",
                day,
                domain.ascii(),
                more.stored(),
                more.duplicates(),
                more.octets());
    }

    @Override
    public List<Entry> list(Query query, long before, int limit) {
        ReceivedQuery conditions = ReceivedQuery.ofReports(query);
        return readers.read(database -> {
            List<Entry> found = new ArrayList<>();
            // The ids first: one connection must not run a statement while another of its results is read.
            List<Long> ids = database.all(
                    row -> row.getLong(1),
                    "SELECT r.id FROM received_report r WHERE r.id < ?" + conditions.sql()
                            + " ORDER BY r.id DESC LIMIT ?",
                    conditions.arguments(List.of(before), limit));
            for (long id : ids) {
                entry(database, id).ifPresent(found::add);
            }
            return found;
        });
    }

    private static Optional<Entry> entry(Database database, long id) throws SQLException {
        List<String> domains = database.all(
                row -> row.getString(1),
                "SELECT DISTINCT domain FROM received_policy WHERE report = ? ORDER BY domain LIMIT 100",
                id);
        SortedMap<String, Long> failures = failures(
                database,
                "SELECT type, CAST(total(sessions) AS INTEGER) FROM received_failure WHERE report = ? GROUP BY type"
                        + " ORDER BY 2 DESC LIMIT 100",
                id);
        return database.first(
                row -> new Entry(
                        id,
                        ReceivedTables.arrival(row),
                        LocalDate.ofEpochDay(row.getLong("day")),
                        row.getString("organization"),
                        row.getString("report_id"),
                        domains,
                        row.getLong("successful"),
                        row.getLong("failed"),
                        failures,
                        (int) row.getString("deviations").lines().count()),
                "SELECT r.*, CAST(total(p.successful) AS INTEGER) AS successful,"
                        + " CAST(total(p.failed) AS INTEGER) AS failed"
                        + " FROM received_report r LEFT JOIN received_policy p ON p.report = r.id WHERE r.id = ?"
                        + " GROUP BY r.id",
                id);
    }

    private static SortedMap<String, Long> failures(Database database, String sql, Object... arguments)
            throws SQLException {
        SortedMap<String, Long> sums = new TreeMap<>();
        database.each(
                row -> {
                    sums.put(row.getString(1), row.getLong(2));
                    return true;
                },
                sql,
                arguments);
        return sums;
    }

    @Override
    public Optional<ReceivedReport> read(long number) {
        return readers.read(database -> ReceivedTables.read(database, number));
    }

    @Override
    public List<Sum> sums(Query query, int limit) {
        ReceivedQuery conditions = ReceivedQuery.ofPolicies(query);
        return readers.read(database -> {
            record Row(String domain, long day, long reports, long successful, long failed) {}
            // total() is of floating point: counts of strangers would overflow sum(), which is an error then.
            List<Row> rows = database.all(
                    row -> new Row(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5)),
                    "SELECT p.domain, p.day, count(DISTINCT p.report), CAST(total(p.successful) AS INTEGER),"
                            + " CAST(total(p.failed) AS INTEGER)"
                            + " FROM received_policy p JOIN received_report r ON r.id = p.report WHERE TRUE"
                            + conditions.sql() + " GROUP BY p.day, p.domain ORDER BY p.day DESC, p.domain LIMIT ?",
                    conditions.arguments(List.of(), limit));
            List<Sum> sums = new ArrayList<>();
            for (Row row : rows) {
                SortedMap<String, Long> failures = failures(
                        database,
                        "SELECT f.type, CAST(total(f.sessions) AS INTEGER) FROM received_policy p"
                                + " JOIN received_report r ON r.id = p.report"
                                + " JOIN received_failure f ON f.report = p.report AND f.policy = p.place"
                                + " WHERE TRUE" + conditions.sql() + " AND p.domain = ? AND p.day = ? GROUP BY f.type"
                                + " ORDER BY 2 DESC LIMIT 100",
                        conditions.arguments(List.of(), row.domain(), row.day()));
                sums.add(new Sum(
                        row.domain(),
                        LocalDate.ofEpochDay(row.day()),
                        row.reports(),
                        row.successful(),
                        row.failed(),
                        failures));
            }
            return sums;
        });
    }

    @Override
    public Intake intake(DomainName domain, LocalDate received) {
        return readers.read(database -> database.first(
                        row -> new Intake(row.getLong(1), row.getLong(2)),
                        "SELECT stored, duplicates FROM received_count WHERE day = ? AND domain = ?",
                        received.toEpochDay(),
                        domain.ascii())
                .orElse(new Intake(0, 0)));
    }

    @Override
    public int purge(Instant before, int most) {
        long limit = Nanos.of(before);
        return writer.commit(0, database -> {
            List<Long> old = database.all(
                    row -> row.getLong(1),
                    "SELECT id FROM received_report WHERE received < ? ORDER BY received LIMIT ?",
                    limit,
                    most);
            for (long id : old) {
                ReceivedTables.delete(database, id);
            }
            database.update(
                    "DELETE FROM received_count WHERE day < ?", day(before).toEpochDay());
            return old.size();
        });
    }
}
