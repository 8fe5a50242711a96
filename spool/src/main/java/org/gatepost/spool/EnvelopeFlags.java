// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.DsnRequest;

/// What is said yes or no of an envelope, as one number: 1 for SMTPUTF8, 2 for 8BITMIME, 4 for mail that goes
/// without TLS, 8 for TLS reports of ours, 16 for REQUIRETLS.
final class EnvelopeFlags {
    private static final int SMTP_UTF8 = 1;
    private static final int EIGHT_BIT_MIME = 2;
    private static final int TLS_NOT_REQUIRED = 4;
    private static final int TLS_REPORT = 8;
    private static final int TLS_REQUIRED = 16;

    private EnvelopeFlags() {}

    static int of(Envelope envelope) {
        int handling = switch (envelope.handling()) {
            case USUAL -> 0;
            case TLS_NOT_REQUIRED -> TLS_NOT_REQUIRED;
            case TLS_REPORT -> TLS_REPORT;
            case TLS_REQUIRED -> TLS_REQUIRED;
        };
        return handling | (envelope.smtpUtf8() ? SMTP_UTF8 : 0) | (envelope.eightBitMime() ? EIGHT_BIT_MIME : 0);
    }

    static Envelope envelope(
            int flags, Optional<Mailbox> reversePath, List<Mailbox> recipients, DsnRequest dsn, String client) {
        return new Envelope(
                reversePath,
                recipients,
                (flags & SMTP_UTF8) != 0,
                (flags & EIGHT_BIT_MIME) != 0,
                handling(flags),
                dsn,
                client);
    }

    private static Envelope.Handling handling(int flags) {
        if ((flags & TLS_REQUIRED) != 0) {
            return Envelope.Handling.TLS_REQUIRED;
        }
        if ((flags & TLS_REPORT) != 0) {
            return Envelope.Handling.TLS_REPORT;
        }
        return (flags & TLS_NOT_REQUIRED) != 0 ? Envelope.Handling.TLS_NOT_REQUIRED : Envelope.Handling.USUAL;
    }
}
