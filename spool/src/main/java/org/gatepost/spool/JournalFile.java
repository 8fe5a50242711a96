// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file of the journal. Threads of the journal's own write it through a channel, which an interrupt of one
/// that uses it would close for all. Any thread may read, so reading goes through a handle that knows no
/// interrupts.
class JournalFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalFile.class);

    private static final String DAMAGED = ".damaged";

    private final Path directory;
    private final int number;
    private final FileChannel channel;
    private final ReentrantLock reading = new ReentrantLock();
    private @Nullable RandomAccessFile reader; // opened when first needed; guarded by reading

    /// Opens the file of that number.
    JournalFile(Path directory, int number) throws IOException {
        this.directory = directory;
        this.number = number;
        this.channel = FileChannel.open(path(directory, number), StandardOpenOption.WRITE);
    }

    /// Whether nobody can say that it is absent.
    static boolean mayExist(Path directory, int number) {
        return !Files.notExists(path(directory, number));
    }

    private static Path path(Path directory, int number) {
        return directory.resolve(number + ".journal");
    }

    /// Makes a file of that number, not in use; durable at the return, with its name.
    static JournalFile create(Path directory, int number) throws IOException {
        // Under its name there is never less than a whole header.
        Path unnamed = directory.resolve(number + ".journal.new");
        try (FileChannel made = FileChannel.open(
                unnamed, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            made.write(JournalSegment.free());
            made.force(true);
        }
        Files.move(unnamed, path(directory, number), StandardCopyOption.ATOMIC_MOVE);
        ContentFiles.syncDirectory(directory);
        return new JournalFile(directory, number);
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
        write(JournalSegment.free(), 0);
        force();
    }

    /// Keeps the file under another name, where nobody writes to it, and makes a new one in its place; durable
    /// at the return.
    JournalFile setAside() throws IOException {
        Path aside = aside(0);
        for (int i = 1; Files.exists(aside); i++) {
            aside = aside(i);
        }
        Files.move(path(directory, number), aside);
        close();
        LOG.error("spool: a damaged file of the journal is kept as {}", aside);
        return create(directory, number);
    }

    /// Whether there are files that were set aside.
    static boolean anyAside(Path directory) throws IOException {
        try (DirectoryStream<Path> aside = Files.newDirectoryStream(directory, "*" + DAMAGED + "*")) {
            return aside.iterator().hasNext();
        }
    }

    private Path aside(int i) {
        return directory.resolve(number + ".journal" + DAMAGED + (i == 0 ? "" : i));
    }

    @Override
    public String toString() {
        return path(directory, number).toString();
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
            open = new RandomAccessFile(path(directory, number).toFile(), "r");
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
