// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/// Passes a message's content on and looks for the header field `TLS-Required: No`, by which a sender waives
/// the protection that the recipients' domains ask for.
///
/// The field counts only when it stands there once and says that and nothing else: in doubt the policies hold.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8689 RFC 8689 §3
final class TlsRequiredField extends FilterOutputStream {
    private static final String NAME = "tls-required:";

    /// Characters of a line, and of the value; with more the field says something else.
    private static final int LONGEST = 200;

    private final StringBuilder line = new StringBuilder();
    private final StringBuilder value = new StringBuilder();
    private int fields;
    private boolean tooLong;
    private boolean inField;
    private boolean inHeader = true;

    TlsRequiredField(OutputStream out) {
        super(out);
    }

    /// Whether TLS is waived; known when the whole message has passed.
    boolean saysNo() {
        return fields == 1 && !tooLong && value.toString().strip().equalsIgnoreCase("no");
    }

    @Override
    public void write(int octet) throws IOException {
        out.write(octet);
        scan((byte) octet);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        out.write(octets, offset, length);
        for (int i = offset; inHeader && i < offset + length; i++) {
            scan(octets[i]);
        }
    }

    private void scan(byte octet) {
        if (!inHeader || octet == '\r') {
            return;
        }
        if (octet == '\n') {
            endLine(line.toString());
            line.setLength(0);
        } else if (line.length() <= LONGEST) {
            line.append((char) (octet & 0xff));
        }
    }

    private void endLine(String text) {
        inHeader = !text.isEmpty();
        if (inField && (text.startsWith(" ") || text.startsWith("\t"))) {
            add(text); // folded
            return;
        }
        inField = text.toLowerCase(Locale.ROOT).startsWith(NAME);
        if (inField) {
            fields++;
            add(text.substring(NAME.length()));
        }
    }

    private void add(String text) {
        tooLong |= line.length() > LONGEST || value.length() > LONGEST;
        if (!tooLong) {
            value.append(text);
        }
    }
}
