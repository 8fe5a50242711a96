// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Copies message content onto the wire as one chunk: nothing is stuffed, and exactly as many octets go out as
/// were announced, for the server counts them.
///
/// The last octet is held back until the source has come to its end and nothing speaks against what it gave: with
/// that octet the server has the whole message, and a source may find out at its end only that it is damaged.
///
/// Content with a bare CR, a bare LF or a NUL is not sent, as with [DotStuffing]: the server may hand the
/// message on by DATA.
///
/// @spec https://www.rfc-editor.org/rfc/rfc3030 RFC 3030 §2
final class ChunkCopy extends OutputStream {
    private static final int CR = '\r';
    private static final int LF = '\n';

    private final OutputStream out;
    private final long size;
    private long copied;
    private int last;
    private boolean afterCr;
    private boolean failed;

    private ChunkCopy(OutputStream out, long size) {
        this.out = out;
        this.size = size;
    }

    /// Copies all but the last octet, which [#complete] sends.
    ///
    /// @throws ContentSourceException when the source fails, has not `size` octets, or holds what must not be
    ///     sent
    /// @throws IOException when the output fails
    static ChunkCopy copy(InputStream source, long size, OutputStream out) throws IOException {
        var chunk = new ChunkCopy(out, size);
        try {
            // Content that lies in memory comes in one piece, without a copy.
            source.transferTo(chunk);
        } catch (IOException e) {
            throw chunk.failed ? e : new ContentSourceException(e);
        }
        if (chunk.copied < size) {
            throw notAnnounced(size);
        }
        if (chunk.afterCr) {
            throw DotStuffing.unfit();
        }
        return chunk;
    }

    /// Sends what was held back.
    void complete() throws IOException {
        if (size > 0) {
            out.write(last);
        }
        out.flush();
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        if (length == 0) {
            return;
        }
        try {
            copied += length;
            if (copied > size) {
                throw notAnnounced(size);
            }
            afterCr = check(octets, offset, offset + length, afterCr);
            boolean whole = copied == size;
            out.write(octets, offset, whole ? length - 1 : length);
            if (whole) {
                last = octets[offset + length - 1];
            }
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    /// @return whether the octets end in CR
    private static boolean check(byte[] octets, int from, int to, boolean before) throws ContentSourceException {
        boolean afterCr = before;
        for (int i = from; i < to; i++) {
            int octet = octets[i] & 0xff;
            if (octet <= CR || afterCr) {
                if (octet == 0 || afterCr != (octet == LF)) {
                    throw DotStuffing.unfit();
                }
                afterCr = octet == CR;
            }
        }
        return afterCr;
    }

    private static ContentSourceException notAnnounced(long size) {
        return new ContentSourceException("the content has not the " + size + " octets announced");
    }
}
