// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/// The first line of a message's content, where it is sure that no server takes it for a command: a field of the
/// header, such as the trace field that each host puts there.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5322 RFC 5322 §2.2: no command of SMTP has a colon in its verb
final class FirstLine {
    /// RFC 5322 §2.1.1, with CRLF.
    private static final int LONGEST = 1000;

    private FirstLine() {}

    /// @param size of the content
    /// @return the line with its CRLF; empty when it is none of a field, or nothing follows it, and the source
    ///     has been read from all the same
    static Optional<byte[]> read(InputStream source, long size) throws ContentSourceException {
        byte[] line = new byte[LONGEST];
        int length = 0;
        boolean isField = false;
        try {
            while (length < LONGEST) {
                int octet = source.read();
                if (octet < 0 || octet == 0) {
                    return Optional.empty();
                }
                line[length++] = (byte) octet;
                if (octet == '\n') {
                    return isField && length < size && line[length - 2] == '\r'
                            ? Optional.of(Arrays.copyOf(line, length))
                            : Optional.empty();
                }
                if (length > 1 && line[length - 2] == '\r') {
                    return Optional.empty();
                }
                isField |= octet == ':' && length > 1;
                if (!isField && (octet <= ' ' || octet > '~')) {
                    return Optional.empty();
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new ContentSourceException(e);
        }
    }
}
