// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Copies message content onto the wire: dots at line starts doubled, a CRLF added when the last line has none;
/// the final dot is not written.
///
/// Content with a bare CR, a bare LF or a NUL is not sent: a server that takes one of them for a line end would
/// see a message end where there is none (SMTP smuggling).
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.5.2: Transparency
final class DotStuffing extends OutputStream {
    private static final int CR = '\r';
    private static final int LF = '\n';
    private static final byte[] CRLF = {CR, LF};

    private final OutputStream out;
    private boolean lineStart = true;
    private boolean afterCr;
    private boolean failed;

    private DotStuffing(OutputStream out) {
        this.out = out;
    }

    /// @throws ContentSourceException when the source fails, or holds what must not be sent
    /// @throws IOException when the output fails
    static void copy(InputStream source, OutputStream out) throws IOException {
        var stuffing = new DotStuffing(out);
        try {
            // Content that lies in memory comes in one piece, without a copy.
            source.transferTo(stuffing);
        } catch (IOException e) {
            throw stuffing.failed ? e : new ContentSourceException(e);
        }
        stuffing.end();
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        try {
            stuff(octets, offset, offset + length);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    private void stuff(byte[] octets, int from, int to) throws IOException {
        int run = from;
        int i = from;
        while (i < to) {
            if (lineStart && octets[i] == '.') {
                out.write(octets, run, i - run);
                out.write('.');
                run = i;
            }
            int octet = octets[i] & 0xff;
            if (octet > CR && !afterCr) {
                lineStart = false;
                i = endOfPlain(octets, i + 1, to);
            } else {
                special(octet);
                i++;
            }
        }
        out.write(octets, run, to - run);
    }

    /// Index of the first octet at or below CR: the rest need no thought.
    private static int endOfPlain(byte[] octets, int from, int count) {
        int i = from;
        while (i < count && (octets[i] & 0xff) > CR) {
            i++;
        }
        return i;
    }

    private void special(int octet) throws ContentSourceException {
        if (octet == 0 || afterCr != (octet == LF)) {
            throw unfit();
        }
        lineStart = octet == LF;
        afterCr = octet == CR;
    }

    private void end() throws IOException {
        if (afterCr) {
            throw unfit();
        }
        if (!lineStart) {
            out.write(CRLF);
        }
    }

    static ContentSourceException unfit() {
        return new ContentSourceException("the content holds a bare CR, a bare LF or a NUL (RFC 5321 §2.3.8)");
    }
}
