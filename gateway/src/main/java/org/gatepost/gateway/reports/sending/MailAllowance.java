// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.gatepost.spool.ReportPlans;

/// How many report mails may be sent on a UTC day. Strangers name the mailboxes, so there is an end to it; what is
/// beyond waits in its plan like after a failed try.
final class MailAllowance {
    /// Far more than the domains that ask for reports by mail and that one gateway writes to.
    static final long MAILS_A_DAY = 100_000;

    private final ReportPlans plans;
    private final long most;
    private LocalDate day = LocalDate.MIN;
    private long taken;

    MailAllowance(ReportPlans plans, long most) {
        this.plans = plans;
        this.most = most;
    }

    /// Whether one more may be sent; counts it.
    synchronized boolean takes(Instant now) {
        LocalDate today = now.atZone(ZoneOffset.UTC).toLocalDate();
        if (!today.equals(day)) {
            day = today;
            taken = plans.mailsSince(today.atStartOfDay(ZoneOffset.UTC).toInstant());
        }
        if (taken >= most) {
            return false;
        }
        taken++;
        return true;
    }
}
