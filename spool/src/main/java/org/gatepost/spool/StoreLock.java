// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The claim of one process on a spool directory: an operating-system lock on the file `lock`, which ends with
/// the process however it ends. The file holds the owner's process id, for the message to the second one, and
/// is never deleted: that would let two processes lock two files of the same name.
final class StoreLock implements AutoCloseable {
    // POSIX drops a process's locks on a file when any of its descriptors for the file is closed. A second opener in
    // this very process must therefore be stopped before it touches the file.
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private StoreLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /// @param directory its real path, without symbolic links
    /// @throws StoreInUseException when the directory is in use
    /// @throws IOException when the lock file cannot be written
    static StoreLock acquire(Path directory) throws IOException {
        if (!OPEN_HERE.add(directory)) {
            throw inUse(directory, "this process");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    directory.resolve("lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            claim(directory, channel);
            return new StoreLock(directory, channel);
        } catch (IOException | RuntimeException e) {
            OPEN_HERE.remove(directory);
            closeQuietly(channel);
            throw e;
        }
    }

    private static void claim(Path directory, FileChannel channel) throws IOException {
        FileLock lock = channel.tryLock();
        if (lock == null) {
            throw inUse(directory, "process " + owner(channel));
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    }

    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        String owner = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
        return owner.matches("[0-9]+") ? owner : "of another kind";
    }

    private static SpoolException inUse(Path directory, String who) {
        return new StoreInUseException(
                "spool " + directory + ": in use by " + who + "; one directory serves one gateway at a time");
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The lock is gone with the descriptor either way.
        }
    }

    @Override
    public void close() {
        if (channel.isOpen()) {
            closeQuietly(channel);
            OPEN_HERE.remove(directory);
        }
    }
}
