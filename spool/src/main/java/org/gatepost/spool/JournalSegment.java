// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/// One file of the journal while it is in use. The files are written again and again: `salt`, new each time, goes
/// into every checksum, so that what an earlier use left behind is never taken for a record.
///
/// ```
/// file    = free / segment
/// free    = "GPfree" CR LF version 24%x00 crc
/// segment = header *record            ; records begin at multiples of 8
/// header  = magic version sequence salt next-id crc
/// crc     = u32                       ; CRC-32C of all before it
/// magic   = "GPjrnl" CR LF
/// version = u32
/// sequence, salt = u64                ; the sequence grows from use to use over all files, while a store is open
/// next-id = u64                       ; no id from here on was given before this use
/// record  = length type 3%x00 body-crc synced head-crc body padding
/// length  = u32                       ; of the body
/// body-crc = u32                      ; CRC-32C of the body
/// synced  = u32                       ; offset up to which the file was durable before this record
/// head-crc = u32                      ; CRC-32C of salt, offset (u64), length, type, body-crc, synced
/// padding = 0*7%x00
/// ```
final class JournalSegment {
    static final int HEADER = 40;
    static final int HEAD = 20;
    static final int VERSION = 1;

    /// Of a record's body; larger messages go straight to the tables.
    static final int LARGEST = 4 << 20;

    private static final long MAGIC = 0x47506a726e6c0d0aL;
    private static final long FREE = 0x4750667265650d0aL;

    private final JournalFile file;
    private final Identity identity;
    private boolean damaged;
    private long end = HEADER;

    // Guarded by the journal's lock.
    private int live;
    private long lowestId = Long.MAX_VALUE;
    private int readers;

    /// What one use of a file is known by.
    record Identity(long sequence, long salt, long nextId) {}

    JournalSegment(JournalFile file, Identity identity) {
        this.file = file;
        this.identity = identity;
    }

    /// What the file holds was not all as it was written: it is not to be written again.
    void setDamaged() {
        damaged = true;
    }

    boolean isDamaged() {
        return damaged;
    }

    long sequence() {
        return identity.sequence();
    }

    /// No id from here on was given before this use.
    long nextId() {
        return identity.nextId();
    }

    @Override
    public String toString() {
        return file.toString();
    }

    JournalFile file() {
        return file;
    }

    /// Where the next record goes.
    long end() {
        return end;
    }

    void advance(long octets) {
        end += octets;
    }

    /// Takes note of a message whose record goes here.
    void accept(long id) {
        lowestId = Math.min(lowestId, id);
    }

    /// No record here is of a message with a lower id.
    long lowestId() {
        return lowestId;
    }

    void add(int messages) {
        live += messages;
    }

    boolean isIdle() {
        return live == 0 && readers == 0;
    }

    /// Counts who is about to read, or has read.
    void pin(int more) {
        readers += more;
    }

    ByteBuffer header() {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        header.putLong(MAGIC)
                .putInt(VERSION)
                .putLong(identity.sequence())
                .putLong(identity.salt())
                .putLong(identity.nextId());
        header.putInt(crc(header.array(), HEADER - 4));
        return header.flip();
    }

    /// What stands in place of the header of a file that is not in use. Octets that a disk lost, and gives as
    /// zeros, are no such sign.
    static ByteBuffer free() {
        ByteBuffer free = ByteBuffer.allocate(HEADER).putLong(FREE).putInt(VERSION);
        free.putInt(HEADER - 4, crc(free.array(), HEADER - 4));
        return free.clear();
    }

    /// The use of a file that was found. A header that is damaged may have its salt still, and what was written
    /// under it is known for it.
    ///
    /// @return nothing when the file is not in use
    /// @throws SpoolException when it was written by a newer release
    static Optional<JournalSegment> found(JournalFile file) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(file.read(0, (int) Math.min(file.size(), HEADER)));
        if (header.remaining() < HEADER) {
            var segment = new JournalSegment(file, new Identity(0, 0, 0));
            segment.setDamaged();
            return Optional.of(segment);
        }
        if (header.equals(free())) {
            return Optional.empty();
        }
        int found = crc(header.array(), HEADER - 4);
        boolean ours = header.getLong() == MAGIC;
        int version = header.getInt();
        var identity = new Identity(header.getLong(), header.getLong(), header.getLong());
        if (!ours || header.getInt() != found) {
            var segment = new JournalSegment(file, new Identity(identity.sequence(), identity.salt(), 0));
            segment.setDamaged();
            return Optional.of(segment);
        }
        if (version != VERSION) {
            throw new SpoolException(
                    "the spool's journal has format " + version + ", this gateway knows format " + VERSION
                            + "; run the release that wrote it",
                    null);
        }
        return Optional.of(new JournalSegment(file, identity));
    }

    private static int crc(byte[] octets, int length) {
        var crc = new CRC32C();
        crc.update(octets, 0, length);
        return (int) crc.getValue();
    }

    /// Octets of a record in the file.
    static int size(int body) {
        return (HEAD + body + 7) & ~7;
    }

    /// What stands before a record's body.
    record Head(int length, byte type, int bodyCrc, int synced) {
        static Head read(ByteBuffer from) {
            int length = from.getInt();
            byte type = from.get();
            from.position(from.position() + 3);
            return new Head(length, type, from.getInt(), from.getInt());
        }

        void write(ByteBuffer to) {
            to.putInt(length)
                    .put(type)
                    .put((byte) 0)
                    .putShort((short) 0)
                    .putInt(bodyCrc)
                    .putInt(synced);
        }
    }

    int headCrc(long offset, Head head) {
        ByteBuffer octets = ByteBuffer.allocate(29);
        octets.putLong(identity.salt())
                .putLong(offset)
                .putInt(head.length())
                .put(head.type())
                .putInt(head.bodyCrc())
                .putInt(head.synced());
        return crc(octets.array(), octets.position());
    }

    /// Reads octets of a record that is known to be there.
    byte[] read(long offset, int length) throws IOException {
        return file.read(offset, length);
    }
}
