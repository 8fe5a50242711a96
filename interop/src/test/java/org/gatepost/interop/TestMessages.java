// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

/// Messages that break whoever touches what is not theirs.
final class TestMessages {
    private TestMessages() {}

    /// Dots and `From ` at the start of lines, octets above 127 that are not UTF-8, a line of 998 octets, white
    /// space at the end of lines, empty lines at the end.
    ///
    /// @param subject to tell messages apart
    /// @return CRLF lines, one Latin-1 character for each octet
    static String awkward(String subject) {
        return String.join(
                "\r\n",
                "Date: Mon, 23 Nov 2026 12:00:00 +0000",
                "From: Sender <sender@sender.example>",
                "To: undisclosed-recipients:;",
                "Subject: " + subject,
                "Message-ID: <" + subject + "@sender.example>",
                "X-Folded: one",
                "\ttwo ",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=iso-8859-1",
                "Content-Transfer-Encoding: 8bit",
                "",
                ".",
                "..",
                ".dot",
                "From nobody at the start of a line",
                "Gr\u00fc\u00dfe \u00ff\u0080",
                "trailing white space \t ",
                "x".repeat(998),
                "%BODY% %TO_ADDRESS% \\n",
                "",
                "",
                "");
    }
}
