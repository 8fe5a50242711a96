// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.LocalDate;
import java.util.List;
import org.gatepost.tlsrpt.SessionResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The session log of an [EmbeddedStore].
final class EmbeddedSessionLog extends EmbeddedCountedSessions implements SessionLog {
    /// Sums forgotten in one transaction, so that others need not wait long.
    private static final int FORGOTTEN_TOGETHER = 500;

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedSessionLog.class);

    private final EmbeddedStore store;
    private boolean full; // the writer thread's own

    EmbeddedSessionLog(EmbeddedStore store) {
        super(store.readers());
        this.store = store;
    }

    @Override
    public void record(List<SessionResult> results) {
        if (results.isEmpty()) {
            return;
        }
        List<SessionResult> counted = List.copyOf(results);
        store.writer()
                .submit(
                        database -> {
                            boolean all = true;
                            for (SessionResult result : counted) {
                                all &= SessionTables.count(database, result);
                            }
                            tellWhenFull(!all);
                            return all;
                        },
                        trouble -> LOG.error(
                                "tls reports: {} results for {} are not counted: {}",
                                counted.size(),
                                counted.getFirst().reportDomain(),
                                trouble.getMessage()));
    }

    /// Once, not for each session of a flood.
    private void tellWhenFull(boolean isFull) {
        if (isFull && !full) {
            LOG.error(
                    "tls reports: the day has {} sums; sessions under further policies are not counted",
                    SessionTables.MAX_SUMS);
        }
        full = isFull;
    }

    @Override
    public void close(LocalDate day) {
        long last = day.toEpochDay();
        store.writer()
                .commit(0, database -> database.update("UPDATE session_closed SET day = ? WHERE day < ?", last, last));
    }

    @Override
    public boolean reopenAfter(LocalDate day) {
        long last = day.toEpochDay();
        return store.writer()
                        .commit(
                                0,
                                database -> database.update(
                                        "UPDATE session_closed SET day = ? WHERE day > ?", last, last + 1))
                > 0;
    }

    @Override
    public void forget(LocalDate before) {
        long day = before.toEpochDay();
        boolean more = true;
        while (more) {
            more = store.writer().commit(0, database -> SessionTables.forgetSome(database, day, FORGOTTEN_TOGETHER));
        }
    }
}
