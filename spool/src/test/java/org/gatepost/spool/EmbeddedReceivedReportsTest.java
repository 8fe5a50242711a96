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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedReceivedReportsTest extends ReceivedReportsContract {
    @TempDir
    Path directory;

    private EmbeddedStore store;

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void aDiskWithLittleRoomTakesMailButNoReports() throws Exception {
        store.close();
        long room = Files.getFileStore(directory).getUsableSpace();
        store = EmbeddedStore.open(directory, StoreSettings.DEFAULT.withReserve(room / 2));
        ReceivedReport report = new ReceivedReport(
                new TlsReport(
                        "A",
                        Instant.parse("2026-11-27T00:00:00Z"),
                        Instant.parse("2026-11-27T23:59:59Z"),
                        Optional.empty(),
                        "1",
                        List.of(new PolicyResult(
                                new ReportedPolicy("sts", List.of(), "example.com", List.of()), 1, 0, List.of()))),
                new Arrival(Instant.parse("2026-11-28T09:00:00Z"), Way.HTTPS, "192.0.2.1", Signature.ABSENT),
                List.of());
        assertThatThrownBy(() -> store.receivedReports().store(report, Set.of(DomainName.parse("example.com"))))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("reports are refused");
        assertThat(store.receivedReports().purge(Instant.EPOCH, 1)).isZero();
    }

    @Override
    ReceivedReports reports() {
        return store.receivedReports();
    }

    @Override
    void reopen() {
        store.close();
        open();
    }
}
