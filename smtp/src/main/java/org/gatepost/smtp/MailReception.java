// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.List;
import org.gatepost.names.Mailbox;

/// Decides about the mail of one connection and takes it in. Called by the session's thread, one transaction after
/// the other: [#mail], [#recipient] any number of times, then [#content] or [#abandoned].
///
/// An unchecked exception from any method ends the session: the client is told `421 4.3.0`, so that it keeps the
/// mail, and the exception leaves [SmtpServerSession#run].
public interface MailReception {
    /// A transaction is asked for; a positive reply begins it.
    Reply mail(MailParameters parameters);

    /// A recipient is asked for; a positive reply accepts it. Never asked again about a recipient it accepted in
    /// this transaction.
    Reply recipient(Mailbox recipient);

    /// The message comes; called just before the client is told to send it, or with its first chunk.
    ///
    /// @param accepted at least one, in the order of the commands, without repetitions
    /// @param dsn what is asked of reports
    BodyReceiver content(List<Mailbox> accepted, DsnRequest dsn);

    /// The transaction ends without [BodyReceiver#finish] having been called: RSET, a new EHLO, a lost
    /// connection, a message that was refused while it came in.
    void abandoned();

    /// The client named itself, by EHLO or HELO; printable ASCII without spaces, at most 255 characters,
    /// unverified.
    default void heloSeen(String helo) {}

    /// Whether this client is offered delivery status notifications (RFC 3461). Asked at each EHLO and MAIL.
    default boolean offersDsn() {
        return true;
    }
}
