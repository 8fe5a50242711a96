// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directory of large contents: one file a message, written once, named at random.
final class ContentFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ContentFiles.class);

    /// Names looked at in one sweep, at most.
    private static final int SWEEP = 100_000;

    private final Path directory;
    private final StoreFaults faults;

    ContentFiles(Path directory, StoreFaults faults) {
        this.directory = directory;
        this.faults = faults;
    }

    Path create() {
        try {
            return Files.createTempFile(directory, "m", ".content");
        } catch (IOException e) {
            throw faults.of(directory, e);
        }
    }

    FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.WRITE);
    }

    Path resolve(String name) {
        return directory.resolve(name);
    }

    SpoolException fault(Path file, IOException error) {
        return faults.of(file, error);
    }

    /// Makes a written file durable, and then its name.
    void sync(FileChannel file) throws IOException {
        file.force(true);
        syncDirectory(directory);
    }

    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    /// A file that stays after all is found by the next sweep.
    void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("spool: could not remove {}; the next start tries again", file);
        }
    }

    /// Removes what a crash left behind: files written before their message was committed, or whose message is
    /// gone.
    ///
    /// @param isInUse whether a message has its content in the file of that name
    void sweep(Predicate<String> isInUse) {
        int seen = 0;
        int removed = 0;
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (seen++ == SWEEP) {
                    LOG.warn("spool: more than {} files in {}; the rest is swept at the next start", SWEEP, directory);
                    break;
                }
                if (!isInUse.test(file.getFileName().toString())) {
                    remove(file);
                    removed++;
                }
            }
        } catch (IOException e) {
            throw faults.of(directory, e);
        } catch (DirectoryIteratorException e) {
            throw faults.of(directory, new IOException(e));
        }
        if (removed > 0) {
            LOG.info("spool: removed {} contents without a message from {}, left by a crash", removed, directory);
        }
    }
}
