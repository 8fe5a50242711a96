// SPDX-License-Identifier: Apache-2.0
package org.gatepost.names;

/// A text that is not a domain name or a mailbox: which text, where it breaks, and the rule it breaks.
public final class NameSyntaxException extends IllegalArgumentException {
    private final String text;
    private final int offset;
    private final String rule;

    /// @param text what was parsed, unshortened
    /// @param offset index of the first offending character, from 0 to the text's length
    /// @param rule the rule that is broken, as a sentence part, with its RFC section
    public NameSyntaxException(String text, int offset, String rule) {
        super("'" + printable(text) + "' at offset " + offset + ": " + rule);
        this.text = text;
        this.offset = offset;
        this.rule = rule;
    }

    public String text() {
        return text;
    }

    public int offset() {
        return offset;
    }

    public String rule() {
        return rule;
    }

    /// Control characters are replaced and the text is cut, so that a hostile name cannot forge log lines.
    private static String printable(String text) {
        String shown = text.length() > 120 ? text.substring(0, 120) + "…" : text;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }
}
