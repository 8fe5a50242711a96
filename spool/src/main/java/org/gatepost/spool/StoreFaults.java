// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Path;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// Turns what the disk and the database report into one line with the place and what to do about it.
final class StoreFaults {
    /// Below this, an input/output error is taken for a full disk: SQLite reports some failures to extend a
    /// file so.
    private static final long NEARLY_NOTHING = 1 << 20;

    private final Path directory;
    private final FileStore disk;

    StoreFaults(Path directory, FileStore disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /// @param error with SQLite's result code; other codes are told by their SQLite names
    SpoolException of(SQLException error) {
        SQLiteErrorCode code = error instanceof SQLiteException e ? e.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
        return switch (error.getErrorCode() & 0xff) {
            case 13 -> full(error);
            case 10 -> isNearlyFull() ? full(error) : inputOutput(code.name(), error);
            case 3, 8, 14, 23 -> notWritable(error);
            case 11, 26 -> damaged(code.name(), error);
            case 5, 6 ->
                new SpoolException(
                        "spool database " + database() + ": another program holds it locked; end that program", error);
            case 7 ->
                new SpoolException("spool database " + database() + ": no memory left; give the process more", error);
            default ->
                new SpoolException(
                        "spool database " + database() + ": the request failed with " + code.name()
                                + "; please report this",
                        error);
        };
    }

    SpoolException of(Path file, IOException error) {
        if (error instanceof java.nio.file.AccessDeniedException || disk.isReadOnly()) {
            return notWritable(error);
        }
        return isNearlyFull() ? full(error) : inputOutput(file.getFileName().toString(), error);
    }

    /// The disk has less than the reserve left.
    SpoolException belowReserve(long reserve) {
        return new SpoolException(
                "spool " + directory + ": less than " + (reserve >> 20)
                        + " MiB free on its disk; new messages are refused until space is freed there",
                null);
    }

    /// The disk has less left than received reports leave free.
    SpoolException belowReserveOfReports() {
        return new SpoolException(
                "spool " + directory + ": little room on its disk; TLS reports are refused until space is freed there",
                null);
    }

    SpoolException closed() {
        return new SpoolException("spool " + directory + ": it is closed", null);
    }

    /// What is stored under the name contradicts what was written.
    SpoolException damagedRecord(String what, @Nullable Throwable cause) {
        return new SpoolException(
                "spool " + directory + ": " + what + " is damaged; check the disk and the kernel log", cause);
    }

    /// Octets that may still be written; 0 when the disk does not tell.
    long usableSpace() {
        try {
            return disk.getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    private boolean isNearlyFull() {
        return usableSpace() < NEARLY_NOTHING;
    }

    private SpoolException full(Throwable cause) {
        return new SpoolException(
                "spool " + directory + ": its disk is full; free space there, the work goes on by itself then", cause);
    }

    private SpoolException inputOutput(String what, Throwable cause) {
        return new SpoolException(
                "spool " + directory + ": the disk reports an error (" + what + "); check the disk and the kernel log",
                cause);
    }

    private SpoolException notWritable(Throwable cause) {
        return new SpoolException(
                "spool " + directory
                        + ": it cannot be written; check that the mount is not read-only and that the directory"
                        + " belongs to the user the gateway runs as",
                cause);
    }

    private SpoolException damaged(String what, Throwable cause) {
        return new SpoolException(
                "spool database " + database() + " is damaged or no database (" + what
                        + "); stop the gateway, keep a copy of the directory, then restore it or start with an empty one",
                cause);
    }

    private Path database() {
        return directory.resolve(EmbeddedStore.DATABASE);
    }
}
