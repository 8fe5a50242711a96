// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.LocalDate;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;

/// The results of sessions, summed by UTC day, reporting domain and policy, until they are reported (RFC 8460 §3,
/// §4.1). Safe for use by many threads; every method throws [SpoolException] when the store cannot work.
public interface SessionLog {
    /// Counts the results. Does not wait for the disk: they are durable no later than any change that is made to
    /// the store afterwards, so that what a delivery did to the queue is never kept without its sessions.
    ///
    /// A result whose day is closed already counts for the first day that is open.
    void record(List<SessionResult> results);

    /// From now on nothing counts for the day or one before it.
    void close(LocalDate day);

    /// The days with results that have not been forgotten, oldest first.
    List<LocalDate> days();

    /// The domains with results on the day, in the order of their names.
    ///
    /// @param after only names behind this one; the root for all
    List<DomainName> domains(LocalDate day, DomainName after, int limit);

    /// What the domain's report of the day says, one entry for each policy, in a stable order.
    List<PolicyResult> results(LocalDate day, DomainName reportDomain);

    /// Forgets the days before the one given.
    void forget(LocalDate before);
}
