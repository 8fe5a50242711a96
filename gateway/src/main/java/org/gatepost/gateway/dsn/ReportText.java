// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.nio.charset.StandardCharsets;

/// Lines of a report. What peers, DNS and senders said has no line breaks left in it, and no line exceeds the
/// 998 octets of RFC 5322 §2.1.1.
final class ReportText {
    private static final int MAX_LINE = 900;
    private static final int TEXT_WIDTH = 90;

    private final StringBuilder text = new StringBuilder();

    void line(String line) {
        String printable = line.replaceAll("[[\\p{C}\\u2028\\u2029]&&[^\\t]]", "?");
        int octets = 0;
        int end = 0;
        while (end < printable.length()) {
            int codePoint = printable.codePointAt(end);
            octets += Character.toString(codePoint).getBytes(StandardCharsets.UTF_8).length;
            if (octets > MAX_LINE) {
                text.append(printable, 0, end).append("...\r\n");
                return;
            }
            end += Character.charCount(codePoint);
        }
        text.append(printable).append("\r\n");
    }

    /// Appends text broken into lines at spaces, each but the first indented as deep as the first one's label.
    void wrapped(String label, String words) {
        StringBuilder current = new StringBuilder(label);
        for (String word : words.split(" ", -1)) {
            if (current.length() + word.length() > TEXT_WIDTH && current.length() > label.length()) {
                line(current.toString());
                current = new StringBuilder(" ".repeat(label.length()));
            }
            current.append(current.length() > label.length() ? " " : "").append(word);
        }
        line(current.toString());
    }

    /// Appends what is made of lines already.
    void block(CharSequence lines) {
        text.append(lines);
    }

    boolean isAscii() {
        return text.chars().allMatch(c -> c < 0x80);
    }

    byte[] octets() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
