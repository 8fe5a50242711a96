// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Takes in one message's content: in memory up to the threshold, from there on in a file. Never holds more
/// than the threshold in memory. Writing to it throws [SpoolException] when the disk fails, and once it has,
/// the content stays refused: nobody knows what the file holds then.
final class ContentBuffer extends OutputStream {
    private record Spill(Path file, FileChannel channel) {}

    private final ContentFiles files;
    private final int threshold;
    private final CRC32C crc = new CRC32C();
    private final byte[] single = new byte[1];
    private ByteArrayOutputStream memory = new ByteArrayOutputStream(8 << 10);
    private long size;
    private boolean complete;
    private @Nullable Spill spill;
    private @Nullable SpoolException broken;

    ContentBuffer(ContentFiles files, int threshold) {
        this.files = files;
        this.threshold = threshold;
    }

    @Override
    public void write(int octet) {
        single[0] = (byte) octet;
        write(single, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, octets.length);
        if (complete) {
            throw new IllegalStateException("the message's content is complete");
        }
        if (memory.size() + (long) length > threshold) {
            moveMemoryTo(spill());
        }
        if (length > threshold) {
            writeTo(spill(), ByteBuffer.wrap(octets, offset, length));
        } else {
            memory.write(octets, offset, length);
        }
        crc.update(octets, offset, length);
        size += length;
    }

    /// Ends the content and makes a file durable. The same again when called again.
    StoredContent finish() {
        if (broken != null) {
            throw new SpoolException(String.valueOf(broken.getMessage()), broken);
        }
        if (spill == null) {
            complete = true;
            return new StoredContent(size, crc.getValue(), new StoredContent.Place.Inline(memory.toByteArray()));
        }
        if (!complete) {
            complete = true;
            moveMemoryTo(spill);
            sync(spill);
        }
        return new StoredContent(
                size,
                crc.getValue(),
                new StoredContent.Place.File(spill.file().getFileName().toString()));
    }

    private Spill spill() {
        if (broken != null) {
            throw new SpoolException(String.valueOf(broken.getMessage()), broken);
        }
        if (spill == null) {
            Path file = files.create();
            try {
                spill = new Spill(file, files.open(file));
            } catch (IOException e) {
                files.remove(file);
                throw failed(file, e);
            }
        }
        return spill;
    }

    private void moveMemoryTo(Spill target) {
        writeTo(target, ByteBuffer.wrap(memory.toByteArray()));
        memory.reset();
    }

    private void writeTo(Spill target, ByteBuffer octets) {
        try {
            while (octets.hasRemaining()) {
                target.channel().write(octets);
            }
        } catch (IOException e) {
            throw failed(target.file(), e);
        }
    }

    private void sync(Spill target) {
        try {
            files.sync(target.channel());
            target.channel().close();
        } catch (IOException e) {
            throw failed(target.file(), e);
        }
    }

    private SpoolException failed(Path file, IOException error) {
        SpoolException fault = files.fault(file, error);
        broken = fault;
        return fault;
    }

    /// Lets go of memory and descriptor; the file stays.
    void release() {
        complete = true;
        memory = new ByteArrayOutputStream(0);
        try {
            if (spill != null) {
                spill.channel().close();
            }
        } catch (IOException e) {
            // The content was synced before, or it is discarded now.
        }
    }

    /// Forgets the content, and its file with it.
    void discard() {
        release();
        if (spill != null) {
            files.remove(spill.file());
        }
    }
}
