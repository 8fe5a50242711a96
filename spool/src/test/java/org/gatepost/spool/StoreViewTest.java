// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReceivedReport.Arrival;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReport.Way;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Looking into a store that a gateway has open.
final class StoreViewTest {
    private static final DomainName OURS = DomainName.parse("example.com");

    @TempDir
    Path directory;

    private static ReceivedReport report(String id) {
        Instant start = Instant.parse("2026-11-27T00:00:00Z");
        PolicyResult policy =
                new PolicyResult(new ReportedPolicy("sts", List.of(), "example.com", List.of()), 1, 0, List.of());
        return new ReceivedReport(
                new TlsReport("A", start, start.plusSeconds(86_399), Optional.empty(), id, List.of(policy)),
                new Arrival(start.plusSeconds(100_000), Way.HTTPS, "192.0.2.1", Signature.ABSENT),
                List.of());
    }

    private static int count(StoreView view) {
        return view.receivedReports()
                .list(ReceivedReports.Query.ALL, Long.MAX_VALUE, 10)
                .size();
    }

    @Test
    void aViewSeesWhatTheRunningGatewayStores() {
        try (EmbeddedStore store = EmbeddedStore.open(directory);
                StoreView view = StoreView.open(directory)) {
            assertThat(count(view)).isZero();
            store.receivedReports().store(report("1"), Set.of(OURS));
            assertThat(count(view)).isEqualTo(1);
            store.receivedReports().store(report("2"), Set.of(OURS));
            assertThat(count(view)).isEqualTo(2);
        }
        try (StoreView view = StoreView.open(directory)) {
            assertThat(count(view)).isEqualTo(2);
        }
    }

    @Test
    void aViewChangesNothing() {
        EmbeddedStore.open(directory).close();
        try (StoreView view = StoreView.open(directory)) {
            assertThatThrownBy(() -> view.receivedReports().store(report("1"), Set.of(OURS)))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThat(count(view)).isZero();
        }
    }

    @Test
    void aDirectoryWithoutAStoreStaysWithoutOne() throws Exception {
        assertThatThrownBy(() -> StoreView.open(directory).close())
                .isInstanceOf(SpoolException.class)
                .hasMessageContainingAll(directory.toString(), "no gateway has run");
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aStoreOfAnotherReleaseIsNotRead() throws Exception {
        EmbeddedStore.open(directory).close();
        try (Database database = Database.toWrite(directory.resolve("spool.db"))) {
            database.execute("PRAGMA user_version = 1");
        }
        assertThatThrownBy(() -> StoreView.open(directory).close())
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("gatepost serve");
    }
}
