// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The store of a gateway that runs on one machine: the queue, the policy memory and the sums for TLS reports in
/// one directory, without any other service. One process at a time has it open.
///
/// ## In the directory
/// | file | what it is |
/// |---|---|
/// | `lock` | locked by the process that has the store open; holds its process id; never deleted |
/// | `spool.db` | the SQLite database; `spool.db-wal` and `spool.db-shm` belong to it and must stay with it |
/// | `content/` | one file for each message whose content is larger than 256 KiB |
/// | `journal/` | new messages until they are delivered or moved to the database; see [Journal] |
///
/// ## Tables
/// The database carries `application_id` "GPsp" and the format in `user_version`. Instants are nanoseconds
/// since 1970.
///
/// - `message`: a message with at least one unfinished recipient, of which `unfinished` counts how many.
///   `flags` are 1 for SMTPUTF8, 2 for 8BITMIME, 4 for mail that goes without TLS, 8 for TLS reports of ours,
///   16 for REQUIRETLS; `reverse_path` is empty for `<>`; `dsn` is what MAIL asked of reports, see [DsnText].
/// - `recipient`: a recipient of such a message, its `id` = message id × 65536 + place in the envelope. `due`
///   is null once it is finished. `history` holds lines ended by LF. `held` is since when it is on hold, null in
///   service; `failure` holds words on the last attempt; `domain` is computed from `mailbox`. `dsn` is what RCPT
///   asked of reports; `delay_reported` is 1 once the sender was told of a delay. Served in the order
///   (`due`, `id`), which is an index without those on hold.
/// - `content`: a message's content, either as `octets` or in `content/` under `file`; `crc` is its CRC-32C.
/// - `total`: one row, the sums that [Spool#depth] tells, kept in step by every transaction.
/// - `journal_moved`: ids of messages whose place is here, whatever the journal says of them.
/// - `policy`: what is remembered of a policy domain; `due` is null when it is not refreshed until it is used
///   again.
/// - `received_…`: the TLS reports of others, see [ReceivedTables].
/// - `session_…`: sums of sessions for TLS reports; see [SessionTables].
/// - `report_…`: the reports to be sent; see [PlanTables].
///
/// ## Invariants
/// 1. Rows of `recipient` and `content` exist exactly for the rows of `message`.
/// 2. `message.unfinished` = rows of its recipients with a `due`; never 0.
/// 3. Message ids only grow and are never given twice; `sqlite_sequence` and the journal know the last one.
/// 4. A message is in the journal or in the tables: in the journal while one of its files holds the record that it
///    was accepted, none says that all its recipients are finished, and `journal_moved` does not hold its id.
/// 5. A file that `content` names is complete and durable before the row is.
///
/// ## Crash rules
/// - A change is one transaction; SQLite's write-ahead log is synced before the caller hears of it
///   (`synchronous=FULL`). What was committed is there after a crash or a power cut, what was not has left no
///   trace in the database.
/// - Content files: written, synced, directory synced, then the row committed. Rows deleted, then the file. So
///   a crash leaves at most files without a row, which [#open] sweeps.
/// - The journal: a record is synced before the caller hears of it. [#open] moves what is left of it to the tables
///   and empties it; what was not acknowledged may be found or not. A file is emptied, durably, only when all its
///   messages are finished or moved, and the older file first.
/// - A message of the journal whose content's file is gone is left out, and told: only one that was refused to its
///   client loses its file so.
/// - A file of the journal that is damaged, or cannot be written, is kept under another name, and until an
///   operator has removed it no file of a content is swept: it may be of a message there.
/// - The sector in which one sync ended is written again by the next, in the journal and in SQLite's log: we
///   rely on the disk to leave a sector as it was or as it is to be when the power fails.
/// - Leases are in memory: after a crash everything unfinished is up for service again.
/// - On an input/output error the transaction is rolled back and the caller told; the store goes on with the
///   next.
public final class EmbeddedStore implements AutoCloseable {
    static final String DATABASE = "spool.db";
    static final String JOURNAL = "journal";
    private static final String CONTENT = "content";
    private static final int RESERVES_FREE_OF_REPORTS = 4;
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);

    private final StoreSettings settings;
    private final StoreFaults faults;
    private final StoreLock lock;
    private final ContentFiles files;
    private final Readers readers;
    private final GroupCommit writer;
    private final AtomicLong lastId;
    private final Journal journal;
    private final EmbeddedSpool spool;
    private final EmbeddedPolicyMemory policyMemory;
    private final ReceivedReports receivedReports;
    private final SessionLog sessionLog;
    private final ReportPlans reportPlans;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedStore(
            Path directory, StoreSettings settings, StoreFaults faults, StoreLock lock, JournalRecovery recovered) {
        Path database = directory.resolve(DATABASE);
        this.settings = settings;
        this.faults = faults;
        this.lock = lock;
        this.files = new ContentFiles(directory.resolve(CONTENT), faults);
        this.readers = new Readers(database, faults);
        this.writer = new GroupCommit(database, faults, settings);
        this.lastId = new AtomicLong(recovered.highestId());
        this.journal = new Journal(
                directory.resolve(JOURNAL), settings.journal(), () -> lastId.get() + 1, recovered.freeFiles());
        this.spool = new EmbeddedSpool(this);
        this.policyMemory = new EmbeddedPolicyMemory(this);
        this.receivedReports = new EmbeddedReceivedReports(readers, this::commitReport);
        this.sessionLog = new EmbeddedSessionLog(this);
        this.reportPlans = new EmbeddedReportPlans(this, spool.results());
    }

    /// Opens the store in the directory, which is created, for its owner alone, when it is absent.
    ///
    /// @throws StoreInUseException when another process has it open
    /// @throws SpoolException when the directory cannot be written, or holds a database that is damaged, another
    ///     program's or a newer gateway's
    public static EmbeddedStore open(Path directory) {
        return open(directory, StoreSettings.DEFAULT);
    }

    static EmbeddedStore open(Path directory, StoreSettings settings) {
        Path real = prepare(directory);
        try {
            var faults = new StoreFaults(real, Files.getFileStore(real));
            StoreLock lock = StoreLock.acquire(real);
            try {
                return open(real, settings, faults, lock);
            } catch (SQLException e) {
                lock.close();
                throw faults.of(e);
            } catch (IOException | RuntimeException | Error e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw notUsable(real, e);
        }
    }

    private static EmbeddedStore open(Path directory, StoreSettings settings, StoreFaults faults, StoreLock lock)
            throws SQLException, IOException {
        createPrivate(directory.resolve(CONTENT));
        createPrivate(directory.resolve(JOURNAL));
        Path database = directory.resolve(DATABASE);
        JournalRecovery recovered;
        try (Database first = Database.toWrite(database)) {
            Schema.prepare(first, database);
            recovered = JournalRecovery.run(directory.resolve(JOURNAL), directory.resolve(CONTENT), first);
        }
        ContentFiles.syncDirectory(directory);
        var store = new EmbeddedStore(directory, settings, faults, lock, recovered);
        try {
            if (recovered.whole()) {
                store.files.sweep(name -> store.readers.read(reader -> QueueTables.hasFile(reader, name)));
            } else {
                LOG.warn(
                        "spool: contents without a message stay in {} while there is a damaged file in {}",
                        directory.resolve(CONTENT),
                        directory.resolve(JOURNAL));
            }
            store.policyMemory.open();
            Spool.Depth depth = store.spool.depth();
            LOG.debug("spool {}: {} messages to {} recipients", directory, depth.messages(), depth.recipients());
            return store;
        } catch (RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    private static Path prepare(Path directory) {
        // The database's address is a URL of sorts, in which a question mark begins the options.
        if (directory.toString().indexOf('?') >= 0) {
            throw new SpoolException("spool " + directory + ": the path must not have a question mark", null);
        }
        try {
            createPrivate(directory);
            return directory.toRealPath();
        } catch (IOException e) {
            throw notUsable(directory, e);
        }
    }

    /// Mail is private: a directory we make is open to its owner only. One that exists stays as the operator
    /// made it.
    private static void createPrivate(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectory(directory);
        }
        if (parent != null) {
            ContentFiles.syncDirectory(parent);
        }
    }

    private static SpoolException notUsable(Path directory, IOException cause) {
        return new SpoolException(
                "spool " + directory
                        + ": it cannot be used as a directory to write to; check the path, its owner, and that its disk"
                        + " is neither full nor mounted read-only",
                cause);
    }

    /// The queue; closing it closes the store.
    public Spool spool() {
        return spool;
    }

    public PolicyMemory policyMemory() {
        return policyMemory;
    }

    public ReceivedReports receivedReports() {
        return receivedReports;
    }

    /// The sums of sessions that TLS reports are made of.
    public SessionLog sessionLog() {
        return sessionLog;
    }

    /// The TLS reports to be sent.
    public ReportPlans reportPlans() {
        return reportPlans;
    }

    /// Strangers decide how much comes as reports, so that these leave more of the disk free than mail does.
    private <T> T commitReport(long octets, GroupCommit.Change<T> change) {
        if (octets > 0 && faults.usableSpace() / RESERVES_FREE_OF_REPORTS < settings.reserve()) {
            throw faults.belowReserveOfReports();
        }
        return writer.commit(octets, change);
    }

    StoreSettings settings() {
        return settings;
    }

    StoreFaults faults() {
        return faults;
    }

    ContentFiles files() {
        return files;
    }

    Readers readers() {
        return readers;
    }

    Journal journal() {
        return journal;
    }

    /// An id that no message ever had.
    MessageId nextId() {
        return new MessageId(lastId.incrementAndGet());
    }

    /// The highest id given to a message.
    long lastId() {
        return lastId.get();
    }

    GroupCommit writer() {
        return writer;
    }

    /// Waits until what was handed in before is durable, then lets go of the directory. What is asked
    /// afterwards throws [SpoolException]. Closing again does nothing.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            // Closed in the opposite order, each whatever becomes of the others.
            try (lock;
                    journal;
                    readers;
                    writer) {
                spool.settle();
            }
        }
    }
}
