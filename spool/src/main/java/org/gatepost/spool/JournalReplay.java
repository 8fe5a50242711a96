// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads what a journal holds when a store is opened. What was not durable when the last process ended is found
/// or not; what was is found, and what is damaged of it is told and passed over. Only of what was written since
/// the last mark that reached the disk nobody can say whether it is damaged or was never whole.
final class JournalReplay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalReplay.class);
    private static final int WINDOW = 1 << 20;

    /// What is read at once where the disk fails to read more.
    private static final int SECTOR = 4096;

    /// A disk may take seconds for each of them: beyond, what fails to be read is not looked at more closely.
    private static final int MOST_UNREADABLE = 64;

    /// More files than any release used.
    private static final int MOST_FILES = 64;

    private final List<JournalFile> files = new ArrayList<>();
    private final List<JournalSegment> segments = new ArrayList<>();
    private final Map<Long, BitSet> finished = new HashMap<>();
    private long highestId = -1;

    private JournalReplay() {}

    /// Told of each message that has unfinished recipients.
    interface Survivors {
        /// @param finished places in the envelope that need nothing more
        void survived(JournalRecord.Accepted message, BitSet finished) throws SQLException;
    }

    /// How a file of the journal is opened.
    interface Opening {
        JournalFile open(Path directory, int number) throws IOException;
    }

    static JournalReplay open(Path directory) throws IOException, SQLException {
        return open(directory, JournalFile::new);
    }

    static JournalReplay open(Path directory, Opening opening) throws IOException, SQLException {
        var replay = new JournalReplay();
        try {
            int last = MOST_FILES - 1;
            while (last >= 0 && !JournalFile.mayExist(directory, last)) {
                last--;
            }
            for (int number = 0; number <= last; number++) {
                replay.add(
                        JournalFile.mayExist(directory, number)
                                ? opening.open(directory, number)
                                : JournalFile.create(directory, number));
            }
            replay.segments.sort(Comparator.comparingLong(JournalSegment::sequence));
            replay.findFinished();
            return replay;
        } catch (IOException | SQLException | RuntimeException e) {
            replay.close();
            throw e;
        }
    }

    private void add(JournalFile file) throws IOException {
        files.add(file);
        try {
            JournalSegment.found(file).ifPresent(segments::add);
        } catch (SpoolException e) {
            throw new SpoolException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new SpoolException(
                    file
                            + " cannot be read; check the disk and the kernel log, or put .damaged at the end of its name for"
                            + " good: the messages in it are not delivered then, and some delivered before perhaps again",
                    e);
        }
    }

    private void findFinished() throws IOException, SQLException {
        for (JournalSegment segment : segments) {
            if (segment.isDamaged()) {
                LOG.error(
                        "spool: the first octets of {} are damaged, and perhaps messages are lost with them; check the"
                                + " disk and the kernel log",
                        segment);
            }
            highestId = Math.max(highestId, segment.nextId() - 1);
            new Scan(segment, true).run(this::note);
        }
    }

    private void note(byte type, byte[] body) throws IOException {
        highestId = Math.max(highestId, ByteBuffer.wrap(body).getLong());
        if (type != JournalRecord.ACCEPTED
                && JournalRecord.decode(type, body)
                        instanceof JournalRecord.Finished(MessageId id, List<Integer> some)) {
            BitSet indexes = finished.computeIfAbsent(id.value(), _ -> new BitSet());
            some.forEach(indexes::set);
        }
    }

    /// The messages of which the journal says that recipients need nothing more.
    Set<Long> idsOfFinished() {
        return finished.keySet();
    }

    /// Places in the message's envelope that the journal says need nothing more.
    BitSet finished(long id) {
        return finished.getOrDefault(id, new BitSet());
    }

    /// The highest id that may have been given away; -1 when there is no trace of any.
    long highestId() {
        return highestId;
    }

    /// Goes through the messages that are not finished, in the order in which they came.
    void survivors(Survivors told) throws IOException, SQLException {
        for (JournalSegment segment : segments) {
            new Scan(segment, false).run((type, body) -> {
                if (type == JournalRecord.ACCEPTED
                        && JournalRecord.decode(type, body) instanceof JournalRecord.Accepted message) {
                    BitSet done = finished(message.id().value());
                    if (done.cardinality() < message.envelope().recipients().size()) {
                        told.survived(message, done);
                    }
                }
            });
        }
    }

    /// Frees all files, oldest first, after their messages went elsewhere. Those that are damaged, or cannot be
    /// written, are kept aside.
    List<JournalFile> release() throws IOException {
        for (JournalSegment segment : segments) {
            if (segment.isDamaged() || !isErased(segment.file())) {
                files.set(files.indexOf(segment.file()), segment.file().setAside());
            }
        }
        segments.clear();
        List<JournalFile> released = List.copyOf(files);
        files.clear();
        return released;
    }

    private static boolean isErased(JournalFile file) {
        try {
            file.erase();
            return true;
        } catch (IOException e) {
            LOG.error("spool: {} cannot be written ({}); check the disk and the kernel log", file, e.getMessage());
            return false;
        }
    }

    /// Whether something that was durable is damaged; known when the survivors have been told.
    boolean isDamaged() {
        return segments.stream().anyMatch(JournalSegment::isDamaged);
    }

    @Override
    public void close() {
        files.forEach(JournalFile::close);
    }

    private interface Visit {
        void record(byte type, byte[] body) throws IOException, SQLException;
    }

    /// The place of a record.
    private record Place(long offset, JournalSegment.Head head) {}

    /// Octets between records that are none.
    private record Gap(long offset, long end) {}

    /// One pass over a segment.
    private static final class Scan {
        private final JournalSegment segment;
        private final long size;
        private final boolean tells;
        private final List<Gap> gaps = new ArrayList<>(); // not known to have been durable
        private int unreadable; // sectors

        /// @param tells whether damage is told: once is enough
        Scan(JournalSegment segment, boolean tells) throws IOException {
            this.segment = segment;
            this.tells = tells;
            this.size = segment.file().size();
        }

        void run(Visit visit) throws IOException, SQLException {
            Optional<Place> next = next(JournalSegment.HEADER);
            while (next.isPresent()) {
                long offset = next.get().offset();
                JournalSegment.Head head = next.get().head();
                tellDamage(head);
                long after = offset + JournalSegment.size(head.length());
                byte[] body = read(offset + JournalSegment.HEAD, head.length());
                if (crc(body) == head.bodyCrc()) {
                    visit(visit, offset, head, body);
                } else {
                    gaps.add(new Gap(offset, after));
                }
                next = next(after);
            }
        }

        private void visit(Visit visit, long offset, JournalSegment.Head head, byte[] body) throws SQLException {
            try {
                visit.record(head.type(), body);
            } catch (IOException e) {
                segment.setDamaged();
                LOG.error(
                        "spool: the journal's record at {} of {} makes no sense: {}", offset, segment, e.getMessage());
            }
        }

        /// What the disk fails to read counts as zeros, which are no record.
        private byte[] read(long offset, int length) throws IOException {
            try {
                return segment.read(offset, length);
            } catch (EOFException e) {
                throw e;
            } catch (IOException e) {
                return readWhatCanBe(offset, length);
            }
        }

        private byte[] readWhatCanBe(long offset, int length) throws EOFException {
            byte[] octets = new byte[length];
            for (int done = 0; done < length && unreadable < MOST_UNREADABLE; ) {
                long at = offset + done;
                int part = (int) Math.min(length - done, SECTOR - at % SECTOR);
                try {
                    System.arraycopy(segment.read(at, part), 0, octets, done, part);
                } catch (EOFException e) {
                    throw e;
                } catch (IOException e) {
                    unreadable(at, e);
                }
                done += part;
            }
            return octets;
        }

        private void unreadable(long offset, IOException trouble) {
            segment.setDamaged();
            if (tells && unreadable == 0) {
                LOG.error(
                        "spool: the journal cannot be read at {} of {} ({}), and perhaps messages are lost with that; check"
                                + " the disk and the kernel log",
                        offset,
                        segment,
                        trouble.getMessage());
            }
            unreadable++;
        }

        /// What was written after a sync tells what was durable by then. Of other gaps the next sync may tell.
        private void tellDamage(JournalSegment.Head head) {
            long synced = Integer.toUnsignedLong(head.synced());
            for (Gap gap : gaps) {
                if (gap.offset() < synced && (tells || !segment.isDamaged())) {
                    LOG.error(
                            "spool: {} octets of the journal at {} of {} are damaged, and with them the messages and"
                                    + " results of deliveries there; check the disk and the kernel log",
                            gap.end() - gap.offset(),
                            gap.offset(),
                            segment);
                }
            }
            if (gaps.removeIf(gap -> gap.offset() < synced)) {
                segment.setDamaged();
            }
        }

        /// The next place from the offset on where a record begins. After a gap, records that a crash kept from
        /// being acknowledged may follow: they are taken, for nobody can know that they were not.
        private Optional<Place> next(long from) throws IOException {
            if (from + JournalSegment.HEAD > size) {
                return Optional.empty();
            }
            Optional<Place> next = record(ByteBuffer.wrap(read(from, JournalSegment.HEAD)), from);
            if (next.isPresent()) {
                return next;
            }
            for (long start = from; start + JournalSegment.HEAD <= size; start += WINDOW) {
                int length = (int) Math.min(WINDOW + JournalSegment.HEAD, size - start);
                ByteBuffer window = ByteBuffer.wrap(read(start, length));
                for (int i = 0; i < WINDOW && i + JournalSegment.HEAD <= length; i += 8) {
                    next = record(window.position(i), start + i);
                    if (next.isPresent()) {
                        gaps.add(new Gap(from, start + i));
                        return next;
                    }
                }
            }
            return Optional.empty();
        }

        private Optional<Place> record(ByteBuffer at, long offset) {
            JournalSegment.Head head = JournalSegment.Head.read(at);
            boolean isRecord = head.length() >= Long.BYTES
                    && head.length() <= JournalSegment.LARGEST
                    && offset + JournalSegment.HEAD + head.length() <= size
                    && at.getInt() == segment.headCrc(offset, head);
            return isRecord ? Optional.of(new Place(offset, head)) : Optional.empty();
        }

        private static int crc(byte[] octets) {
            var crc = new CRC32C();
            crc.update(octets, 0, octets.length);
            return (int) crc.getValue();
        }
    }
}
