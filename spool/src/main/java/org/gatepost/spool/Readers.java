// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The connections that read: a few, shared by all threads; each reading sees one state of the database.
final class Readers implements AutoCloseable {
    /// What one reading does.
    interface Reading<T> {
        T read(Database database) throws SQLException;
    }

    private static final int CONNECTIONS = 4;
    private static final int CLOSE_SECONDS = 10;

    private final Path file;
    private final StoreFaults faults;
    private final Semaphore permits = new Semaphore(CONNECTIONS, true);
    private final Queue<Database> idle = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    Readers(Path file, StoreFaults faults) {
        this.file = file;
        this.faults = faults;
    }

    /// @throws SpoolException when the database cannot be read
    <T> T read(Reading<T> reading) {
        return withConnection(database -> {
            database.execute("BEGIN");
            T result = reading.read(database);
            database.execute("COMMIT");
            return result;
        });
    }

    /// The same for a reading of one statement, which sees one state by itself and is spared the transaction.
    ///
    /// @throws SpoolException when the database cannot be read
    <T> T readOne(Reading<T> reading) {
        return withConnection(reading);
    }

    private <T> T withConnection(Reading<T> reading) {
        permits.acquireUninterruptibly();
        try {
            if (closed) {
                throw faults.closed();
            }
            return readWithPermit(reading);
        } catch (SQLException e) {
            throw faults.of(e);
        } finally {
            permits.release();
        }
    }

    private <T> T readWithPermit(Reading<T> reading) throws SQLException {
        Database kept = idle.poll();
        Database database = kept == null ? Database.toRead(file) : kept;
        boolean sound = false;
        try {
            T result = reading.read(database);
            sound = true;
            return result;
        } finally {
            if (sound) {
                idle.add(database);
            } else {
                database.close();
            }
        }
    }

    /// Waits for the readings under way, within bounds.
    @Override
    public void close() {
        closed = true;
        boolean quiet = false;
        try {
            quiet = permits.tryAcquire(CONNECTIONS, CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        idle.forEach(Database::close);
        idle.clear();
        if (quiet) {
            permits.release(CONNECTIONS);
        }
    }
}
