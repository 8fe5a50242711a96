// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A spool of an older release is taken over with what it holds.
final class SchemaUpgradeTest {
    /// As the release with format 1 made it, with one message and one policy.
    private static final List<String> FORMAT_1 = List.of(
            "CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, reverse_path TEXT NOT NULL,"
                    + " flags INTEGER NOT NULL, client TEXT NOT NULL, arrived INTEGER NOT NULL, size INTEGER NOT NULL,"
                    + " unfinished INTEGER NOT NULL CHECK (unfinished > 0))",
            "CREATE TABLE recipient (id INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, attempts INTEGER NOT NULL,"
                    + " due INTEGER, history TEXT NOT NULL)",
            "CREATE INDEX recipient_due ON recipient (due) WHERE due IS NOT NULL",
            "CREATE TABLE content (message INTEGER PRIMARY KEY, crc INTEGER NOT NULL, file TEXT, octets BLOB,"
                    + " CHECK ((file IS NULL) <> (octets IS NULL)))",
            "CREATE UNIQUE INDEX content_file ON content (file) WHERE file IS NOT NULL",
            "CREATE TABLE total (messages INTEGER NOT NULL, recipients INTEGER NOT NULL, octets INTEGER NOT NULL)",
            "CREATE TABLE policy (domain TEXT PRIMARY KEY, id TEXT NOT NULL, text TEXT NOT NULL,"
                    + " fetched INTEGER NOT NULL, expires INTEGER NOT NULL)",
            "INSERT INTO total VALUES (1, 1, 5)",
            "INSERT INTO message VALUES (3, 'a@sender.example', 2, 'client', 1764200000000000000, 5, 1)",
            "INSERT INTO recipient VALUES (3 * 65536, 'b@example.net', 1, 1764200000000000000, '')",
            "INSERT INTO content VALUES (3, 2591144441, NULL, x'68656c6c6f')",
            "INSERT INTO policy VALUES ('example.net', '20261122', 'version: STSv1', 1764200000000000000,"
                    + " 1864200000000000000)",
            "PRAGMA application_id = 1196454768",
            "PRAGMA user_version = 1");

    /// What the release with format 2 added to the policies.
    private static final List<String> POLICIES_2 = List.of(
            "ALTER TABLE policy ADD COLUMN used INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE policy ADD COLUMN due INTEGER",
            "CREATE INDEX policy_due ON policy (due, expires, domain)",
            "PRAGMA user_version = 2");

    @TempDir
    Path directory;

    @Test
    void whatFormat2HeldMayBePutOnHold() throws Exception {
        Files.createDirectories(directory);
        try (Database database = Database.toWrite(directory.resolve(EmbeddedStore.DATABASE))) {
            for (List<String> step : List.of(
                    FORMAT_1, SessionTables.DEFINITION, PlanTables.DEFINITION, ReceivedTables.DEFINITION, POLICIES_2)) {
                for (String statement : step) {
                    database.execute(statement);
                }
            }
        }
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            assertThat(store.spool().lease(Instant.MAX, 10)).hasSize(1);
            QueueControl control = store.spool().control();
            assertThat(control.domains(10).getFirst().domain()).isEqualTo("example.net");
            control.change(
                    QueueFilter.ALL,
                    new QueueControl.Change.Hold(Instant.parse("2026-11-28T10:00:00Z")),
                    QueueControl.Position.FIRST,
                    10);
        }
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            assertThat(store.spool().lease(Instant.MAX, 10)).isEmpty();
            assertThat(store.spool().depth().recipients()).isEqualTo(1);
        }
    }

    @Test
    void whatFormat1HeldIsThereAndTheNewTablesWork() throws Exception {
        Files.createDirectories(directory);
        try (Database database = Database.toWrite(directory.resolve(EmbeddedStore.DATABASE))) {
            for (String statement : FORMAT_1) {
                database.execute(statement);
            }
        }
        for (int opening = 0; opening < 2; opening++) {
            try (EmbeddedStore store = EmbeddedStore.open(directory)) {
                Spool.Entry entry = store.spool().list(new MessageId(0), 10).getFirst();
                assertThat(entry.recipients()).hasSize(1);
                assertThat(entry.message().envelope().handling()).isEqualTo(Envelope.Handling.USUAL);
                assertThat(store.policyMemory()
                                .recall(DomainName.parse("example.net"))
                                .orElseThrow()
                                .text())
                        .isEqualTo("version: STSv1");
                store.sessionLog()
                        .record(List.of(new SessionResult(
                                Instant.parse("2026-11-27T10:00:00Z"),
                                DomainName.parse("example.net"),
                                new ReportedPolicy("no-policy-found", List.of(), "example.net", List.of()),
                                Optional.empty())));
            }
        }
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            assertThat(store.sessionLog().days()).hasSize(1);
        }
    }
}
