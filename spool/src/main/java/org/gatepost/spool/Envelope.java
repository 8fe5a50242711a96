// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.RecipientDsn;

/// A message's envelope as received.
///
/// @param reversePath empty for the null reverse-path `<>`
/// @param recipients at least one, without repetitions
/// @param smtpUtf8 whether MAIL carried SMTPUTF8
/// @param eightBitMime whether MAIL carried BODY=8BITMIME
/// @param handling what sets it apart from other mail on its way out
/// @param dsn what is asked of reports, recipient by recipient in the order of the envelope
/// @param client who handed it in, for logs: `helo [address]`
public record Envelope(
        Optional<Mailbox> reversePath,
        List<Mailbox> recipients,
        boolean smtpUtf8,
        boolean eightBitMime,
        Handling handling,
        DsnRequest dsn,
        String client) {
    public Envelope {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("an envelope has recipients");
        }
        if (!dsn.fits(recipients.size())) {
            throw new IllegalArgumentException("a DSN request names each recipient or none");
        }
    }

    /// An envelope of a message about whose reports nothing is asked.
    public Envelope(
            Optional<Mailbox> reversePath,
            List<Mailbox> recipients,
            boolean smtpUtf8,
            boolean eightBitMime,
            Handling handling,
            String client) {
        this(reversePath, recipients, smtpUtf8, eightBitMime, handling, DsnRequest.NONE, client);
    }

    /// An envelope of a message that is handled as usual.
    public Envelope(
            Optional<Mailbox> reversePath,
            List<Mailbox> recipients,
            boolean smtpUtf8,
            boolean eightBitMime,
            String client) {
        this(reversePath, recipients, smtpUtf8, eightBitMime, Handling.USUAL, client);
    }

    /// The same, handled in another way.
    public Envelope handled(Handling other) {
        return new Envelope(reversePath, recipients, smtpUtf8, eightBitMime, other, dsn, client);
    }

    /// What is asked of reports about some of the recipients.
    ///
    /// @throws IllegalArgumentException when one is no recipient of the envelope
    public DsnRequest dsnFor(List<Mailbox> some) {
        return new DsnRequest(dsn.message(), some.stream().map(this::dsnFor).toList());
    }

    private RecipientDsn dsnFor(Mailbox recipient) {
        int index = recipients.indexOf(recipient);
        if (index < 0) {
            throw new IllegalArgumentException("no recipient of the envelope");
        }
        return dsn.recipient(index);
    }

    /// What sets a message apart.
    public enum Handling {
        /// The recipient domain's policies bind it.
        USUAL,
        /// It goes even where the recipient domain's policies fail (RFC 8689 §4: `TLS-Required: No`).
        TLS_NOT_REQUIRED,
        /// A TLS report of ours: as [#TLS_NOT_REQUIRED], or the news of a failure could never arrive; and its own
        /// sessions are not reported, or each report would cause the next (RFC 8460 §5.3, §3).
        TLS_REPORT,
        /// It goes only over encrypted connections to hosts that prove who they are and promise to do the same
        /// (RFC 8689 §4.2.1: REQUIRETLS).
        TLS_REQUIRED
    }
}
