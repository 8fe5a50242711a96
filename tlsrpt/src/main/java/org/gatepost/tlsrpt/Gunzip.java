// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;

/// Decompression with bounds on what comes out, for those who send bombs.
final class Gunzip {
    /// Reports repeat themselves, but not so much.
    static final int MOST_RATIO = 200;

    /// A short text may well be repetitive; the ratio counts beyond this.
    static final int FREE_OCTETS = 1024 * 1024;

    private static final int PIECE = 16 * 1024;

    private Gunzip() {}

    static boolean isGzip(byte[] octets) {
        return octets.length > 2 && octets[0] == 0x1f && octets[1] == (byte) 0x8b;
    }

    /// All members, one after the other (RFC 1952 §2.2). A stream that breaks off gives what was there before.
    static byte[] inflate(byte[] compressed, int most, Notes notes) throws NoReportException {
        var octets = new ByteArrayOutputStream(Math.min(most, Math.max(PIECE, compressed.length * 4)));
        long allowed = Math.min(most, Math.max(FREE_OCTETS, (long) compressed.length * MOST_RATIO));
        try (var gzip = new GZIPInputStream(new ByteArrayInputStream(compressed), PIECE)) {
            byte[] piece = new byte[PIECE];
            for (int n = gzip.read(piece); n >= 0; n = gzip.read(piece)) {
                octets.write(piece, 0, n);
                if (octets.size() > allowed) {
                    throw new NoReportException(
                            "", "decompresses to more than " + allowed + " octets, the bound for what is this long");
                }
            }
        } catch (IOException e) {
            notes.add("", "the gzip stream is damaged or breaks off (RFC 1952): " + e.getMessage());
        }
        return octets.toByteArray();
    }
}
