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

    /// Whether this client may prove who it is (RFC 4954), which it is offered over TLS only. Asked at each EHLO, AUTH
    /// and MAIL.
    default boolean offersAuthentication() {
        return false;
    }

    /// The client says who it is, over TLS and outside of a transaction; not called again after a positive reply.
    ///
    /// @return 235, 535 when that is not so, 454 when it cannot be found out now, or 421
    default Reply authenticate(Credentials credentials) {
        return Reply.of(454, "4.7.0", "Authentication is not available");
    }

    /// Whether this client is offered delivery status notifications (RFC 3461). Asked at each EHLO and MAIL.
    default boolean offersDsn() {
        return true;
    }
}
