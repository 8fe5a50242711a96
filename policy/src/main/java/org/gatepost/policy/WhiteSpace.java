// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// White space as the grammars of RFC 5234 have it: space and tab, nothing else. In linear time, for hostile
/// text.
final class WhiteSpace {
    private WhiteSpace() {}

    static boolean is(char c) {
        return c == ' ' || c == '\t';
    }

    /// Index of the first character from `start` on that is not white space, or the text's length.
    static int skip(String text, int start) {
        int i = start;
        while (i < text.length() && is(text.charAt(i))) {
            i++;
        }
        return i;
    }

    static String trimEnd(String text) {
        int end = text.length();
        while (end > 0 && is(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    static String trim(String text) {
        return trimEnd(text.substring(skip(text, 0)));
    }
}
