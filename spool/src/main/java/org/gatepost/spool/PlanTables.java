// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.spool.PlannedReports.Planning;
import org.gatepost.spool.PlannedReports.Refusals;
import org.gatepost.spool.ReportPlan.State;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.spool.ReportPlan.TargetState;
import org.jspecify.annotations.Nullable;

/// Everything the report plans say to the database.
///
/// - `report_day`: a day (days since 1970) that was closed; its domains have plans up to the name `up_to`.
/// - `report_plan`: the report of a day to a domain. `state` is the code of [State]; `due` is null once it is
///   final.
/// - `report_target`: an address of a plan; `state` is the code of [TargetState]; `message` is the mail to it
///   and `queued` when that was put into the queue.
/// - `report_refusal`: a mailbox that refused the last report.
final class PlanTables {
    static final List<String> DEFINITION = List.of(
            "CREATE TABLE report_day (day INTEGER PRIMARY KEY, up_to TEXT NOT NULL, complete INTEGER NOT NULL)",
            """
            CREATE TABLE report_plan (
                id        INTEGER PRIMARY KEY,
                day       INTEGER NOT NULL,
                domain    TEXT NOT NULL,
                report_id TEXT NOT NULL,
                state     INTEGER NOT NULL,
                due       INTEGER,
                first_try INTEGER,
                tries     INTEGER NOT NULL,
                line      TEXT NOT NULL,
                UNIQUE (day, domain),
                CHECK ((due IS NULL) = (state <> 0)))""",
            "CREATE INDEX report_plan_due ON report_plan (due) WHERE due IS NOT NULL",
            "CREATE INDEX report_plan_waiting ON report_plan (day) WHERE due IS NOT NULL",
            """
            CREATE TABLE report_target (
                plan    INTEGER NOT NULL,
                place   INTEGER NOT NULL,
                uri     TEXT NOT NULL,
                state   INTEGER NOT NULL,
                line    TEXT NOT NULL,
                message INTEGER,
                queued  INTEGER,
                PRIMARY KEY (plan, place)) WITHOUT ROWID""",
            "CREATE INDEX report_target_message ON report_target (message) WHERE state = 2",
            "CREATE INDEX report_target_queued ON report_target (queued) WHERE queued IS NOT NULL",
            "CREATE TABLE report_refusal (mailbox TEXT PRIMARY KEY, in_a_row INTEGER NOT NULL, until INTEGER)");

    private static final String PLAN =
            "SELECT id, day, domain, report_id, state, due, first_try, tries, line FROM report_plan ";

    private PlanTables() {}

    static Planning planning(Database database, LocalDate day) throws SQLException {
        return database.first(
                        row -> new Planning(name(row.getString(1)), row.getInt(2) != 0),
                        "SELECT up_to, complete FROM report_day WHERE day = ?",
                        day.toEpochDay())
                .orElse(Planning.NOT_BEGUN);
    }

    static int insert(Database database, LocalDate day, ReportPlans.NewPlan plan) throws SQLException {
        return database.update(
                "INSERT OR IGNORE INTO report_plan (day, domain, report_id, state, due, tries, line)"
                        + " VALUES (?, ?, ?, 0, ?, 0, '')",
                day.toEpochDay(),
                plan.domain().ascii(),
                plan.reportId(),
                Nanos.of(plan.due()));
    }

    static int reached(Database database, LocalDate day, Planning planning) throws SQLException {
        return database.update(
                "INSERT OR REPLACE INTO report_day (day, up_to, complete) VALUES (?, ?, ?)",
                day.toEpochDay(),
                planning.upTo().ascii(),
                planning.complete() ? 1 : 0);
    }

    static List<ReportPlan> due(Database database, Instant now, int limit) throws SQLException {
        return plans(database, "WHERE due <= ? ORDER BY due LIMIT ?", Nanos.atMost(now), limit);
    }

    static List<ReportPlan> ofDay(Database database, LocalDate day, DomainName after, int limit) throws SQLException {
        return plans(
                database,
                "WHERE day = ? AND domain > ? ORDER BY domain LIMIT ?",
                day.toEpochDay(),
                after.ascii(),
                limit);
    }

    static Optional<ReportPlan> find(Database database, LocalDate day, DomainName domain) throws SQLException {
        return plans(database, "WHERE day = ? AND domain = ?", day.toEpochDay(), domain.ascii()).stream()
                .findFirst();
    }

    private static List<ReportPlan> plans(Database database, String where, @Nullable Object... arguments)
            throws SQLException {
        List<ReportPlan> bare = database.all(PlanTables::bare, PLAN + where, arguments);
        List<ReportPlan> whole = new ArrayList<>(bare.size());
        for (ReportPlan plan : bare) {
            List<Target> targets = database.all(
                    PlanTables::target,
                    "SELECT uri, state, line, message FROM report_target WHERE plan = ? ORDER BY place",
                    plan.id());
            whole.add(new ReportPlan(
                    plan.id(),
                    plan.day(),
                    plan.domain(),
                    plan.reportId(),
                    plan.state(),
                    plan.due(),
                    plan.firstTry(),
                    plan.tries(),
                    plan.line(),
                    targets));
        }
        return whole;
    }

    private static ReportPlan bare(ResultSet row) throws SQLException {
        return new ReportPlan(
                row.getLong("id"),
                LocalDate.ofEpochDay(row.getLong("day")),
                name(row.getString("domain")),
                row.getString("report_id"),
                State.of(row.getInt("state")),
                number(row, "due").map(Nanos::toInstant),
                number(row, "first_try").map(Nanos::toInstant),
                row.getInt("tries"),
                row.getString("line"),
                List.of());
    }

    private static Target target(ResultSet row) throws SQLException {
        return new Target(
                row.getString("uri"),
                TargetState.of(row.getInt("state")),
                row.getString("line"),
                number(row, "message").map(MessageId::new));
    }

    private static Optional<Long> number(ResultSet row, String column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(number);
    }

    private static DomainName name(String ascii) {
        return ascii.isEmpty() ? DomainName.ROOT : DomainName.parse(ascii);
    }

    /// @return how many plans changed: 0 when the plan was forgotten meanwhile
    static int update(Database database, ReportPlan plan) throws SQLException {
        int changed = database.update(
                "UPDATE report_plan SET state = ?, due = ?, first_try = ?, tries = ?, line = ? WHERE id = ?",
                plan.state().code(),
                plan.due().map(Nanos::of).orElse(null),
                plan.firstTry().map(Nanos::of).orElse(null),
                plan.tries(),
                History.bounded(plan.line()),
                plan.id());
        // What became of mails meanwhile is known better here than by whoever read the plan before its try.
        List<Target> known = database.all(
                PlanTables::target,
                "SELECT uri, state, line, message FROM report_target WHERE plan = ? AND message IS NOT NULL",
                plan.id());
        List<Long> queued = database.all(
                row -> row.getLong(1),
                "SELECT queued FROM report_target WHERE plan = ? AND message IS NOT NULL",
                plan.id());
        database.update("DELETE FROM report_target WHERE plan = ?", plan.id());
        for (int place = 0; changed > 0 && place < plan.targets().size(); place++) {
            Target target = plan.targets().get(place);
            int before = indexOf(known, target.uri());
            insert(database, plan.id(), place, before < 0 ? target : known.get(before));
            if (before >= 0) {
                database.update(
                        "UPDATE report_target SET queued = ? WHERE plan = ? AND place = ?",
                        queued.get(before),
                        plan.id(),
                        place);
            }
        }
        return changed;
    }

    private static int indexOf(List<Target> targets, String uri) {
        return targets.stream().map(Target::uri).toList().indexOf(uri);
    }

    private static void insert(Database database, long plan, int place, Target target) throws SQLException {
        database.update(
                "INSERT INTO report_target (plan, place, uri, state, line, message) VALUES (?, ?, ?, ?, ?, ?)",
                plan,
                place,
                target.uri(),
                target.state().code(),
                History.bounded(target.line()),
                target.message().map(MessageId::value).orElse(null));
    }

    static void queued(Database database, long plan, String uri, MessageId mail, Instant now) throws SQLException {
        database.update(
                "UPDATE report_target SET state = ?, message = ?, queued = ? WHERE plan = ? AND uri = ?",
                TargetState.QUEUED.code(),
                mail.value(),
                Nanos.of(now),
                plan,
                uri);
    }

    static List<MessageId> underWay(Database database, int limit) throws SQLException {
        return database.all(
                row -> new MessageId(row.getLong(1)),
                "SELECT message FROM report_target WHERE state = 2 AND message IS NOT NULL ORDER BY message LIMIT ?",
                limit);
    }

    static Optional<Target> underWay(Database database, MessageId mail) throws SQLException {
        return database.first(
                PlanTables::target,
                "SELECT uri, state, line, message FROM report_target WHERE state = 2 AND message = ?",
                mail.value());
    }

    static int ended(Database database, MessageId mail, TargetState state, String line) throws SQLException {
        return database.update(
                "UPDATE report_target SET state = ?, line = ? WHERE state = 2 AND message = ?",
                state.code(),
                History.bounded(line),
                mail.value());
    }

    static void refusals(Database database, Refusals refusals) throws SQLException {
        if (refusals.inARow() == 0) {
            database.update("DELETE FROM report_refusal WHERE mailbox = ?", refusals.mailbox());
        } else {
            database.update(
                    "INSERT OR REPLACE INTO report_refusal (mailbox, in_a_row, until) VALUES (?, ?, ?)",
                    refusals.mailbox(),
                    refusals.inARow(),
                    refusals.suppressedUntil().map(Nanos::of).orElse(null));
        }
    }

    static Refusals refusal(ResultSet row) throws SQLException {
        return new Refusals(
                row.getString("mailbox"),
                row.getInt("in_a_row"),
                number(row, "until").map(Nanos::toInstant));
    }

    static int hasten(Database database, LocalDate day, Optional<DomainName> domain, Instant now) throws SQLException {
        String all = "UPDATE report_plan SET due = ? WHERE due > ? AND day = ?";
        long at = Nanos.of(now);
        return domain.isPresent()
                ? database.update(
                        all + " AND domain = ?",
                        at,
                        at,
                        day.toEpochDay(),
                        domain.get().ascii())
                : database.update(all, at, at, day.toEpochDay());
    }

    /// Deletes plans of the days before, at most `limit` of them.
    ///
    /// @return how many
    static int forget(Database database, LocalDate before, int limit) throws SQLException {
        List<Long> ids = database.all(
                row -> row.getLong(1), "SELECT id FROM report_plan WHERE day < ? LIMIT ?", before.toEpochDay(), limit);
        for (long id : ids) {
            database.update("DELETE FROM report_target WHERE plan = ?", id);
            database.update("DELETE FROM report_plan WHERE id = ?", id);
        }
        if (ids.size() < limit) {
            database.update("DELETE FROM report_day WHERE day < ?", before.toEpochDay());
        }
        return ids.size();
    }
}
