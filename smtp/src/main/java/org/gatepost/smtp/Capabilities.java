// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// The extensions that a server offered in its last EHLO reply.
///
/// @param lines the reply's lines after the first, as the server wrote them
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.1.1.1: ehlo-line
public record Capabilities(List<String> lines) {
    /// No extension at all: before EHLO, or after HELO.
    public static final Capabilities NONE = new Capabilities(List.of());

    public Capabilities {
        lines = List.copyOf(lines);
    }

    static Capabilities ofEhlo(Reply reply) {
        return new Capabilities(reply.lines().subList(1, reply.lines().size()));
    }

    /// @param keyword such as `STARTTLS`, in any case
    public boolean offers(String keyword) {
        return parameters(keyword).isPresent();
    }

    /// The server's fixed maximum message size in octets; empty when it names none, or 0 (RFC 1870 §3).
    public OptionalLong sizeLimit() {
        String digits = parameters("SIZE").orElse("");
        if (!digits.matches("\\d{1,18}")) {
            return OptionalLong.empty();
        }
        long limit = Long.parseLong(digits);
        return limit == 0 ? OptionalLong.empty() : OptionalLong.of(limit);
    }

    /// What follows the keyword; empty text when nothing does, no value when the keyword is not offered.
    public Optional<String> parameters(String keyword) {
        String wanted = keyword.toUpperCase(Locale.ROOT);
        for (String line : lines) {
            String text = line.strip();
            int space = text.indexOf(' ');
            String offered = space < 0 ? text : text.substring(0, space);
            if (offered.toUpperCase(Locale.ROOT).equals(wanted)) {
                return Optional.of(space < 0 ? "" : text.substring(space + 1).strip());
            }
        }
        return Optional.empty();
    }
}
