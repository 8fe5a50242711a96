// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// Dates in messages.
public final class MailDate {
    private MailDate() {}

    /// The date-time of RFC 5322 §3.3, in UTC: `Mon, 2 Nov 2026 08:05:00 +0000`. The offset is a number,
    /// because names of zones are obsolete.
    public static String of(Instant instant) {
        return DateTimeFormatter.RFC_1123_DATE_TIME
                .format(instant.atZone(ZoneOffset.UTC))
                .replace("GMT", "+0000");
    }
}
