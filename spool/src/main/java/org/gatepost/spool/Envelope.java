// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;

/// A message's envelope as received.
///
/// @param reversePath empty for the null reverse-path `<>`
/// @param recipients at least one, without repetitions
/// @param smtpUtf8 whether MAIL carried SMTPUTF8
/// @param eightBitMime whether MAIL carried BODY=8BITMIME
/// @param handling what sets it apart from other mail on its way out
/// @param client who handed it in, for logs: `helo [address]`
public record Envelope(
        Optional<Mailbox> reversePath,
        List<Mailbox> recipients,
        boolean smtpUtf8,
        boolean eightBitMime,
        Handling handling,
        String client) {
    public Envelope {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("an envelope has recipients");
        }
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

    /// What sets a message apart.
    public enum Handling {
        /// The recipient domain's policies bind it.
        USUAL,
        /// It goes even where the recipient domain's policies fail (RFC 8689 §4: `TLS-Required: No`).
        TLS_NOT_REQUIRED,
        /// A TLS report of ours: as [#TLS_NOT_REQUIRED], or the news of a failure could never arrive; and its own
        /// sessions are not reported, or each report would cause the next (RFC 8460 §5.3, §3).
        TLS_REPORT
    }
}
