// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;

/// The argument of MAIL or RCPT: a path and its parameters, taken apart but not yet judged.
///
/// A source route is checked and dropped (RFC 5321 §4.1.1.3, appendix C). One space or more before the path is
/// tolerated, though not allowed by §4.1.1.2, because devices of many kinds send it; everything within the
/// brackets is strict.
///
/// @param mailbox what stands in the brackets, without a source route; empty for `<>`
/// @param parameters keyword in upper case to value, or to nothing when it has none
record PathArgument(String mailbox, Map<String, Optional<String>> parameters) {
    /// @param keyword `FROM:` or `TO:`
    /// @param badPath the enhanced code for a malformed path: `5.1.7` for senders, `5.1.3` for recipients
    static PathArgument parse(String argument, String keyword, String badPath) throws CommandRefusal {
        if (!argument.regionMatches(true, 0, keyword, 0, keyword.length())) {
            throw new CommandRefusal(501, "5.5.4", "Syntax: " + keyword + "<mailbox> [parameters]");
        }
        String text = argument.substring(keyword.length()).stripLeading();
        if (!text.startsWith("<")) {
            throw new CommandRefusal(501, badPath, "A path stands in angle brackets (RFC 5321 section 4.1.2)");
        }
        int start = endOfSourceRoute(text, badPath);
        int end = endOfPath(text, start, badPath);
        return new PathArgument(text.substring(start, end), parameters(text.substring(end + 1)));
    }

    /// Index of the mailbox's first character.
    private static int endOfSourceRoute(String text, String badPath) throws CommandRefusal {
        if (!text.startsWith("@", 1)) {
            return 1;
        }
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new CommandRefusal(501, badPath, "A source route ends with a colon (RFC 5321 section 4.1.2)");
        }
        for (String hop : text.substring(1, colon).split(",", -1)) {
            try {
                DomainName.parse(hop.startsWith("@") ? hop.substring(1) : "");
            } catch (NameSyntaxException e) {
                throw new CommandRefusal(501, badPath, "Source route: " + e.rule());
            }
        }
        return colon + 1;
    }

    /// Index of the closing bracket; one within a quoted local part does not count.
    private static int endOfPath(String text, int start, String badPath) throws CommandRefusal {
        boolean quoted = text.startsWith("\"", start);
        for (int i = quoted ? start + 1 : start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (quoted && c == '"') {
                quoted = false;
            } else if (!quoted && c == '>') {
                return i;
            }
        }
        throw new CommandRefusal(501, badPath, "The path has no closing bracket (RFC 5321 section 4.1.2)");
    }

    private static Map<String, Optional<String>> parameters(String text) throws CommandRefusal {
        var parameters = new LinkedHashMap<String, Optional<String>>();
        if (!text.isEmpty() && text.charAt(0) != ' ') {
            throw new CommandRefusal(501, "5.5.4", "A space stands between path and parameters");
        }
        for (String token : text.strip().split(" +", -1)) {
            if (token.isEmpty()) {
                continue;
            }
            int equals = token.indexOf('=');
            String keyword = equals < 0 ? token : token.substring(0, equals);
            Optional<String> value = equals < 0 ? Optional.empty() : Optional.of(token.substring(equals + 1));
            // RFC 5321 §4.1.2: esmtp-keyword and esmtp-value
            if (!keyword.matches("[A-Za-z0-9][A-Za-z0-9-]*")
                    || value.filter(PathArgument::isNoValue).isPresent()) {
                throw new CommandRefusal(501, "5.5.4", "A parameter reads KEYWORD or KEYWORD=value");
            }
            if (parameters.put(keyword.toUpperCase(Locale.ROOT), value) != null) {
                throw new CommandRefusal(501, "5.5.4", "A parameter must not be repeated");
            }
        }
        return parameters;
    }

    private static boolean isNoValue(String value) {
        return value.isEmpty() || value.indexOf('=') >= 0;
    }
}
