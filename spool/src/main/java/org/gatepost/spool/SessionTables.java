// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// The tables of the session log. Days are counted from 1970, UTC.
///
/// - `session_closed`: one row, the last day that is closed.
/// - `session_day`: a day with results; `sums` counts its rows in `session_sum`.
/// - `session_sum`: the counts for a day, a reporting domain and a policy. `digest` stands for the policy, whose
///   `strings` and `mx_hosts` are lines. `details` counts its rows in `session_failure`.
/// - `session_failure`: how many sessions failed in one way; an empty text is an absent one.
///
/// Bounded, with counts kept true: what exceeds the policies of a domain counts for the policy type alone, what
/// exceeds the details of a policy counts for the result type alone.
final class SessionTables {
    /// Policies of a domain on one day that are told apart; a policy that changes hourly has 24.
    static final int MAX_POLICIES = 50;

    /// Ways to fail under one policy that are told apart.
    static final int MAX_DETAILS = 200;

    /// Sums of one day; about 500 octets each.
    static final int MAX_SUMS = 4_000_000;

    static final List<String> DEFINITION = List.of(
            "CREATE TABLE session_closed (day INTEGER NOT NULL)",
            "INSERT INTO session_closed VALUES (-1000000)",
            "CREATE TABLE session_day (day INTEGER PRIMARY KEY, sums INTEGER NOT NULL)",
            """
            CREATE TABLE session_sum (
                id            INTEGER PRIMARY KEY,
                day           INTEGER NOT NULL,
                domain        TEXT NOT NULL,
                digest        BLOB NOT NULL,
                type          TEXT NOT NULL,
                policy_domain TEXT NOT NULL,
                strings       TEXT NOT NULL,
                mx_hosts      TEXT NOT NULL,
                successful    INTEGER NOT NULL,
                failed        INTEGER NOT NULL,
                details       INTEGER NOT NULL,
                UNIQUE (day, domain, digest))""",
            """
            CREATE TABLE session_failure (
                sum           INTEGER NOT NULL,
                result_type   TEXT NOT NULL,
                sending_ip    TEXT NOT NULL,
                mx_host       TEXT NOT NULL,
                mx_helo       TEXT NOT NULL,
                receiving_ip  TEXT NOT NULL,
                information   TEXT NOT NULL,
                reason        TEXT NOT NULL,
                sessions      INTEGER NOT NULL,
                PRIMARY KEY (sum, result_type, sending_ip, mx_host, mx_helo, receiving_ip, information, reason))
                WITHOUT ROWID""");

    private SessionTables() {}

    /// A row of `session_sum` that a result counts for.
    private record Sum(long id, int details) {}

    /// @return whether it was counted: not when the day has too many sums
    static boolean count(Database database, SessionResult result) throws SQLException {
        long closed = database.first(row -> row.getLong(1), "SELECT day FROM session_closed")
                .orElse(Long.MIN_VALUE);
        long day = Math.max(dayOf(result), closed + 1);
        Optional<Sum> sum = sum(database, day, result);
        if (sum.isPresent() && result.failure().isPresent()) {
            countFailure(database, sum.get(), result.failure().get());
        }
        return sum.isPresent();
    }

    private static long dayOf(SessionResult result) {
        return LocalDate.ofInstant(result.time(), ZoneOffset.UTC).toEpochDay();
    }

    private static Optional<Sum> sum(Database database, long day, SessionResult result) throws SQLException {
        ReportedPolicy policy = result.policy();
        Optional<Sum> known = add(database, day, result, policy);
        if (known.isPresent()) {
            return known;
        }
        int policies = database.first(
                        row -> row.getInt(1),
                        "SELECT count(*) FROM session_sum WHERE day = ? AND domain = ?",
                        day,
                        result.reportDomain().ascii())
                .orElse(0);
        if (policies < MAX_POLICIES) {
            return insert(database, day, result, policy);
        }
        ReportedPolicy folded = new ReportedPolicy(
                policy.type(), List.of(), result.reportDomain().ascii(), List.of());
        Optional<Sum> rest = add(database, day, result, folded);
        return rest.isPresent() ? rest : insert(database, day, result, folded);
    }

    private static Optional<Sum> add(Database database, long day, SessionResult result, ReportedPolicy policy)
            throws SQLException {
        boolean failed = result.failure().isPresent();
        return database.first(
                row -> new Sum(row.getLong(1), row.getInt(2)),
                "UPDATE session_sum SET successful = successful + ?, failed = failed + ?"
                        + " WHERE day = ? AND domain = ? AND digest = ? RETURNING id, details",
                failed ? 0 : 1,
                failed ? 1 : 0,
                day,
                result.reportDomain().ascii(),
                digest(policy));
    }

    private static Optional<Sum> insert(Database database, long day, SessionResult result, ReportedPolicy policy)
            throws SQLException {
        database.update("INSERT OR IGNORE INTO session_day VALUES (?, 0)", day);
        int changed =
                database.update("UPDATE session_day SET sums = sums + 1 WHERE day = ? AND sums < ?", day, MAX_SUMS);
        if (changed == 0) {
            return Optional.empty();
        }
        boolean failed = result.failure().isPresent();
        return database.first(
                row -> new Sum(row.getLong(1), 0),
                "INSERT INTO session_sum (day, domain, digest, type, policy_domain, strings, mx_hosts, successful,"
                        + " failed, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) RETURNING id",
                day,
                result.reportDomain().ascii(),
                digest(policy),
                policy.type(),
                policy.domain(),
                lines(policy.strings()),
                lines(policy.mxHosts()),
                failed ? 0 : 1,
                failed ? 1 : 0);
    }

    private static void countFailure(Database database, Sum sum, SessionResult.Failure failure) throws SQLException {
        String type = failure.type().toString();
        if (addFailure(database, sum, type, failure.session())) {
            return;
        }
        if (sum.details() < MAX_DETAILS) {
            insertFailure(database, sum, type, failure.session());
            database.update("UPDATE session_sum SET details = details + 1 WHERE id = ?", sum.id());
        } else if (!addFailure(database, sum, type, FailedSession.UNKNOWN)) {
            insertFailure(database, sum, type, FailedSession.UNKNOWN);
        }
    }

    private static boolean addFailure(Database database, Sum sum, String type, FailedSession session)
            throws SQLException {
        return database.update(
                        "UPDATE session_failure SET sessions = sessions + 1 WHERE sum = ? AND result_type = ?"
                                + " AND sending_ip = ? AND mx_host = ? AND mx_helo = ? AND receiving_ip = ?"
                                + " AND information = ? AND reason = ?",
                        key(sum, type, session))
                > 0;
    }

    private static void insertFailure(Database database, Sum sum, String type, FailedSession session)
            throws SQLException {
        database.update("INSERT INTO session_failure VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)", key(sum, type, session));
    }

    private static Object[] key(Sum sum, String type, FailedSession session) {
        return new Object[] {
            sum.id(),
            type,
            session.sendingMtaIp().orElse(""),
            session.receivingMxHostname().orElse(""),
            session.receivingMxHelo().orElse(""),
            session.receivingIp().orElse(""),
            session.additionalInformation().orElse(""),
            session.failureReasonCode().orElse("")
        };
    }

    static List<PolicyResult> results(Database database, LocalDate day, DomainName domain) throws SQLException {
        record Row(long id, ReportedPolicy policy, long successful, long failed) {}
        List<Row> rows = database.all(
                row -> new Row(
                        row.getLong("id"),
                        new ReportedPolicy(
                                row.getString("type"),
                                lines(row.getString("strings")),
                                row.getString("policy_domain"),
                                lines(row.getString("mx_hosts"))),
                        row.getLong("successful"),
                        row.getLong("failed")),
                "SELECT id, type, strings, policy_domain, mx_hosts, successful, failed FROM session_sum"
                        + " WHERE day = ? AND domain = ? ORDER BY id",
                day.toEpochDay(),
                domain.ascii());
        List<PolicyResult> results = new ArrayList<>();
        for (Row row : rows) {
            results.add(new PolicyResult(row.policy(), row.successful(), row.failed(), failures(database, row.id())));
        }
        return results;
    }

    private static List<FailureDetails> failures(Database database, long sum) throws SQLException {
        return database.all(
                row -> new FailureDetails(
                        row.getString("result_type"),
                        new FailedSession(
                                text(row, "sending_ip"),
                                text(row, "mx_host"),
                                text(row, "mx_helo"),
                                text(row, "receiving_ip"),
                                text(row, "information"),
                                text(row, "reason")),
                        row.getLong("sessions")),
                "SELECT * FROM session_failure WHERE sum = ?"
                        + " ORDER BY result_type, sending_ip, mx_host, mx_helo, receiving_ip, information, reason",
                sum);
    }

    private static Optional<String> text(ResultSet row, String column) throws SQLException {
        return Optional.of(row.getString(column)).filter(text -> !text.isEmpty());
    }

    private static String lines(List<String> strings) {
        return String.join("\n", strings.stream().map(s -> s.replace('\n', ' ')).toList());
    }

    private static List<String> lines(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
    }

    private static byte[] digest(ReportedPolicy policy) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            Stream.of(policy.type(), policy.domain(), lines(policy.strings()), lines(policy.mxHosts()))
                    .forEach(part -> {
                        sha256.update(part.getBytes(StandardCharsets.UTF_8));
                        sha256.update((byte) 0);
                    });
            return sha256.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every platform has SHA-256", e);
        }
    }

    /// Forgets some sums of days before the one given.
    ///
    /// @return whether there may be more
    static boolean forgetSome(Database database, long before, int limit) throws SQLException {
        List<Long> sums =
                database.all(row -> row.getLong(1), "SELECT id FROM session_sum WHERE day < ? LIMIT ?", before, limit);
        for (long sum : sums) {
            database.update("DELETE FROM session_failure WHERE sum = ?", sum);
            database.update("DELETE FROM session_sum WHERE id = ?", sum);
        }
        if (sums.size() < limit) {
            database.update("DELETE FROM session_day WHERE day < ?", before);
        }
        return sums.size() == limit;
    }
}
