// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The encoding of values in DSN parameters: printable ASCII, in which `+`, `=` and everything else stand as
/// `+` and two hexadecimal digits.
///
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461 §4
final class Xtext {
    private static final Pattern SYNTAX = Pattern.compile("(?:[!-~&&[^+=]]|\\+[0-9A-F]{2})*");
    private static final Pattern HEXCHARS = Pattern.compile("(?:\\+[0-9A-F]{2})+");

    private Xtext() {}

    static boolean isXtext(String text) {
        return SYNTAX.matcher(text).matches();
    }

    /// @param text for which [#isXtext] holds; encoded octets that are no UTF-8 become U+FFFD
    static String decode(String text) {
        return HEXCHARS.matcher(text).replaceAll(run -> Matcher.quoteReplacement(octets(run.group())));
    }

    private static String octets(String run) {
        return new String(HexFormat.of().parseHex(run.replace("+", "")), StandardCharsets.UTF_8);
    }
}
