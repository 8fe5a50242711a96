// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// A look into a store that a running gateway may have open. Takes no lock: SQLite lets others read, and make a
/// small change of their own, beside the process that writes.
public final class StoreView implements AutoCloseable {
    private final Path database;
    private final StoreFaults faults;
    private final Readers readers;

    private StoreView(Path database, StoreFaults faults) {
        this.database = database;
        this.faults = faults;
        this.readers = new Readers(database, faults);
    }

    /// @throws SpoolException when there is no store in the directory, it cannot be read, or it is another
    /// program's or of another format
    public static StoreView open(Path directory) {
        Path database = directory.resolve(EmbeddedStore.DATABASE);
        if (!Files.isReadable(database)) {
            throw new SpoolException(
                    "spool " + directory + ": "
                            + (Files.exists(database)
                                    ? "its database may not be read by this user"
                                    : "no gateway has run with it yet"),
                    null);
        }
        try {
            var view = new StoreView(database, new StoreFaults(directory, Files.getFileStore(directory)));
            try {
                view.readers.read(reader -> {
                    Schema.check(reader, database);
                    return true;
                });
                return view;
            } catch (SpoolException e) {
                view.close();
                throw e;
            }
        } catch (IOException e) {
            throw new SpoolException("spool " + directory + ": it cannot be read", e);
        }
    }

    public PlannedReports reportPlans() {
        return new EmbeddedPlannedReports(readers);
    }

    public CountedSessions sessions() {
        return new EmbeddedCountedSessions(readers);
    }

    /// The reports of others; what is asked to change throws.
    public ReceivedReports receivedReports() {
        return new EmbeddedReceivedReports(readers, new EmbeddedReceivedReports.Writer() {
            @Override
            public <T> T commit(long octets, GroupCommit.Change<T> change) {
                throw new UnsupportedOperationException("the store is open for reading only");
            }
        });
    }

    /// Has a day's waiting reports tried at the instant by the gateway that has the store open.
    ///
    /// @return how many
    public int hasten(LocalDate day, Optional<DomainName> domain, Instant now) {
        try (Database writer = Database.toWrite(database)) {
            return PlanTables.hasten(writer, day, domain, now);
        } catch (SQLException e) {
            throw faults.of(e);
        }
    }

    @Override
    public void close() {
        readers.close();
    }
}
