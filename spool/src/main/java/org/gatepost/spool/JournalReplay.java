// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

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
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads what a journal holds when a store is opened. What was not durable when the last process ended is found
/// or not; what was is found, and what is damaged of it is told and passed over.
final class JournalReplay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalReplay.class);
    private static final int WINDOW = 1 << 20;

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

    /// @param directory is made when it is absent
    static JournalReplay open(Path directory) throws IOException, SQLException {
        var replay = new JournalReplay();
        try {
            for (int number = 0; JournalFile.exists(directory, number) && number < MOST_FILES; number++) {
                JournalFile file = JournalFile.open(directory, number);
                replay.files.add(file);
                JournalSegment.identity(file)
                        .ifPresent(identity -> replay.segments.add(new JournalSegment(file, identity)));
            }
            replay.segments.sort(Comparator.comparingLong(JournalSegment::sequence));
            replay.findFinished();
            return replay;
        } catch (IOException | SQLException | RuntimeException e) {
            replay.close();
            throw e;
        }
    }

    private void findFinished() throws IOException, SQLException {
        for (JournalSegment segment : segments) {
            highestId = Math.max(highestId, segment.nextId() - 1);
            new Scan(segment, true).run(this::note);
        }
    }

    private void note(byte type, byte[] body) throws IOException {
        highestId = Math.max(highestId, ByteBuffer.wrap(body).getLong());
        if (type == JournalRecord.FINISHED
                && JournalRecord.decode(type, body)
                        instanceof JournalRecord.Finished(MessageId id, List<Integer> some)) {
            BitSet indexes = finished.computeIfAbsent(id.value(), _ -> new BitSet());
            some.forEach(indexes::set);
        }
    }

    boolean isEmpty() {
        return segments.isEmpty();
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
                    BitSet done = finished.getOrDefault(message.id().value(), new BitSet());
                    if (done.cardinality() < message.envelope().recipients().size()) {
                        told.survived(message, done);
                    }
                }
            });
        }
    }

    /// Frees all files, oldest first, after their messages went elsewhere.
    List<JournalFile> release() throws IOException {
        for (JournalSegment segment : segments) {
            segment.file().erase();
        }
        segments.clear();
        List<JournalFile> released = List.copyOf(files);
        files.clear();
        return released;
    }

    @Override
    public void close() {
        files.forEach(JournalFile::close);
    }

    private interface Visit {
        void record(byte type, byte[] body) throws IOException, SQLException;
    }

    /// One pass over a segment.
    private static final class Scan {
        private final JournalSegment segment;
        private final long size;
        private final boolean tells;
        private long damaged = -1; // offset of the first octet that makes no sense since the last record

        /// @param tells whether damage is told: once is enough
        Scan(JournalSegment segment, boolean tells) throws IOException {
            this.segment = segment;
            this.tells = tells;
            this.size = segment.file().size();
        }

        void run(Visit visit) throws IOException, SQLException {
            Optional<Long> next = next(JournalSegment.HEADER);
            while (next.isPresent()) {
                long offset = next.get();
                JournalSegment.Head head = head(segment.read(offset, JournalSegment.HEAD));
                tellDamage(offset, head);
                long after = offset + JournalSegment.size(head.length());
                byte[] body = segment.read(offset + JournalSegment.HEAD, head.length());
                if (crc(body) == head.bodyCrc()) {
                    visit(visit, offset, head, body);
                } else {
                    damaged = offset;
                }
                next = next(after);
            }
        }

        private void visit(Visit visit, long offset, JournalSegment.Head head, byte[] body) throws SQLException {
            try {
                visit.record(head.type(), body);
            } catch (IOException e) {
                LOG.error(
                        "spool: the journal's record at {} of {} makes no sense: {}", offset, segment, e.getMessage());
            }
        }

        /// What lies before a record that was written after a sync of it was durable once.
        private void tellDamage(long offset, JournalSegment.Head head) {
            if (tells && damaged >= 0 && Integer.toUnsignedLong(head.synced()) > damaged) {
                LOG.error(
                        "spool: {} octets of the journal at {} of {} are damaged, and with them the messages and results"
                                + " of deliveries there; check the disk and the kernel log",
                        offset - damaged,
                        damaged,
                        segment);
            }
            damaged = -1;
        }

        /// The next place from the offset on where a record begins. After a gap, records that a crash kept from being
        /// acknowledged may follow: they are taken, for nobody can know that they were not.
        private Optional<Long> next(long from) throws IOException {
            if (from + JournalSegment.HEAD > size) {
                return Optional.empty();
            }
            if (isRecord(ByteBuffer.wrap(segment.read(from, JournalSegment.HEAD)), from)) {
                return Optional.of(from);
            }
            damaged = damaged < 0 ? from : damaged;
            for (long start = from; start + JournalSegment.HEAD <= size; start += WINDOW) {
                int length = (int) Math.min(WINDOW + JournalSegment.HEAD, size - start);
                ByteBuffer window = ByteBuffer.wrap(segment.read(start, length));
                for (int i = 0; i < WINDOW && i + JournalSegment.HEAD <= length; i += 8) {
                    if (isRecord(window.position(i), start + i)) {
                        return Optional.of(start + i);
                    }
                }
            }
            return Optional.empty();
        }

        private boolean isRecord(ByteBuffer at, long offset) {
            JournalSegment.Head head = JournalSegment.Head.read(at);
            return head.length() >= Long.BYTES
                    && head.length() <= JournalSegment.LARGEST
                    && offset + JournalSegment.HEAD + head.length() <= size
                    && at.getInt() == segment.headCrc(offset, head);
        }

        private static JournalSegment.Head head(byte[] octets) {
            return JournalSegment.Head.read(ByteBuffer.wrap(octets));
        }

        private static int crc(byte[] octets) {
            var crc = new CRC32C();
            crc.update(octets, 0, octets.length);
            return (int) crc.getValue();
        }
    }
}
