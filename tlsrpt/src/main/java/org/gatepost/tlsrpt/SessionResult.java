// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.time.Instant;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// What one session, or one attempt at a session, showed of one policy: the unit that reports count.
///
/// An attempt gives as many results as policies were judged; a DANE result is there twice, for the recipient domain and
/// for
/// the domain that publishes the TLSA records, since either may ask for reports.
///
/// @param time when it was judged; its UTC day is the report's
/// @param reportDomain whose `_smtp._tls` record says where the report goes
/// @param failure empty when the session is as the policy wants it
public record SessionResult(Instant time, DomainName reportDomain, ReportedPolicy policy, Optional<Failure> failure) {
    /// Why it is not.
    public record Failure(ResultType type, FailedSession session) {}
}
