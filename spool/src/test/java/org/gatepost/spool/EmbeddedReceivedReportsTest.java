// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
