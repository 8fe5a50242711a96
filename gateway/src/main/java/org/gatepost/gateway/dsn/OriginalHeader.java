// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Takes a message's header out of its content, for a report.
public final class OriginalHeader {
    private static final int MAX_OCTETS = 32 * 1024;
    private static final int MAX_LINE = 990;

    private OriginalHeader() {}

    /// Reads the header up to the empty line or the bound, whole lines only, each ended by CRLF and cut to what
    /// fits a line (RFC 5322 §2.1.1). Octets that are not UTF-8 are shown as `?`.
    ///
    /// @param content from its beginning; left open
    public static String read(InputStream content) throws IOException {
        byte[] octets = content.readNBytes(MAX_OCTETS);
        StringBuilder header = new StringBuilder();
        int start = 0;
        for (int i = 0; i + 1 < octets.length; i++) {
            if (octets[i] == '\r' && octets[i + 1] == '\n') {
                if (i == start) {
                    break;
                }
                header.append(text(octets, start, Math.min(i, start + MAX_LINE)))
                        .append("\r\n");
                start = i + 2;
            }
        }
        return header.toString();
    }

    private static String text(byte[] octets, int from, int to) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets, from, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(octets, from, to - from, StandardCharsets.ISO_8859_1).replaceAll("[^\t -~]", "?");
        }
    }
}
