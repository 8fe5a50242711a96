// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.List;
import java.util.Optional;

/// What the server replied in one mail transaction.
///
/// A 421 counts as the reply to every command from there on, for the server answers nothing more.
///
/// @param mail the reply to MAIL
/// @param recipients the replies to RCPT, in the order of the recipients; empty when MAIL failed
/// @param data the reply to DATA, if it was sent; a message in a chunk has none
/// @param end the reply to the final dot or the last chunk, or what kept that from being sent
public record TransferResult(Reply mail, List<Reply> recipients, Optional<Reply> data, Optional<Reply> end) {
    public TransferResult {
        recipients = List.copyOf(recipients);
    }

    /// The reply that decides about a recipient: the first negative one, or the reply to the final dot.
    ///
    /// @param i index into the transaction's recipients, from 0
    public Reply forRecipient(int i) {
        return deciding(i).reply();
    }

    /// What the deciding reply answers: `MAIL`, `RCPT`, `DATA`, or `message` for the final dot or chunk.
    public String commandForRecipient(int i) {
        return deciding(i).phase().command();
    }

    /// Whether the server took responsibility for the message to this recipient.
    public boolean delivered(int i) {
        Deciding deciding = deciding(i);
        return deciding.phase() == Phase.MESSAGE && deciding.reply().isPositive();
    }

    /// Whether the server holds no part of the transaction any more. After DATA the reply to the final dot
    /// always ends it (RFC 5321 §3.3); a chunk that is refused leaves it in doubt (RFC 3030 §2).
    boolean endsTransaction() {
        return data.isPresent()
                ? end.isPresent()
                : end.filter(Reply::isPositive).isPresent();
    }

    private Deciding deciding(int i) {
        if (!mail.isPositive()) {
            return new Deciding(Phase.MAIL, mail);
        }
        Reply recipient = recipients.get(i);
        if (!recipient.isPositive()) {
            return new Deciding(Phase.RCPT, recipient);
        }
        return data.filter(toData -> !toData.isPositive())
                .map(toData -> new Deciding(Phase.DATA, toData))
                .orElseGet(() -> new Deciding(Phase.MESSAGE, end.orElseThrow()));
    }

    private record Deciding(Phase phase, Reply reply) {}
}
