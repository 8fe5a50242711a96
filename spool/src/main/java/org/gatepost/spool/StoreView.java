// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// An embedded store as a process sees it that only looks: beside a running gateway, without its lock, and without
/// changing anything. What is asked to change throws.
public final class StoreView implements AutoCloseable {
    private final Readers readers;

    private StoreView(Readers readers) {
        this.readers = readers;
    }

    /// @throws SpoolException when there is no store in the directory, or one that this release cannot read
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
            var faults = new StoreFaults(directory, Files.getFileStore(directory));
            var readers = new Readers(database, faults);
            try {
                readers.read(reader -> {
                    Schema.check(reader, database);
                    return true;
                });
                return new StoreView(readers);
            } catch (SpoolException e) {
                readers.close();
                throw e;
            }
        } catch (IOException e) {
            throw new SpoolException("spool " + directory + ": it cannot be read", e);
        }
    }

    public ReceivedReports receivedReports() {
        return new EmbeddedReceivedReports(readers, new EmbeddedReceivedReports.Writer() {
            @Override
            public <T> T commit(long octets, GroupCommit.Change<T> change) {
                throw new UnsupportedOperationException("the store is open for reading only");
            }
        });
    }

    @Override
    public void close() {
        readers.close();
    }
}
