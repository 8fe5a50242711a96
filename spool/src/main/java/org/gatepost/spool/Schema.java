// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/// The database's tables and their version; what they mean stands at [EmbeddedStore].
final class Schema {
    /// Stored as `user_version`; raised with every change that an older gateway would misread.
    static final int VERSION = 2;

    /// Stored as `application_id`, so that a database of another program is told apart: "GPsp".
    static final int APPLICATION = 0x47507370;

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

    /// What version 2 has beyond version 1: run behind [#DEFINITION] in an empty database, alone in one of version 1.
    private static final List<List<String>> SINCE_2 = List.of(ReceivedTables.DEFINITION);

    private Schema() {}

    /// Makes the tables in an empty database, adds those that an older one lacks, or checks that they are ours.
    ///
    /// @throws SpoolException when the database is another program's or a newer gateway's
    static void prepare(Database database, Path file) throws SQLException {
        int application = number(database, "PRAGMA application_id");
        int version = number(database, "PRAGMA user_version");
        int tables = number(database, "SELECT count(*) FROM sqlite_schema");
        if (tables == 0 && application == 0 && version == 0) {
            create(database, DEFINITION);
        } else if (application != APPLICATION) {
            throw new SpoolException(
                    "spool database " + file + " belongs to another program; choose another spool directory", null);
        } else if (version == 1) {
            create(database, List.of());
        } else if (version != VERSION) {
            throw new SpoolException(
                    "spool database " + file + " has format " + version + ", this gateway knows format " + VERSION
                            + "; run the release that wrote it",
                    null);
        }
    }

    /// All or nothing: a crash leaves the database as it was.
    private static void create(Database database, List<String> first) throws SQLException {
        database.execute("BEGIN EXCLUSIVE");
        for (String statement : first) {
            database.execute(statement);
        }
        for (List<String> capability : SINCE_2) {
            for (String statement : capability) {
                database.execute(statement);
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
