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
/// @param client who handed it in, for logs: `helo [address]`
public record Envelope(
        Optional<Mailbox> reversePath,
        List<Mailbox> recipients,
        boolean smtpUtf8,
        boolean eightBitMime,
        String client) {
    public Envelope {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("an envelope has recipients");
        }
    }
}
