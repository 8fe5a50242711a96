// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.JournalRecord.Accepted;
import org.gatepost.spool.QueueTables.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is left of a journal when a store is opened, brought into the tables. May be cut short at any point and
/// done again.
///
/// @param highestId the highest id ever given to a message
/// @param freeFiles the journal's files
/// @param whole whether nothing of it is damaged or set aside: what no message is known for then may be removed
record JournalRecovery(long highestId, List<JournalFile> freeFiles, boolean whole) {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRecovery.class);
    private static final int AT_ONCE = 500;
    private static final long OCTETS_AT_ONCE = 16L << 20;

    /// More than the records in a journal.
    private static final long MOST_IDS = 1 << 22;

    JournalRecovery {
        freeFiles = List.copyOf(freeFiles);
    }

    /// @param directory of the journal
    /// @param contents where the files of large contents are
    static JournalRecovery run(Path directory, Path contents, Database database) throws IOException, SQLException {
        try (JournalReplay replay = JournalReplay.open(directory)) {
            finishMoved(replay, database);
            var batch = new Batch(database, contents);
            replay.survivors(batch::add);
            batch.store();
            boolean whole = !replay.isDamaged() && !JournalFile.anyAside(directory);
            long highestId = Math.max(QueueTables.highestId(database), replay.highestId());
            if (!whole) {
                // What cannot be read may be where the last ids were given.
                highestId += MOST_IDS;
            }
            QueueTables.reserveIds(database, highestId);
            if (batch.stored > 0) {
                LOG.info("spool: {} messages of the journal are moved to the database", batch.stored);
            }
            List<JournalFile> files = replay.release();
            QueueTables.forgetMoved(database, Long.MAX_VALUE);
            return new JournalRecovery(highestId, files, whole);
        }
    }

    /// A message may be finished in the journal when it has moved already: after a commit that was told to have
    /// failed and had not.
    private static void finishMoved(JournalReplay replay, Database database) throws SQLException {
        database.execute("BEGIN IMMEDIATE");
        for (long value : replay.idsOfFinished()) {
            var id = new MessageId(value);
            if (QueueTables.hasMoved(database, id)) {
                QueueTables.finish(database, id, replay.finished(value));
                QueueTables.markMoved(database, id); // it may be gone from the tables by that
            }
        }
        database.execute("COMMIT");
    }

    private record Survivor(Accepted message, BitSet finished) {}

    /// Messages that become durable together.
    private static final class Batch {
        private final Database database;
        private final Path contents;
        private final List<Survivor> waiting = new ArrayList<>();
        private long octets;
        private int stored;

        Batch(Database database, Path contents) {
            this.database = database;
            this.contents = contents;
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
                if (!QueueTables.hasMoved(database, survivor.message().id()) && hasContent(survivor)) {
                    insert(survivor.message(), survivor.finished());
                }
            }
            database.execute("COMMIT");
            waiting.clear();
            octets = 0;
        }

        /// A message that was refused after all has no file, for that went with its draft; or it was offered
        /// again, and the file is another's. Only files that are known to be absent count as gone.
        private boolean hasContent(Survivor survivor) throws SQLException {
            Accepted message = survivor.message();
            if (!(message.content().place() instanceof StoredContent.Place.File(String name))) {
                return true;
            }
            if (Files.notExists(contents.resolve(name))) {
                tellGone(message, survivor.finished(), contents.resolve(name));
                return false;
            }
            return !QueueTables.hasFile(database, name);
        }

        private static void tellGone(Accepted message, BitSet finished, Path file) {
            List<Mailbox> recipients = message.envelope().recipients();
            LOG.error(
                    "spool: message {} from <{}> to {} stands in the journal without its content, and is left out: it was"
                            + " refused to its client, which then knows, or {} is lost; check the disk and the kernel log",
                    message.id(),
                    message.envelope().reversePath().map(Mailbox::toString).orElse(""),
                    IntStream.range(0, recipients.size())
                            .filter(index -> !finished.get(index))
                            .mapToObj(index -> recipients.get(index).toString())
                            .collect(Collectors.joining(", ")),
                    file);
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
