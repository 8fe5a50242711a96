// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReceivedReport.Arrival;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReport.Way;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.jspecify.annotations.Nullable;

/// The tables of received TLS reports, and how a report is written to them and read from them.
///
/// - `received_report`: a report. `same` is the digest of what makes two reports one (see [ReceivedReports]), `content`
///   that of all it says; `voucher` is the signer that vouches for it, or empty. `day` counts days since 1970.
/// - `received_policy`: one of its policies, with the report's `day`; lists are joined by LF.
/// - `received_failure`: one of a policy's failure details. What the report does not say is null.
/// - `received_ours`: the domains of ours that a report was accepted for.
/// - `received_count`: what came on a UTC day for a domain of ours.
final class ReceivedTables {
    static final List<String> DEFINITION = List.of(
            """
            CREATE TABLE received_report (
                id           INTEGER PRIMARY KEY AUTOINCREMENT,
                same         TEXT NOT NULL,
                content      TEXT NOT NULL,
                voucher      TEXT NOT NULL,
                organization TEXT NOT NULL,
                sender       TEXT NOT NULL,
                report_id    TEXT NOT NULL,
                contact      TEXT,
                begins       INTEGER NOT NULL,
                ends         INTEGER NOT NULL,
                day          INTEGER NOT NULL,
                received     INTEGER NOT NULL,
                way          TEXT NOT NULL,
                source       TEXT NOT NULL,
                dkim         TEXT NOT NULL,
                dkim_domain  TEXT,
                dkim_aligned INTEGER NOT NULL,
                dkim_detail  TEXT NOT NULL,
                deviations   TEXT NOT NULL)""",
            "CREATE INDEX received_report_same ON received_report (same)",
            "CREATE INDEX received_report_received ON received_report (received)",
            "CREATE INDEX received_report_day ON received_report (day)",
            """
            CREATE TABLE received_policy (
                report     INTEGER NOT NULL,
                place      INTEGER NOT NULL,
                domain     TEXT NOT NULL,
                day        INTEGER NOT NULL,
                type       TEXT NOT NULL,
                strings    TEXT NOT NULL,
                mx_hosts   TEXT NOT NULL,
                successful INTEGER NOT NULL,
                failed     INTEGER NOT NULL,
                PRIMARY KEY (report, place)) WITHOUT ROWID""",
            "CREATE INDEX received_policy_domain ON received_policy (domain, day)",
            "CREATE TABLE received_ours (domain TEXT NOT NULL, report INTEGER NOT NULL, PRIMARY KEY (domain, report))"
                    + " WITHOUT ROWID",
            "CREATE INDEX received_ours_report ON received_ours (report)",
            """
            CREATE TABLE received_failure (
                report       INTEGER NOT NULL,
                policy       INTEGER NOT NULL,
                place        INTEGER NOT NULL,
                type         TEXT NOT NULL,
                sessions     INTEGER NOT NULL,
                sending_ip   TEXT,
                mx_host      TEXT,
                mx_helo      TEXT,
                receiving_ip TEXT,
                information  TEXT,
                reason_code  TEXT,
                PRIMARY KEY (report, policy, place)) WITHOUT ROWID""",
            """
            CREATE TABLE received_count (
                day        INTEGER NOT NULL,
                domain     TEXT NOT NULL,
                stored     INTEGER NOT NULL,
                duplicates INTEGER NOT NULL,
                octets     INTEGER NOT NULL,
                PRIMARY KEY (day, domain)) WITHOUT ROWID""");

    /// Of one text of a report, in UTF-16 units; what is longer is cut.
    private static final int MOST_TEXT = 1_000;

    private static final int MOST_JOINED = 16_000;

    private ReceivedTables() {}

    static String cut(String text) {
        return cut(text, MOST_TEXT);
    }

    private static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        boolean splitsPair = Character.isHighSurrogate(text.charAt(most - 1));
        return text.substring(0, splitsPair ? most - 1 : most);
    }

    private static @Nullable String cut(Optional<String> text) {
        return text.map(ReceivedTables::cut).orElse(null);
    }

    /// Lists as one text; an LF within an element would make two of it, and is written as a space.
    private static String join(List<String> elements) {
        List<String> lines =
                elements.stream().map(line -> line.replace('\n', ' ')).toList();
        return cut(String.join("\n", lines), MOST_JOINED);
    }

    private static List<String> split(String joined) {
        return joined.isEmpty() ? List.of() : List.of(joined.split("\n", -1));
    }

    /// Domains as they are compared: A-labels in lower case where the text names a domain at all.
    static String domain(String text) {
        try {
            return DomainName.parse(text.strip()).toString();
        } catch (org.gatepost.names.NameSyntaxException e) {
            return cut(text.strip().toLowerCase(Locale.ROOT));
        }
    }

    static long insert(Database database, ReceivedReport received, ReportIdentity identity, Set<DomainName> ours)
            throws SQLException {
        TlsReport report = received.report();
        Arrival arrival = received.arrival();
        Signature signature = arrival.signature();
        long id = database.first(
                        row -> row.getLong(1),
                        "INSERT INTO received_report (same, content, voucher, organization, sender, report_id, contact,"
                                + " begins, ends, day, received, way, source, dkim, dkim_domain, dkim_aligned,"
                                + " dkim_detail, deviations)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                        identity.same(),
                        identity.content(),
                        identity.voucher(),
                        cut(report.organizationName()),
                        cut(report.organizationName().toLowerCase(Locale.ROOT)),
                        cut(report.reportId()),
                        cut(report.contactInfo()),
                        report.start().getEpochSecond(),
                        report.end().getEpochSecond(),
                        received.day().toEpochDay(),
                        Nanos.of(arrival.when()),
                        arrival.way().name(),
                        cut(arrival.source()),
                        signature.result().name(),
                        signature.domain().map(DomainName::ascii).orElse(null),
                        signature.aligned() ? 1 : 0,
                        cut(signature.detail()),
                        join(received.deviations()))
                .orElseThrow();
        for (int place = 0; place < report.policies().size(); place++) {
            insertPolicy(
                    database,
                    new PolicyKey(id, place, received.day()),
                    report.policies().get(place));
        }
        for (DomainName domain : ours) {
            database.update("INSERT INTO received_ours (domain, report) VALUES (?, ?)", domain.ascii(), id);
        }
        return id;
    }

    private record PolicyKey(long report, int place, LocalDate day) {}

    private static void insertPolicy(Database database, PolicyKey key, PolicyResult result) throws SQLException {
        ReportedPolicy policy = result.policy();
        database.update(
                "INSERT INTO received_policy (report, place, domain, day, type, strings, mx_hosts, successful, failed)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                key.report(),
                key.place(),
                domain(policy.domain()),
                key.day().toEpochDay(),
                cut(policy.type()),
                join(policy.strings()),
                join(policy.mxHosts()),
                result.successful(),
                result.failed());
        int place = 0;
        for (FailureDetails failure : result.failures()) {
            FailedSession session = failure.session();
            database.update(
                    "INSERT INTO received_failure (report, policy, place, type, sessions, sending_ip, mx_host, mx_helo,"
                            + " receiving_ip, information, reason_code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    key.report(),
                    key.place(),
                    place++,
                    cut(failure.resultType()),
                    failure.sessions(),
                    cut(session.sendingMtaIp()),
                    cut(session.receivingMxHostname()),
                    cut(session.receivingMxHelo()),
                    cut(session.receivingIp()),
                    cut(session.additionalInformation()),
                    cut(session.failureReasonCode()));
        }
    }

    static void delete(Database database, long id) throws SQLException {
        database.update("DELETE FROM received_failure WHERE report = ?", id);
        database.update("DELETE FROM received_policy WHERE report = ?", id);
        database.update("DELETE FROM received_ours WHERE report = ?", id);
        database.update("DELETE FROM received_report WHERE id = ?", id);
    }

    static Optional<ReceivedReport> read(Database database, long id) throws SQLException {
        List<PolicyResult> policies = policies(database, id);
        return database.first(
                row -> new ReceivedReport(
                        new TlsReport(
                                row.getString("organization"),
                                Instant.ofEpochSecond(row.getLong("begins")),
                                Instant.ofEpochSecond(row.getLong("ends")),
                                Optional.ofNullable(row.getString("contact")),
                                row.getString("report_id"),
                                policies),
                        arrival(row),
                        split(row.getString("deviations"))),
                "SELECT * FROM received_report WHERE id = ?",
                id);
    }

    static Arrival arrival(ResultSet row) throws SQLException {
        return new Arrival(
                Nanos.toInstant(row.getLong("received")),
                Way.valueOf(row.getString("way")),
                row.getString("source"),
                new Signature(
                        Signature.Result.valueOf(row.getString("dkim")),
                        Optional.ofNullable(row.getString("dkim_domain")).map(DomainName::new),
                        row.getInt("dkim_aligned") != 0,
                        row.getString("dkim_detail")));
    }

    private static List<PolicyResult> policies(Database database, long id) throws SQLException {
        record Row(int place, ReportedPolicy policy, long successful, long failed) {}
        List<Row> rows = database.all(
                row -> new Row(
                        row.getInt("place"),
                        new ReportedPolicy(
                                row.getString("type"),
                                split(row.getString("strings")),
                                row.getString("domain"),
                                split(row.getString("mx_hosts"))),
                        row.getLong("successful"),
                        row.getLong("failed")),
                "SELECT * FROM received_policy WHERE report = ? ORDER BY place",
                id);
        List<PolicyResult> policies = new ArrayList<>();
        for (Row row : rows) {
            policies.add(new PolicyResult(
                    row.policy(), row.successful(), row.failed(), failures(database, id, row.place())));
        }
        return policies;
    }

    private static List<FailureDetails> failures(Database database, long id, int policy) throws SQLException {
        return database.all(
                row -> new FailureDetails(
                        row.getString("type"),
                        new FailedSession(
                                Optional.ofNullable(row.getString("sending_ip")),
                                Optional.ofNullable(row.getString("mx_host")),
                                Optional.ofNullable(row.getString("mx_helo")),
                                Optional.ofNullable(row.getString("receiving_ip")),
                                Optional.ofNullable(row.getString("information")),
                                Optional.ofNullable(row.getString("reason_code"))),
                        row.getLong("sessions")),
                "SELECT * FROM received_failure WHERE report = ? AND policy = ? ORDER BY place",
                id,
                policy);
    }
}
