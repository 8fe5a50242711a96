// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Takes a message's header out of its content, for a report.
public final class OriginalHeader {
    private static final int MAX_OCTETS = 32 * 1024;

    private OriginalHeader() {}

    /// Reads the header up to the empty line or the bound, whole lines only, each ended by CRLF.
    ///
    /// @param content from its beginning; left open
    public static String read(InputStream content) throws IOException {
        String text = new String(content.readNBytes(MAX_OCTETS), StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        if (end >= 0) {
            return text.substring(0, end + 2);
        }
        int lastLine = text.lastIndexOf("\r\n");
        return lastLine < 0 ? "" : text.substring(0, lastLine + 2);
    }
}
