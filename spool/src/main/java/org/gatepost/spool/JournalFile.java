// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file of the journal. Threads of the journal's own write it through a channel, which an interrupt of one that uses
/// it would close for all. Any thread may read, so reading goes through a handle that knows no interrupts.
final class JournalFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalFile.class);

    private final Path path;
    private final FileChannel channel;
    private final ReentrantLock reading = new ReentrantLock();
    private @Nullable RandomAccessFile reader; // opened when first needed; guarded by reading

    private JournalFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static boolean exists(Path directory, int number) {
        return Files.exists(path(directory, number));
    }

    private static Path path(Path directory, int number) {
        return directory.resolve(number + ".journal");
    }

    /// Opens the file of that number, which is made when it is absent.
    static JournalFile open(Path directory, int number) throws IOException {
        Path path = path(directory, number);
        return new JournalFile(path, FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    /// Makes a file of that number, whose name is durable at the return.
    static JournalFile create(Path directory, int number) throws IOException {
        JournalFile file = open(directory, number);
        try {
            ContentFiles.syncDirectory(directory);
            return file;
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    long size() throws IOException {
        return channel.size();
    }

    /// Writes all of the octets.
    void write(ByteBuffer octets, long offset) throws IOException {
        int start = octets.position();
        while (octets.hasRemaining()) {
            channel.write(octets, offset + octets.position() - start);
        }
    }

    void force() throws IOException {
        channel.force(false);
    }

    /// Whoever reads it next finds it not in use; durable at the return.
    void erase() throws IOException {
        write(ByteBuffer.allocate(JournalSegment.HEADER), 0);
        force();
    }

    /// @throws java.io.EOFException when the file ends before
    byte[] read(long offset, int length) throws IOException {
        byte[] octets = new byte[length];
        reading.lock();
        try {
            RandomAccessFile from = reader();
            from.seek(offset);
            from.readFully(octets);
        } finally {
            reading.unlock();
        }
        return octets;
    }

    private RandomAccessFile reader() throws IOException {
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        RandomAccessFile open = reader;
        if (open == null) {
            open = new RandomAccessFile(path.toFile(), "r");
            reader = open;
        }
        return open;
    }

    @Override
    public void close() {
        reading.lock();
        try (channel;
                RandomAccessFile _ = reader) {
            reader = null;
        } catch (IOException e) {
            LOG.debug("spool: closing a file of the journal failed: {}", e.getMessage());
        } finally {
            reading.unlock();
        }
    }
}
