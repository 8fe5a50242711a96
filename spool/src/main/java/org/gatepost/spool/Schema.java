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

    /// What version 1 had; what came with version 2 stands in [#ADDED].
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

    private static final List<List<String>> ADDED = List.of(SessionTables.DEFINITION, ReceivedTables.DEFINITION);

    private Schema() {}

    /// Makes the tables in an empty database, or checks that they are ours.
    ///
    /// @throws SpoolException when the database is another program's or a newer gateway's
    static void prepare(Database database, Path file) throws SQLException {
        int application = number(database, "PRAGMA application_id");
        int version = number(database, "PRAGMA user_version");
        int tables = number(database, "SELECT count(*) FROM sqlite_schema");
        if (tables == 0 && application == 0 && version == 0) {
            create(database);
        } else if (application != APPLICATION) {
            throw new SpoolException(
                    "spool database " + file + " belongs to another program; choose another spool directory", null);
        } else if (version == 1) {
            upgrade(database);
        } else if (version != VERSION) {
            throw new SpoolException(
                    "spool database " + file + " has format " + version + ", this gateway knows format " + VERSION
                            + "; run the release that wrote it",
                    null);
        }
    }

    private static void create(Database database) throws SQLException {
        database.execute("BEGIN EXCLUSIVE");
        for (String statement : DEFINITION) {
            database.execute(statement);
        }
        add(database);
        database.execute("COMMIT");
    }

    /// All or nothing: after a crash the database is of one version or the other.
    private static void upgrade(Database database) throws SQLException {
        database.execute("BEGIN EXCLUSIVE");
        add(database);
        database.execute("COMMIT");
    }

    private static void add(Database database) throws SQLException {
        for (List<String> statements : ADDED) {
            for (String statement : statements) {
                database.execute(statement);
            }
        }
        database.execute("PRAGMA user_version = " + VERSION);
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
