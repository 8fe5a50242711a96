// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;

/// A message to hand over, with its envelope.
///
/// @param reversePath empty for the null reverse-path `<>`
/// @param recipients at least one
/// @param size octets of the content, announced by SIZE where the server offers it
/// @param smtpUtf8 whether the message needs SMTPUTF8; the caller makes sure that the server offers it
/// @param eightBitMime whether to announce BODY=8BITMIME; where the server does not offer it, the content is sent
///     as it is all the same
/// @param dsn what is asked of reports; told where the server offers DSN
/// @param requireTls whether to say REQUIRETLS, where the server offers it; whether it must is the caller's to
///     know
public record MailTransaction(
        Optional<Mailbox> reversePath,
        List<Mailbox> recipients,
        long size,
        boolean smtpUtf8,
        boolean eightBitMime,
        ContentSource content,
        DsnRequest dsn,
        boolean requireTls) {
    /// A message whose sender asks for nothing special.
    public MailTransaction(
            Optional<Mailbox> reversePath,
            List<Mailbox> recipients,
            long size,
            boolean smtpUtf8,
            boolean eightBitMime,
            ContentSource content) {
        this(reversePath, recipients, size, smtpUtf8, eightBitMime, content, DsnRequest.NONE, false);
    }

    /// @throws IllegalArgumentException without recipients, with a negative size, or with a request for others
    public MailTransaction {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("a mail transaction has recipients");
        }
        if (size < 0) {
            throw new IllegalArgumentException("a size is not negative");
        }
        if (!dsn.fits(recipients.size())) {
            throw new IllegalArgumentException("a DSN request names each recipient or none");
        }
    }
}
