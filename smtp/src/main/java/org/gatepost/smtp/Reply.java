// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// An SMTP reply, received or to be sent.
///
/// A received reply's text is what the peer wrote: hostile until made printable, as [#toString] does.
///
/// @param code 200–599
/// @param enhanced the enhanced status code; its class agrees with the reply code in every reply received
/// @param lines the text, line by line, without reply code and enhanced status code; at least one, perhaps empty
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.2: SMTP Replies
/// @spec https://www.rfc-editor.org/rfc/rfc2034 RFC 2034: enhanced status codes in replies
public record Reply(int code, Optional<EnhancedStatusCode> enhanced, List<String> lines) {
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /// @throws IllegalArgumentException when the code is not within 200–599
    public Reply {
        if (code < 200 || code > 599) {
            throw new IllegalArgumentException("a reply code is 200 to 599, not " + code);
        }
        lines = lines.isEmpty() ? List.of("") : List.copyOf(lines);
    }

    /// A reply to send.
    ///
    /// @param enhancedOrEmpty such as `5.7.4`; empty for none
    /// @param text each line feed begins a further reply line
    /// @throws IllegalArgumentException when a code is malformed
    public static Reply of(int code, String enhancedOrEmpty, String text) {
        Optional<EnhancedStatusCode> enhanced =
                enhancedOrEmpty.isEmpty() ? Optional.empty() : Optional.of(EnhancedStatusCode.parse(enhancedOrEmpty));
        return new Reply(code, enhanced, text.lines().toList());
    }

    /// Whether the peer did what was asked (2yz), or waits for more (3yz).
    public boolean isPositive() {
        return code < 400;
    }

    /// Whether the same command may succeed later (4yz).
    public boolean isTransient() {
        return code >= 400 && code < 500;
    }

    /// Whether the same command must not be repeated (5yz).
    public boolean isPermanent() {
        return code >= 500;
    }

    /// Whether the peer closes the connection with this reply, whatever it answers (RFC 5321 §3.8).
    public boolean isClosing() {
        return code == 421;
    }

    /// The lines joined by spaces, as received.
    public String text() {
        return String.join(" ", lines);
    }

    /// Code, enhanced code and text on one line, control characters shown as `?`.
    @Override
    public String toString() {
        String prefix = code + enhanced.map(e -> " " + e).orElse("");
        return text().isEmpty()
                ? prefix
                : prefix + " " + CONTROL.matcher(text()).replaceAll("?");
    }
}
