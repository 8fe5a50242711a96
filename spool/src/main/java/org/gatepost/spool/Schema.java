// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/// The database's tables and their version; what they mean stands at [EmbeddedStore].
final class Schema {
    /// Stored as `user_version`; raised with every change that an older gateway would misread.
    static final int VERSION = 3;

    /// Stored as `application_id`, so that a database of another program is told apart: "GPsp".
    static final int APPLICATION = 0x47507370;

    /// What version 1 had; what came later stands in [#UPGRADES].
    private static final List<String> DEFINITION = List.of(
            """
            CREATE TABLE message (
                id           INTEGER PRIMARY KEY AUTOINCREMENT,
                reverse_path TEXT NOT NULL,
                flags        INTEGER NOT NULL,
                client       TEXT NOT NULL,
                arrived      INTEGER NOT NULL,
                size         INTEGER NOT NULL,
                unfinished   INTEGER NOT NULL CHECK (unfinished > 0))""",
            """
            CREATE TABLE recipient (
                id       INTEGER PRIMARY KEY,
                mailbox  TEXT NOT NULL,
                attempts INTEGER NOT NULL,
                due      INTEGER,
                history  TEXT NOT NULL)""",
            "CREATE INDEX recipient_due ON recipient (due) WHERE due IS NOT NULL",
            """
            CREATE TABLE content (
                message INTEGER PRIMARY KEY,
                crc     INTEGER NOT NULL,
                file    TEXT,
                octets  BLOB,
                CHECK ((file IS NULL) <> (octets IS NULL)))""",
            "CREATE UNIQUE INDEX content_file ON content (file) WHERE file IS NOT NULL",
            "CREATE TABLE total (messages INTEGER NOT NULL, recipients INTEGER NOT NULL, octets INTEGER NOT NULL)",
            "INSERT INTO total VALUES (0, 0, 0)",
            """
            CREATE TABLE policy (
                domain  TEXT PRIMARY KEY,
                id      TEXT NOT NULL,
                text    TEXT NOT NULL,
                fetched INTEGER NOT NULL,
                expires INTEGER NOT NULL)""",
            "PRAGMA application_id = " + APPLICATION);

    /// From format 1 to 2: when a policy was used last and when it is to be refreshed. The index holds all that the
    /// searches for what is due and for what has expired look at, so that these read no policy.
    private static final List<String> POLICY_REFRESH = List.of(
            "ALTER TABLE policy ADD COLUMN used INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE policy ADD COLUMN due INTEGER",
            "UPDATE policy SET used = fetched, due = fetched",
            "CREATE INDEX policy_due ON policy (due, expires, domain)");

    /// From format 2 to 3: what senders ask of reports, and whether they have been told of a delay.
    private static final List<String> DSN_REQUESTS = List.of(
            "ALTER TABLE message ADD COLUMN dsn TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE recipient ADD COLUMN dsn TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE recipient ADD COLUMN delay_reported INTEGER NOT NULL DEFAULT 0");

    /// From format 2 to 3: messages whose place is here now, whatever the journal says.
    private static final List<String> JOURNAL = List.of("CREATE TABLE journal_moved (id INTEGER PRIMARY KEY)");

    /// What each format adds to the one before, from format 2 on, step by step.
    private static final List<List<List<String>>> UPGRADES = List.of(
            List.of(POLICY_REFRESH, SessionTables.DEFINITION, PlanTables.DEFINITION, ReceivedTables.DEFINITION),
            List.of(JOURNAL, ControlTables.DEFINITION, DSN_REQUESTS));

    private Schema() {}

    /// Makes the tables in an empty database, or checks that they are ours and brings those of an older format up to
    /// date, all of it or nothing.
    ///
    /// @throws SpoolException when the database is another program's or a newer gateway's
    static void prepare(Database database, Path file) throws SQLException {
        int application = number(database, "PRAGMA application_id");
        int version = number(database, "PRAGMA user_version");
        int tables = number(database, "SELECT count(*) FROM sqlite_schema");
        if (tables == 0 && application == 0 && version == 0) {
            upgrade(database, 1, DEFINITION);
        } else if (application != APPLICATION) {
            throw new SpoolException(
                    "spool database " + file + " belongs to another program; choose another spool directory", null);
        } else if (version >= 1 && version < VERSION) {
            upgrade(database, version, List.of());
        } else if (version != VERSION) {
            throw new SpoolException(
                    "spool database " + file + " has format " + version + ", this gateway knows format " + VERSION
                            + "; run the release that wrote it",
                    null);
        }
    }

    /// All or nothing: after a crash the database is of one format or the other.
    private static void upgrade(Database database, int from, List<String> before) throws SQLException {
        database.execute("BEGIN EXCLUSIVE");
        for (String statement : before) {
            database.execute(statement);
        }
        for (List<List<String>> format : UPGRADES.subList(from - 1, UPGRADES.size())) {
            for (List<String> step : format) {
                for (String statement : step) {
                    database.execute(statement);
                }
            }
        }
        database.execute("PRAGMA user_version = " + VERSION);
        database.execute("COMMIT");
    }

    /// Checks that the tables are ours and of this version, for a reader, who changes nothing.
    ///
    /// @throws SpoolException when they are not
    static void check(Database database, Path file) throws SQLException {
        if (number(database, "PRAGMA application_id") != APPLICATION
                || number(database, "PRAGMA user_version") != VERSION) {
            throw new SpoolException(
                    "spool database " + file
                            + " is not of this release; 'gatepost serve' brings an older one up to date",
                    null);
        }
    }

    private static int number(Database database, String sql) throws SQLException {
        return database.first(row -> row.getInt(1), sql).orElse(0);
    }
}
