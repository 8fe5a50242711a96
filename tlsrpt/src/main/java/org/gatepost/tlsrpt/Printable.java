// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

/// Text of strangers made fit for one line.
final class Printable {
    private Printable() {}

    /// Replaces what is not visible or could forge a line by `?`, white space by a space, and cuts the text.
    ///
    /// @param most the most characters kept; a cut is shown as `…`
    static String line(String text, int most) {
        var shown = new StringBuilder();
        String stripped = text.strip();
        int end = 0;
        for (int kept = 0; end < stripped.length() && kept < most; kept++) {
            int codePoint = stripped.codePointAt(end);
            shown.appendCodePoint(visible(codePoint));
            end += Character.charCount(codePoint);
        }
        return end < stripped.length() ? shown + "…" : shown.toString();
    }

    private static int visible(int codePoint) {
        if (Character.isWhitespace(codePoint)) {
            return ' ';
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> '?';
            default -> codePoint;
        };
    }
}
