// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Copies message content onto the wire as one chunk: nothing is stuffed, and exactly as many octets go out as
/// were announced, for the server counts them.
///
/// Content with a bare CR, a bare LF or a NUL is not sent, as with [DotStuffing]: the server may hand the
/// message on by DATA.
///
/// @spec https://www.rfc-editor.org/rfc/rfc3030 RFC 3030 §2
final class ChunkCopy {
    private static final int BUFFER = 32 << 10;
    private static final int CR = '\r';
    private static final int LF = '\n';

    private ChunkCopy() {}

    /// @throws ContentSourceException when the source fails, has not `size` octets, or holds what must not be
    ///     sent
    /// @throws IOException when the output fails
    static void copy(InputStream source, long size, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        boolean afterCr = false;
        long copied = 0;
        int count = DotStuffing.read(source, buffer);
        while (count >= 0) {
            copied += count;
            if (copied > size) {
                throw notAnnounced(size);
            }
            afterCr = check(buffer, count, afterCr);
            out.write(buffer, 0, count);
            count = DotStuffing.read(source, buffer);
        }
        if (copied < size) {
            throw notAnnounced(size);
        }
        if (afterCr) {
            throw DotStuffing.unfit();
        }
    }

    /// @return whether the octets end in CR
    private static boolean check(byte[] octets, int count, boolean before) throws ContentSourceException {
        boolean afterCr = before;
        for (int i = 0; i < count; i++) {
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
