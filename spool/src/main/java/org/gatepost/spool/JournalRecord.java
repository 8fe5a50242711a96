// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/// What the journal says, in the form of a record's body; the numbers are big-endian.
///
/// ```
/// accepted = id arrived due length envelope crc place
/// id       = u64
/// arrived  = i64                   ; nanoseconds since 1970, as is due
/// length   = u32                   ; of the envelope, see EnvelopeCodec
/// crc      = u32                   ; CRC-32C of the content
/// place    = %x00 size *OCTET      ; size = u64: the content itself
///          / %x01 size u16 *OCTET  ; the name of its file
/// finished = id count *index       ; count = u16; index = u16: places in the envelope
/// synced   = 8%x00                 ; what its head says is all: how far the file was durable
/// ```
sealed interface JournalRecord {
    /// A message was taken in.
    record Accepted(MessageId id, Instant arrived, Instant due, Envelope envelope, StoredContent content)
            implements JournalRecord {}

    /// Recipients need nothing more.
    record Finished(MessageId id, List<Integer> indexes) implements JournalRecord {
        public Finished {
            indexes = List.copyOf(indexes);
        }
    }

    /// The file was durable up to here.
    record Synced() implements JournalRecord {}

    byte ACCEPTED = 1;
    byte FINISHED = 2;
    byte SYNCED = 3;

    byte INLINE = 0;
    byte FILE = 1;

    /// What is written before the octets of an inline content, or everything.
    static byte[] accepted(MessageId id, QueueTables.Incoming message, byte[] envelope) {
        StoredContent content = message.content();
        byte[] name = switch (content.place()) {
            case StoredContent.Place.Inline _ -> new byte[0];
            case StoredContent.Place.File file -> file.name().getBytes(StandardCharsets.UTF_8);
        };
        boolean inline = content.place() instanceof StoredContent.Place.Inline;
        ByteBuffer body = ByteBuffer.allocate(28 + envelope.length + 13 + (inline ? 0 : 2 + name.length));
        body.putLong(id.value())
                .putLong(Nanos.of(message.arrived()))
                .putLong(Nanos.of(message.due()))
                .putInt(envelope.length)
                .put(envelope)
                .putInt((int) content.crc())
                .put(inline ? INLINE : FILE)
                .putLong(content.size());
        if (!inline) {
            body.putShort((short) name.length).put(name);
        }
        return body.array();
    }

    static byte[] finished(MessageId id, List<Integer> indexes) {
        ByteBuffer body = ByteBuffer.allocate(10 + 2 * indexes.size());
        body.putLong(id.value()).putShort((short) indexes.size());
        indexes.forEach(index -> body.putShort(index.shortValue()));
        return body.array();
    }

    static byte[] synced() {
        return new byte[Long.BYTES];
    }

    /// @throws IOException when the body is none of the type
    static JournalRecord decode(byte type, byte[] octets) throws IOException {
        ByteBuffer body = ByteBuffer.wrap(octets);
        try {
            return switch (type) {
                case ACCEPTED -> accepted(body);
                case FINISHED -> finished(body);
                case SYNCED -> new Synced();
                default -> throw new IOException("a record of the unknown type " + type);
            };
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new IOException("a record that is cut short", e);
        }
    }

    private static Accepted accepted(ByteBuffer body) throws IOException {
        var id = new MessageId(body.getLong());
        Instant arrived = Nanos.toInstant(body.getLong());
        Instant due = Nanos.toInstant(body.getLong());
        byte[] envelope = octets(body, body.getInt());
        long crc = Integer.toUnsignedLong(body.getInt());
        byte place = body.get();
        long size = body.getLong();
        StoredContent.Place where = place == INLINE
                ? new StoredContent.Place.Inline(octets(body, Math.toIntExact(size)))
                : new StoredContent.Place.File(
                        new String(octets(body, Short.toUnsignedInt(body.getShort())), StandardCharsets.UTF_8));
        return new Accepted(id, arrived, due, EnvelopeCodec.decode(envelope), new StoredContent(size, crc, where));
    }

    private static byte[] octets(ByteBuffer body, int length) throws IOException {
        if (length < 0 || length > body.remaining()) {
            throw new IOException("a length beyond the record's end");
        }
        byte[] octets = new byte[length];
        body.get(octets);
        return octets;
    }

    private static Finished finished(ByteBuffer body) {
        var id = new MessageId(body.getLong());
        int count = Short.toUnsignedInt(body.getShort());
        return new Finished(
                id,
                IntStream.range(0, count)
                        .mapToObj(_ -> Short.toUnsignedInt(body.getShort()))
                        .toList());
    }

    /// The octets that follow the head of an accepted message; none when the content is in a file.
    static byte[] inline(StoredContent content) {
        return switch (content.place()) {
            case StoredContent.Place.Inline(byte[] octets) -> octets;
            case StoredContent.Place.File _ -> new byte[0];
        };
    }
}
