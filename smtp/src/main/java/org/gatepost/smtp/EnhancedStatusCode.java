// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.Optional;

/// An enhanced mail system status code such as `5.7.4`.
///
/// @param klass 2 success, 4 persistent transient failure, 5 permanent failure
/// @param subject 0–999, what the code is about
/// @param detail 0–999, what exactly
/// @spec https://www.rfc-editor.org/rfc/rfc3463 RFC 3463: Enhanced Mail System Status Codes
public record EnhancedStatusCode(int klass, int subject, int detail) {
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
        int dot = text.indexOf('.', 2);
        if (dot < 3 || text.charAt(1) != '.' || "245".indexOf(text.charAt(0)) < 0) {
            return Optional.empty();
        }
        int subject = number(text, 2, dot);
        int detail = number(text, dot + 1, text.length());
        return subject < 0 || detail < 0
                ? Optional.empty()
                : Optional.of(new EnhancedStatusCode(text.charAt(0) - '0', subject, detail));
    }

    /// A number of up to three digits without leading zeros (RFC 3463 §2); -1 when it is none.
    private static int number(String text, int from, int to) {
        int length = to - from;
        if (length < 1 || length > 3 || (length > 1 && text.charAt(from) == '0')) {
            return -1;
        }
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    @Override
    public String toString() {
        return klass + "." + subject + "." + detail;
    }
}
