// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.LocalDate;
import java.util.List;
import org.gatepost.tlsrpt.SessionResult;

/// The results of sessions, summed by UTC day, reporting domain and policy, until they are reported (RFC 8460 §3,
/// §4.1). Safe for use by many threads; every method throws [SpoolException] when the store cannot work.
public interface SessionLog extends CountedSessions {
    /// Counts the results. Does not wait for the disk: they are durable no later than any change that is made to
    /// the store afterwards, so that what a delivery did to the queue is never kept without its sessions.
    ///
    /// A result whose day is closed already counts for the first day that is open.
    void record(List<SessionResult> results);

    /// From now on nothing counts for the day or one before it.
    void close(LocalDate day);

    /// Opens the days after the one given again if more than the next of them is closed: a clock that ran ahead did
    /// that, and nothing would count for any day until then. One day is what a clock set back over midnight leaves.
    ///
    /// @return whether it was so
    boolean reopenAfter(LocalDate day);

    /// Forgets the days before the one given.
    void forget(LocalDate before);
}
