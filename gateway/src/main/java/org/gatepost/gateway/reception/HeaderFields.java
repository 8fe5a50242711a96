// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Passes a message's content on, and reads some fields of its header on the way.
///
/// The header ends at the empty line, or at the first line that can be none of its own: what a mail program shows
/// as text must not be taken for a field.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5322 RFC 5322 §2.2: fields; §4.5.8: white space before the colon
final class HeaderFields extends FilterOutputStream {
    /// Characters of a line and of a value that are kept; a field with more says something else.
    private static final int LONGEST = 200;

    private static final Pattern FIELD = Pattern.compile("([!-9;-~]+)([ \t]*):(.*)", Pattern.DOTALL);

    private final Map<String, Field> fields = new HashMap<>();
    private final StringBuilder line = new StringBuilder();
    private @Nullable Field current;
    private boolean inHeader = true;

    /// @param names of the fields to be read, in lower case
    HeaderFields(OutputStream out, Set<String> names) {
        super(out);
        names.forEach(name -> fields.put(name, new Field()));
    }

    private static final class Field {
        private final StringBuilder value = new StringBuilder();
        private int count;
        private boolean unclear;

        void add(String text) {
            unclear |= value.length() + text.length() > LONGEST;
            if (!unclear) {
                value.append(text);
            }
        }
    }

    /// How many fields of the name, one of those to be read, have passed.
    int count(String name) {
        return field(name).count;
    }

    /// The unfolded value of the only field of the name; empty when there is none, more than one, or one that is
    /// too long or has white space before its colon, which not every reader takes for a field.
    Optional<String> only(String name) {
        Field field = field(name);
        return field.count == 1 && !field.unclear ? Optional.of(field.value.toString()) : Optional.empty();
    }

    private Field field(String name) {
        Field field = fields.get(name);
        if (field == null) {
            throw new IllegalArgumentException("a field that is not read");
        }
        return field;
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
        if (text.startsWith(" ") || text.startsWith("\t")) {
            add(text, text); // folded
            return;
        }
        Matcher field = FIELD.matcher(text);
        inHeader = field.matches();
        if (inHeader) {
            current = fields.get(field.group(1).toLowerCase(Locale.ROOT));
            if (current != null) {
                current.count++;
                current.unclear |= !field.group(2).isEmpty();
            }
            add(text, field.group(3));
        }
    }

    private void add(String whole, String text) {
        if (current != null) {
            current.unclear |= whole.length() > LONGEST;
            current.add(text);
        }
    }
}
