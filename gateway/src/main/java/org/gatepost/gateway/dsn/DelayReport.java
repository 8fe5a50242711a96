// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.time.Instant;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.smtp.MailDate;
import org.gatepost.spool.QueuedMessage;

/// Tells a sender that a message is late and still tried: why, and until when (RFC 3461 §4.1: DELAY).
public final class DelayReport extends StatusReport<ReportedRecipient.Delayed> {
    private final List<ReportedRecipient.Delayed> delayed;
    private final Instant until;

    /// @param hostname who reports
    /// @param delayed at least one
    /// @param until when the last attempt will be made
    public DelayReport(
            DomainName hostname, QueuedMessage message, List<ReportedRecipient.Delayed> delayed, Instant until) {
        super(hostname, message, delayed);
        this.delayed = List.copyOf(delayed);
        this.until = until;
    }

    @Override
    String subject() {
        return "Delayed: your message to";
    }

    @Override
    void humanText(ReportText text) {
        text.line("Your message has not been delivered yet to:");
        for (ReportedRecipient.Delayed one : delayed) {
            text.line("");
            text.line("  " + one.mailbox());
            cause(text, one.failure());
        }
        text.line("");
        text.line("You need not send it again: it is tried until " + MailDate.of(until) + ".");
        origin(text);
        delayed.forEach(one -> diagnostics(text, attempted(one)));
    }

    @Override
    void statusFields(ReportText status, ReportedRecipient.Delayed one, Instant now) {
        status.line("Action: delayed");
        status.line("Status: " + OutcomeTable.temporary(one.failure()).status());
        lastAttempt(status, attempted(one), now);
        status.line("Will-Retry-Until: " + MailDate.of(until));
    }

    private static Attempted attempted(ReportedRecipient.Delayed one) {
        return new Attempted(
                one.mailbox(),
                one.failure(),
                OutcomeTable.temporary(one.failure()).toString(),
                one.attempts(),
                one.history());
    }
}
