// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A log of what happened to messages that are new, made durable by one sync for all that came in meanwhile. It
/// spares a message that is delivered at once the way through the tables.
///
/// The log lies in a few files of fixed size, used in turn. A file is free again when every message in it has
/// left the journal: finished, or moved to the tables. Files are freed in the order in which they were begun, for
/// a later file may say that a message of an earlier one is finished.
///
/// When all files are in use, or the disk fails, nothing is appended and the caller is told so: it goes to the
/// tables, and nobody waits.
final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final int BUFFER = 1 << 20;
    private static final int MOST_PENDING = 2048;
    private static final byte[] NO_OCTETS = {};

    /// Octets kept free at the end of a file.
    private static final int MARK = JournalSegment.size(JournalRecord.synced().length);

    private final Path directory;
    private final Settings settings;
    private final LongSupplier nextId;
    private final String notWritten;
    private final Thread thread;
    private final SecureRandom salts = new SecureRandom();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Pending> queue = new ArrayDeque<>(MOST_PENDING + 1); // never grows; guarded by lock
    private final Deque<JournalSegment> segments = new ArrayDeque<>(); // oldest first; guarded by lock
    private final Deque<JournalFile> free = new ArrayDeque<>(); // guarded by lock
    private int files; // guarded by lock
    private long sequence; // guarded by lock
    private @Nullable JournalSegment current; // what is active, for other threads; guarded by lock
    private boolean closed; // guarded by lock

    // The writer thread's own.
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private final List<Pending> batch = new ArrayList<>(MOST_PENDING);
    private final List<Pending> unsynced = new ArrayList<>(MOST_PENDING); // of the batch, in the active file
    private @Nullable JournalSegment active;
    private long flushed; // where in the active file the buffer's octets go
    private long synced; // what of the active file is durable
    private boolean troubled; // told and not over

    /// @param segment octets of a file
    /// @param files how many
    record Settings(long segment, int files) {
        static final Settings DEFAULT = new Settings(64L << 20, 4);
    }

    /// Where a record's body begins.
    record Place(JournalSegment segment, long offset) {}

    /// What became of a record.
    sealed interface Outcome {
        /// It is durable.
        record Written(Place place) implements Outcome {}

        /// It is not there.
        record Refused() implements Outcome {}

        /// The disk failed: it may be there, and be found after a crash.
        record Unknown() implements Outcome {}
    }

    private static final Outcome REFUSED = new Outcome.Refused();
    private static final Outcome UNKNOWN = new Outcome.Unknown();

    private static final class Pending {
        final byte type;
        final long id;
        final byte[] head;
        final byte[] tail;
        final int crc;
        final Answer<Outcome> outcome = new Answer<>();
        private boolean begun;
        private Outcome whenDurable = UNKNOWN;

        Pending(byte type, long id, byte[] head, byte[] tail) {
            this.type = type;
            this.id = id;
            this.head = head;
            this.tail = tail;
            var sum = new CRC32C();
            sum.update(head, 0, head.length);
            sum.update(tail, 0, tail.length);
            this.crc = (int) sum.getValue();
        }

        int length() {
            return head.length + tail.length;
        }

        /// What it adds to the messages in its file.
        int messages() {
            return type == JournalRecord.ACCEPTED ? 1 : 0;
        }
    }

    /// @param directory exists; its files are those of [JournalReplay], all of them free
    /// @param nextId no id from here on has been given away
    Journal(Path directory, Settings settings, LongSupplier nextId, List<JournalFile> freeFiles) {
        this.directory = directory;
        this.settings = settings;
        this.nextId = nextId;
        this.free.addAll(freeFiles);
        this.files = freeFiles.size();
        this.notWritten =
                "spool: the journal in " + directory + " cannot be written; messages go to the database meanwhile";
        this.thread = Thread.ofPlatform().name("journal-writer").daemon(true).start(this::work);
    }

    /// Appends a message that was taken in; returns when it is durable, or is not going to be.
    Outcome accepted(MessageId id, byte[] head, byte[] content) {
        return head.length + (long) content.length > JournalSegment.LARGEST
                ? REFUSED
                : append(new Pending(JournalRecord.ACCEPTED, id.value(), head, content));
    }

    /// Appends that recipients are finished; returns when it is durable.
    ///
    /// @return whether it was appended
    boolean finished(MessageId id, List<Integer> indexes) {
        return indexes.size() < RecipientKey.MAX_RECIPIENTS
                && append(new Pending(
                                JournalRecord.FINISHED, id.value(), JournalRecord.finished(id, indexes), NO_OCTETS))
                        instanceof Outcome.Written;
    }

    private Outcome append(Pending pending) {
        lock.lock();
        try {
            if (closed || queue.size() >= MOST_PENDING) {
                return REFUSED;
            }
            queue.add(pending);
            arrived.signal();
        } finally {
            lock.unlock();
        }
        return pending.outcome.await();
    }

    private void work() {
        boolean more = true;
        while (more) {
            try {
                if (isIdle()) {
                    mark();
                }
                more = take();
                commit();
            } catch (IOException | RuntimeException | Error e) {
                abandon(e);
            }
        }
    }

    private boolean isIdle() {
        lock.lock();
        try {
            return queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /// Fills the batch.
    ///
    /// @return whether there is one; not when the journal is closed and all is done
    private boolean take() {
        batch.clear();
        unsynced.clear();
        lock.lock();
        try {
            while (queue.isEmpty() && !closed) {
                arrived.awaitUninterruptibly();
            }
            for (Pending next = queue.poll(); next != null; next = queue.poll()) {
                batch.add(next);
            }
            return !batch.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void commit() throws IOException {
        for (Pending pending : batch) {
            int size = JournalSegment.size(pending.length());
            JournalSegment segment = active;
            if (segment == null || segment.end() + size + MARK > settings.segment()) {
                sync();
                mark();
                segment = begin().orElse(null);
                active = segment;
            }
            if (segment == null) {
                pending.outcome.tell(REFUSED);
            } else {
                write(segment, pending);
                unsynced.add(pending);
            }
        }
        sync();
    }

    /// Says what the records so far have become, where no other record does: that they were durable. The mark
    /// itself need not be.
    private void mark() throws IOException {
        JournalSegment segment = active;
        if (segment != null && segment.end() == synced && synced > JournalSegment.HEADER) {
            write(segment, new Pending(JournalRecord.SYNCED, 0, JournalRecord.synced(), NO_OCTETS));
            drain(segment);
        }
    }

    private void write(JournalSegment segment, Pending pending) throws IOException {
        pending.begun = true;
        if (pending.type == JournalRecord.ACCEPTED) {
            note(segment, pending.id);
        }
        long offset = segment.end();
        var head = new JournalSegment.Head(pending.length(), pending.type, pending.crc, (int) synced);
        room(segment, JournalSegment.HEAD);
        head.write(buffer);
        buffer.putInt(segment.headCrc(offset, head));
        put(segment, pending.head);
        put(segment, pending.tail);
        int padding = JournalSegment.size(pending.length()) - JournalSegment.HEAD - pending.length();
        room(segment, padding);
        for (int i = 0; i < padding; i++) {
            buffer.put((byte) 0);
        }
        segment.advance(JournalSegment.size(pending.length()));
        pending.whenDurable = new Outcome.Written(new Place(segment, offset + JournalSegment.HEAD));
    }

    private void note(JournalSegment segment, long id) {
        lock.lock();
        try {
            segment.accept(id);
        } finally {
            lock.unlock();
        }
    }

    private void put(JournalSegment segment, byte[] octets) throws IOException {
        int done = 0;
        while (done < octets.length) {
            room(segment, 1);
            int part = Math.min(octets.length - done, buffer.remaining());
            buffer.put(octets, done, part);
            done += part;
        }
    }

    private void room(JournalSegment segment, int octets) throws IOException {
        if (buffer.remaining() < octets) {
            drain(segment);
        }
    }

    private void drain(JournalSegment segment) throws IOException {
        buffer.flip();
        int octets = buffer.remaining();
        segment.file().write(buffer, flushed);
        flushed += octets;
        buffer.clear();
    }

    private void sync() throws IOException {
        JournalSegment segment = active;
        if (segment == null || unsynced.isEmpty()) {
            return;
        }
        drain(segment);
        segment.file().force();
        synced = segment.end();
        for (Pending pending : unsynced) {
            count(segment, pending.messages());
            pending.outcome.tell(pending.whenDurable);
        }
        unsynced.clear();
        if (troubled) {
            troubled = false;
            LOG.warn("spool: the journal in {} is written again", directory);
        }
    }

    private void count(JournalSegment segment, int messages) {
        lock.lock();
        try {
            segment.add(messages);
        } finally {
            lock.unlock();
        }
    }

    /// Takes a free file into use.
    ///
    /// @return nothing when all are in use
    private Optional<JournalSegment> begin() throws IOException {
        makeFileWhenNoneIsFree();
        JournalSegment segment;
        lock.lock();
        try {
            JournalFile file = free.peek();
            if (file == null) {
                return Optional.empty();
            }
            segment = new JournalSegment(
                    file, new JournalSegment.Identity(++sequence, salts.nextLong(), nextId.getAsLong()));
            segments.add(segment);
            free.remove();
            current = segment;
        } finally {
            lock.unlock();
        }
        // Durable with the first records.
        segment.file().write(segment.header(), 0);
        flushed = JournalSegment.HEADER;
        synced = JournalSegment.HEADER;
        return Optional.of(segment);
    }

    private void makeFileWhenNoneIsFree() throws IOException {
        int number;
        lock.lock();
        try {
            number = files;
            if (!free.isEmpty() || number >= settings.files()) {
                return;
            }
        } finally {
            lock.unlock();
        }
        JournalFile file = JournalFile.create(directory, number);
        lock.lock();
        try {
            free.add(file);
            files++;
        } finally {
            lock.unlock();
        }
    }

    /// What the active file holds beyond its last sync is unknown, so that it is written no further, and those
    /// who wait go to the tables.
    private void abandon(Throwable trouble) {
        active = null;
        buffer.clear();
        lock.lock();
        try {
            current = null;
        } finally {
            lock.unlock();
        }
        for (int i = 0; i < batch.size(); i++) {
            Pending pending = batch.get(i);
            pending.outcome.tell(pending.begun ? UNKNOWN : REFUSED);
        }
        if (!troubled) {
            troubled = true;
            LastWords.error(LOG, notWritten, trouble);
        }
    }

    /// A message of the file has left the journal.
    void left(JournalSegment segment) {
        count(segment, -1);
    }

    /// Reads octets of a record of a message that is in the journal when this is called.
    byte[] read(Reading reading) throws IOException {
        try {
            return reading.segment().read(reading.offset(), reading.length());
        } finally {
            lock.lock();
            try {
                reading.segment().pin(-1);
            } finally {
                lock.unlock();
            }
        }
    }

    /// Octets that are about to be read, and until then stay where they are.
    record Reading(JournalSegment segment, long offset, int length) {}

    /// Keeps octets in place until they have been read. To be called while their message is in the journal.
    Reading pin(JournalSegment segment, long offset, int length) {
        var reading = new Reading(segment, offset, length);
        lock.lock();
        try {
            segment.pin(1);
            return reading;
        } finally {
            lock.unlock();
        }
    }

    /// Frees the file at the old end, if its messages have all left.
    void retire() throws IOException {
        Optional<JournalSegment> idle = idle();
        if (idle.isPresent()) {
            free(idle.get());
        }
    }

    /// Whether a file at the old end may be freed.
    boolean hasIdle() {
        return idle().isPresent();
    }

    private Optional<JournalSegment> idle() {
        lock.lock();
        try {
            return Optional.ofNullable(segments.peek())
                    .filter(oldest -> oldest.isIdle() && (closed || oldest != current));
        } finally {
            lock.unlock();
        }
    }

    /// Its messages must not come back after a crash, so that this is durable before the next file is freed.
    private void free(JournalSegment segment) throws IOException {
        segment.file().erase();
        lock.lock();
        try {
            segments.remove(segment);
            free.add(segment.file());
        } finally {
            lock.unlock();
        }
    }

    /// The oldest file, when few are left free.
    Optional<JournalSegment> crowded() {
        lock.lock();
        try {
            return Optional.ofNullable(segments.peek())
                    .filter(oldest -> segments.size() >= settings.files() - 1 && oldest != current);
        } finally {
            lock.unlock();
        }
    }

    /// No record in the journal is of a message with a lower id.
    long lowestId() {
        lock.lock();
        try {
            return segments.stream().mapToLong(JournalSegment::lowestId).min().orElse(Long.MAX_VALUE);
        } finally {
            lock.unlock();
        }
    }

    /// Makes durable what is queued; what comes afterwards is not appended.
    void end() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
        Ended.await(thread);
    }

    /// Lets go of the files, after the [#end].
    @Override
    public void close() {
        end();
        lock.lock();
        try {
            segments.forEach(segment -> segment.file().close());
            free.forEach(JournalFile::close);
        } finally {
            lock.unlock();
        }
    }
}
