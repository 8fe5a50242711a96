// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// The extensions that a server offered in its last EHLO reply.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.1.1.1: ehlo-line
public final class Capabilities {
    /// No extension at all: before EHLO, or after HELO.
    public static final Capabilities NONE = new Capabilities(List.of());

    private static final Pattern SIZE = Pattern.compile("\\d{1,18}");

    private final List<String> lines;
    private final Map<String, String> parameters = new HashMap<>();

    /// @param lines the reply's lines after the first, as the server wrote them
    public Capabilities(List<String> lines) {
        this.lines = List.copyOf(lines);
        for (String line : lines) {
            String text = line.strip();
            int space = text.indexOf(' ');
            String keyword = space < 0 ? text : text.substring(0, space);
            parameters.putIfAbsent(
                    keyword.toUpperCase(Locale.ROOT),
                    space < 0 ? "" : text.substring(space + 1).strip());
        }
    }

    static Capabilities ofEhlo(Reply reply) {
        return new Capabilities(reply.lines().subList(1, reply.lines().size()));
    }

    /// The reply's lines after the first, as the server wrote them.
    public List<String> lines() {
        return lines;
    }

    /// @param keyword such as `STARTTLS`, in any case
    public boolean offers(String keyword) {
        return parameters(keyword).isPresent();
    }

    /// The server's fixed maximum message size in octets; empty when it names none, or 0 (RFC 1870 §3).
    public OptionalLong sizeLimit() {
        String digits = parameters("SIZE").orElse("");
        if (!SIZE.matcher(digits).matches()) {
            return OptionalLong.empty();
        }
        long limit = Long.parseLong(digits);
        return limit == 0 ? OptionalLong.empty() : OptionalLong.of(limit);
    }

    /// What follows the keyword; empty text when nothing does, no value when the keyword is not offered.
    public Optional<String> parameters(String keyword) {
        return Optional.ofNullable(parameters.get(keyword.toUpperCase(Locale.ROOT)));
    }
}
