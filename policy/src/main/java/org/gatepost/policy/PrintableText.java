// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// Text from outside made fit for one line of a log, a report or a terminal.
public final class PrintableText {
    private PrintableText() {}

    /// Replaces whatever is not visible or could forge a line (controls, direction marks, line separators, lone
    /// surrogates) by `?`, line ends and tabs by a space, and cuts the text.
    ///
    /// @param most the most characters kept; a cut is shown as `…`
    public static String line(String text, int most) {
        var shown = new StringBuilder();
        text.strip().codePoints().limit(most).map(PrintableText::visible).forEach(shown::appendCodePoint);
        return text.strip().codePointCount(0, text.strip().length()) > most ? shown + "…" : shown.toString();
    }

    private static int visible(int codePoint) {
        if (codePoint == '\r' || codePoint == '\n' || codePoint == '\t') {
            return ' ';
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> '?';
            default -> codePoint;
        };
    }
}
