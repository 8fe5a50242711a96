// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.time.Instant;
import org.gatepost.dns.DnsFailure;
import org.gatepost.tlsrpt.ResultType;

/// What is known of a domain's MTA-STS policy.
public sealed interface StsFacts {
    /// The operator switched MTA-STS off for this destination.
    record SwitchedOff() implements StsFacts {}

    /// The domain publishes no policy, or none that can be used, and no unexpired policy is remembered.
    ///
    /// @param reason one printable line: no record, several records, a bad id, a failed fetch and why
    /// @param resultType what a TLS report calls it, when a record promised a policy that could not be had
    record NoPolicy(String reason, java.util.Optional<ResultType> resultType) implements StsFacts {}

    /// A policy is in force.
    ///
    /// @param id of the TXT record with which the policy was fetched
    /// @param text the policy as served, at most 64 KiB
    /// @param source where it came from this time
    /// @param expires when it stops being in force unless it is fetched again
    /// @param note one printable line when something about the record or the last fetch deserves mention; else
    ///     empty
    record InForce(StsPolicy policy, String id, String text, Source source, Instant expires, String note)
            implements StsFacts {}

    /// The TXT lookup failed and nothing is remembered: not the same as no record.
    ///
    /// @param graceOver whether the message has waited long enough to go as without a policy
    record LookupFailed(DnsFailure failure, boolean graceOver) implements StsFacts {}

    /// Where a policy in force came from.
    enum Source {
        FETCHED,
        CACHED
    }
}
