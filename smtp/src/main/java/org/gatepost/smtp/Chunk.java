// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a BDAT command announces.
///
/// @param size octets that follow the command at once
/// @param last whether the message is complete with them
/// @spec https://www.rfc-editor.org/rfc/rfc3030 RFC 3030 §2
record Chunk(long size, boolean last) {
    // Eighteen digits: more is beyond any limit, and more than a long holds.
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,18})( +LAST)?", Pattern.CASE_INSENSITIVE);

    /// Empty when it is not known how many octets follow.
    static Optional<Chunk> parse(String argument) {
        Matcher matcher = SYNTAX.matcher(argument);
        return matcher.matches()
                ? Optional.of(new Chunk(Long.parseLong(matcher.group(1)), matcher.group(2) != null))
                : Optional.empty();
    }
}
