// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.smtp.DsnRequest;
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

    /// What the release with format 2 made of it.
    private static final List<String> FORMAT_2 = List.of(
            "ALTER TABLE policy ADD COLUMN used INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE policy ADD COLUMN due INTEGER",
            "UPDATE policy SET used = fetched, due = fetched",
            "CREATE INDEX policy_due ON policy (due, expires, domain)",
            "CREATE TABLE session_closed (day INTEGER NOT NULL)",
            "INSERT INTO session_closed VALUES (-1000000)",
            "CREATE TABLE session_day (day INTEGER PRIMARY KEY, sums INTEGER NOT NULL)",
            "CREATE TABLE session_sum ( id INTEGER PRIMARY KEY, day INTEGER NOT NULL, domain TEXT "
                    + "NOT NULL, digest BLOB NOT NULL, type TEXT NOT NULL, policy_domain TEXT NOT NULL, "
                    + "strings TEXT NOT NULL, mx_hosts TEXT NOT NULL, successful INTEGER NOT NULL, failed "
                    + "INTEGER NOT NULL, details INTEGER NOT NULL, UNIQUE (day, domain, digest))",
            "CREATE TABLE session_failure ( sum INTEGER NOT NULL, result_type TEXT NOT NULL, "
                    + "sending_ip TEXT NOT NULL, mx_host TEXT NOT NULL, mx_helo TEXT NOT NULL, receiving_ip "
                    + "TEXT NOT NULL, information TEXT NOT NULL, reason TEXT NOT NULL, sessions INTEGER NOT "
                    + "NULL, PRIMARY KEY (sum, result_type, sending_ip, mx_host, mx_helo, receiving_ip, "
                    + "information, reason)) WITHOUT ROWID",
            "CREATE TABLE report_day (day INTEGER PRIMARY KEY, up_to TEXT NOT NULL, complete INTEGER " + "NOT NULL)",
            "CREATE TABLE report_plan ( id INTEGER PRIMARY KEY, day INTEGER NOT NULL, domain TEXT "
                    + "NOT NULL, report_id TEXT NOT NULL, state INTEGER NOT NULL, due INTEGER, first_try "
                    + "INTEGER, tries INTEGER NOT NULL, line TEXT NOT NULL, UNIQUE (day, domain), CHECK ((due "
                    + "IS NULL) = (state <> 0)))",
            "CREATE INDEX report_plan_due ON report_plan (due) WHERE due IS NOT NULL",
            "CREATE INDEX report_plan_waiting ON report_plan (day) WHERE due IS NOT NULL",
            "CREATE TABLE report_target ( plan INTEGER NOT NULL, place INTEGER NOT NULL, uri TEXT "
                    + "NOT NULL, state INTEGER NOT NULL, line TEXT NOT NULL, message INTEGER, queued INTEGER, "
                    + "PRIMARY KEY (plan, place)) WITHOUT ROWID",
            "CREATE INDEX report_target_message ON report_target (message) WHERE state = 2",
            "CREATE INDEX report_target_queued ON report_target (queued) WHERE queued IS NOT NULL",
            "CREATE TABLE report_refusal (mailbox TEXT PRIMARY KEY, in_a_row INTEGER NOT NULL, until " + "INTEGER)",
            "CREATE TABLE received_report ( id INTEGER PRIMARY KEY AUTOINCREMENT, same TEXT NOT "
                    + "NULL, content TEXT NOT NULL, voucher TEXT NOT NULL, organization TEXT NOT NULL, sender "
                    + "TEXT NOT NULL, report_id TEXT NOT NULL, contact TEXT, begins INTEGER NOT NULL, ends "
                    + "INTEGER NOT NULL, day INTEGER NOT NULL, received INTEGER NOT NULL, way TEXT NOT NULL, "
                    + "source TEXT NOT NULL, dkim TEXT NOT NULL, dkim_domain TEXT, dkim_aligned INTEGER NOT "
                    + "NULL, dkim_detail TEXT NOT NULL, deviations TEXT NOT NULL)",
            "CREATE INDEX received_report_same ON received_report (same)",
            "CREATE INDEX received_report_received ON received_report (received)",
            "CREATE INDEX received_report_day ON received_report (day)",
            "CREATE TABLE received_policy ( report INTEGER NOT NULL, place INTEGER NOT NULL, domain "
                    + "TEXT NOT NULL, day INTEGER NOT NULL, type TEXT NOT NULL, strings TEXT NOT NULL, "
                    + "mx_hosts TEXT NOT NULL, successful INTEGER NOT NULL, failed INTEGER NOT NULL, PRIMARY "
                    + "KEY (report, place)) WITHOUT ROWID",
            "CREATE INDEX received_policy_domain ON received_policy (domain, day)",
            "CREATE TABLE received_ours (domain TEXT NOT NULL, report INTEGER NOT NULL, PRIMARY KEY "
                    + "(domain, report)) WITHOUT ROWID",
            "CREATE INDEX received_ours_report ON received_ours (report)",
            "CREATE TABLE received_failure ( report INTEGER NOT NULL, policy INTEGER NOT NULL, place "
                    + "INTEGER NOT NULL, type TEXT NOT NULL, sessions INTEGER NOT NULL, sending_ip TEXT, "
                    + "mx_host TEXT, mx_helo TEXT, receiving_ip TEXT, information TEXT, reason_code TEXT, "
                    + "PRIMARY KEY (report, policy, place)) WITHOUT ROWID",
            "CREATE TABLE received_count ( day INTEGER NOT NULL, domain TEXT NOT NULL, stored "
                    + "INTEGER NOT NULL, duplicates INTEGER NOT NULL, octets INTEGER NOT NULL, PRIMARY KEY "
                    + "(day, domain)) WITHOUT ROWID",
            "PRAGMA user_version = 2");

    @TempDir
    Path directory;

    @Test
    void whatFormat2HeldMayBePutOnHold() throws Exception {
        make(FORMAT_1, FORMAT_2);
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
        make(FORMAT_1);
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

    @Test
    void whatFormat2HeldIsThereAndNothingIsAskedOfItsReports() throws Exception {
        make(FORMAT_1, FORMAT_2);
        for (int opening = 0; opening < 2; opening++) {
            try (EmbeddedStore store = EmbeddedStore.open(directory)) {
                Spool.Entry entry = store.spool().list(new MessageId(0), 10).getFirst();
                assertThat(entry.message().envelope().dsn()).isEqualTo(DsnRequest.NONE);
                assertThat(entry.recipients().getFirst().delayReported()).isFalse();
                assertThat(store.spool().depth()).isEqualTo(new Spool.Depth(1, 1, 5));
            }
        }
    }

    @SafeVarargs
    private void make(List<String>... formats) throws Exception {
        Files.createDirectories(directory);
        try (Database database = Database.toWrite(directory.resolve(EmbeddedStore.DATABASE))) {
            for (List<String> statements : formats) {
                for (String statement : statements) {
                    database.execute(statement);
                }
            }
        }
    }
}
