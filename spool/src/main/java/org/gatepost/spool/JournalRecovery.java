// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.gatepost.spool.JournalRecord.Accepted;
import org.gatepost.spool.QueueTables.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is left of a journal when a store is opened, brought into the tables. May be cut short at any point and
/// done again.
///
/// @param highestId the highest id ever given to a message
/// @param freeFiles the journal's files
record JournalRecovery(long highestId, List<JournalFile> freeFiles) {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRecovery.class);
    private static final int AT_ONCE = 500;
    private static final long OCTETS_AT_ONCE = 16L << 20;

    JournalRecovery {
        freeFiles = List.copyOf(freeFiles);
    }

    /// @param directory of the journal
    static JournalRecovery run(Path directory, Database database) throws IOException, SQLException {
        try (JournalReplay replay = JournalReplay.open(directory)) {
            var batch = new Batch(database);
            replay.survivors(batch::add);
            batch.store();
            long highestId = Math.max(QueueTables.highestId(database), replay.highestId());
            QueueTables.reserveIds(database, highestId);
            if (batch.stored > 0) {
                LOG.info("spool: {} messages of the journal are moved to the database", batch.stored);
            }
            List<JournalFile> files = replay.release();
            QueueTables.forgetMoved(database, Long.MAX_VALUE);
            return new JournalRecovery(highestId, files);
        }
    }

    private record Survivor(Accepted message, BitSet finished) {}

    /// Messages that become durable together.
    private static final class Batch {
        private final Database database;
        private final List<Survivor> waiting = new ArrayList<>();
        private long octets;
        private int stored;

        Batch(Database database) {
            this.database = database;
        }

        void add(Accepted message, BitSet finished) throws SQLException {
            waiting.add(new Survivor(message, finished));
            octets += message.content().size();
            if (waiting.size() >= AT_ONCE || octets >= OCTETS_AT_ONCE) {
                store();
            }
        }

        void store() throws SQLException {
            database.execute("BEGIN IMMEDIATE");
            for (Survivor survivor : waiting) {
                if (!QueueTables.isMoved(database, survivor.message().id())) {
                    insert(survivor.message(), survivor.finished());
                }
            }
            database.execute("COMMIT");
            waiting.clear();
            octets = 0;
        }

        private void insert(Accepted message, BitSet finished) throws SQLException {
            QueueTables.insert(
                    database,
                    message.id(),
                    new Incoming(message.envelope(), message.arrived(), message.due(), message.content()),
                    finished);
            QueueTables.markMoved(database, message.id());
            stored++;
        }
    }
}
