// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import java.net.InetAddress;
import org.gatepost.gateway.http.OctetBudget;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.Reply;

/// The mailbox that reports are sent to: our own, so that mail to it is not relayed, whoever sends it.
///
/// @param address what `rua=mailto:` of our domains names
/// @param budget what all messages being received may take of memory together
public record ReportMailbox(Mailbox address, ReportIntake intake, OctetBudget budget) {
    /// Whether the recipient is this mailbox. Local parts are compared without regard to case, as it is ours to say.
    public boolean is(Mailbox recipient) {
        return recipient.host().equals(address.host()) && recipient.localPart().equalsIgnoreCase(address.localPart());
    }

    /// Judges a message and says what the client is told.
    ///
    /// @param fromNobody whether the reverse-path is null, as that of bounces is
    public Reply take(byte[] message, InetAddress client, boolean fromNobody) {
        return switch (intake.mailed(message, client)) {
            case IntakeVerdict.Stored(long number) -> Reply.of(250, "2.0.0", "report stored as " + number);
            case IntakeVerdict.Duplicate(long number) -> Reply.of(250, "2.0.0", "report known already as " + number);
            // A refused bounce would make its sender's postmaster look into what is none of his doing.
            case IntakeVerdict.NoReport no
            when fromNobody -> Reply.of(250, "2.0.0", "dropped: this mailbox takes TLS reports only");
            case IntakeVerdict.NoReport(String reason) ->
                Reply.of(554, "5.6.0", "this mailbox takes TLS reports only (RFC 8460): " + reason);
            case IntakeVerdict.Unreadable(String problem) ->
                Reply.of(554, "5.6.0", "the TLS report cannot be read: " + problem);
            case IntakeVerdict.NotOurs(String domains) ->
                Reply.of(550, "5.7.1", "TLS reports about " + domains + " are not taken here");
            // RFC 7372 §3.1.
            case IntakeVerdict.NotVouchedFor(boolean signed, String reason) ->
                Reply.of(
                        550,
                        signed ? "5.7.22" : "5.7.20",
                        "a TLS report needs a valid DKIM signature of its sender (RFC 8460 section 3): " + reason);
            case IntakeVerdict.NotVerified(String reason) ->
                Reply.of(451, "4.4.3", "the DKIM signature cannot be verified now: " + reason);
            case IntakeVerdict.TooMany(var domain) ->
                Reply.of(452, "4.2.2", "enough TLS reports about " + domain + " for today");
            case IntakeVerdict.Unavailable(String reason) -> Reply.of(451, "4.3.0", reason + ", try again later");
        };
    }
}
