// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.Optional;
import java.util.regex.Pattern;

/// An enhanced mail system status code such as `5.7.4`.
///
/// @param klass 2 success, 4 persistent transient failure, 5 permanent failure
/// @param subject 0–999, what the code is about
/// @param detail 0–999, what exactly
/// @spec https://www.rfc-editor.org/rfc/rfc3463 RFC 3463: Enhanced Mail System Status Codes
public record EnhancedStatusCode(int klass, int subject, int detail) {
    // RFC 3463 §2: no leading zeros, at most three digits.
    private static final Pattern SYNTAX = Pattern.compile("([245])\\.(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})");

    /// @throws IllegalArgumentException when a number is out of range
    public EnhancedStatusCode {
        if (klass != 2 && klass != 4 && klass != 5) {
            throw new IllegalArgumentException("the class of a status code is 2, 4 or 5, not " + klass);
        }
        if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new IllegalArgumentException("subject and detail of a status code are 0 to 999");
        }
    }

    /// @throws IllegalArgumentException unless the text is exactly one status code
    public static EnhancedStatusCode parse(String text) {
        return find(text).orElseThrow(() -> new IllegalArgumentException("not an enhanced status code (RFC 3463 §2)"));
    }

    /// The code the text consists of, if it is one.
    static Optional<EnhancedStatusCode> find(String text) {
        var matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(new EnhancedStatusCode(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3))));
    }

    @Override
    public String toString() {
        return klass + "." + subject + "." + detail;
    }
}
