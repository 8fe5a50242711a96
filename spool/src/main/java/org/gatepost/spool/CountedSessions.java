// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.LocalDate;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;

/// The sums of sessions, for whoever only looks. Safe for use by many threads; every method throws
/// [SpoolException] when the store cannot be read.
public interface CountedSessions {
    /// The days with results that have not been forgotten, oldest first.
    List<LocalDate> days();

    /// The domains with results on the day, in the order of their names.
    ///
    /// @param after only names behind this one; the root for all
    List<DomainName> domains(LocalDate day, DomainName after, int limit);

    /// What the domain's report of the day says, one entry for each policy, in a stable order.
    List<PolicyResult> results(LocalDate day, DomainName reportDomain);
}
