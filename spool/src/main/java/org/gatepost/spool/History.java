// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.List;

/// A recipient's history as one text: its lines, oldest first, each ended by LF; the last [#LINES] are kept.
final class History {
    static final int LINES = 50;

    /// Of a line, in UTF-16 units.
    static final int LENGTH = 500;

    private History() {}

    static List<String> lines(String text) {
        return text.lines().toList();
    }

    static String append(String text, String line) {
        String longer = text + bounded(line) + "\n";
        int surplus = (int) longer.chars().filter(c -> c == '\n').count() - LINES;
        int start = 0;
        for (int i = 0; i < surplus; i++) {
            start = longer.indexOf('\n', start) + 1;
        }
        return longer.substring(start);
    }

    static String bounded(String line) {
        int end = Math.min(line.length(), LENGTH);
        if (end < line.length() && Character.isHighSurrogate(line.charAt(end - 1))) {
            end--;
        }
        var printable = new StringBuilder(end);
        line.substring(0, end).codePoints().forEach(c -> printable.appendCodePoint(isControl(c) ? ' ' : c));
        return printable.toString();
    }

    private static boolean isControl(int c) {
        return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
    }
}
