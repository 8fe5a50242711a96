// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import java.time.Instant;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.spool.QueuedMessage;

/// Tells a sender that a message was not delivered: what happened, who can mend it and how.
public final class NonDeliveryReport extends StatusReport<ReportedRecipient.Failed> {
    private final List<ReportedRecipient.Failed> failed;

    /// @param hostname who reports
    /// @param failed at least one
    public NonDeliveryReport(DomainName hostname, QueuedMessage message, List<ReportedRecipient.Failed> failed) {
        super(hostname, message, failed);
        this.failed = List.copyOf(failed);
    }

    @Override
    String subject() {
        return "Undeliverable: your message to";
    }

    @Override
    void humanText(ReportText text) {
        text.line("Your message was not delivered to:");
        for (ReportedRecipient.Failed one : failed) {
            text.line("");
            text.line("  " + one.mailbox());
            cause(text, one.failure());
        }
        origin(text);
        failed.forEach(one -> diagnostics(text, attempted(one)));
    }

    @Override
    void statusFields(ReportText status, ReportedRecipient.Failed one, Instant now) {
        status.line("Action: failed");
        status.line("Status: " + OutcomeTable.permanent(one.failure()).status());
        lastAttempt(status, attempted(one), now);
    }

    private static Attempted attempted(ReportedRecipient.Failed one) {
        return new Attempted(
                one.mailbox(),
                one.failure(),
                OutcomeTable.permanent(one.failure()).toString(),
                one.attempts(),
                one.history());
    }
}
