// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.time.Instant;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.smtp.MailDate;
import org.gatepost.spool.QueuedMessage;

/// Tells a sender who asked to hear of success that a message went to a host that does not report, so that
/// nothing more will be heard of it unless it fails there (RFC 3461 §5.2.2).
public final class RelayReport extends StatusReport<ReportedRecipient.Relayed> {
    private final List<ReportedRecipient.Relayed> relayed;

    /// @param hostname who reports
    /// @param relayed at least one
    public RelayReport(DomainName hostname, QueuedMessage message, List<ReportedRecipient.Relayed> relayed) {
        super(hostname, message, relayed);
        this.relayed = List.copyOf(relayed);
    }

    @Override
    String subject() {
        return "Handed on: your message to";
    }

    @Override
    void humanText(ReportText text) {
        text.line("Your message was handed on to the recipient's mail server for:");
        text.line("");
        relayed.forEach(one -> text.line("  " + one.mailbox()));
        text.line("");
        text.line("That server does not tell when a message reaches the mailbox, so this is the last you hear of it,");
        text.line("unless it fails there.");
        origin(text);
        for (ReportedRecipient.Relayed one : relayed) {
            text.line("");
            text.line(one.mailbox().toString());
            text.line("  taken over by " + one.host() + ": " + one.reply());
        }
    }

    @Override
    void statusFields(ReportText status, ReportedRecipient.Relayed one, Instant now) {
        status.line("Action: relayed");
        // X.1.9 of the registry for RFC 3463: relayed to a mailer that tells no more.
        status.line("Status: 2.1.9");
        status.line("Remote-MTA: dns; " + one.host());
        status.line("Diagnostic-Code: smtp; " + one.reply());
        status.line("Last-Attempt-Date: " + MailDate.of(now));
    }
}
