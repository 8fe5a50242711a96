// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedQueueControlTest extends QueueControlContract {
    @TempDir
    Path directory;

    private EmbeddedStore store;

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory.resolve("spool"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    Spool spool() {
        return store.spool();
    }

    @Override
    void reopen() {
        store.close();
        open();
    }

    /// With a million messages queued, what is looked for at each change of a policy must not be searched for.
    @Test
    void failuresOfADomainAreFoundByTheirIndex() {
        List<String> plan = store.readers()
                .read(database -> database.all(
                        row -> row.getString("detail"),
                        "EXPLAIN QUERY PLAN SELECT id, failure" + ControlTables.FAILED
                                + " AND held IS NULL AND due > ?",
                        "example.net",
                        0L));
        assertThat(plan).singleElement().asString().contains("recipient_failure");
    }
}
