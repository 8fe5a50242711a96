// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// MTA-STS policies that outlive a restart (RFC 8461 §3.3), with what their refreshing needs to know. Durable like
/// the queue; safe for use by many threads.
public interface PolicyMemory {
    /// How many policies are remembered at most: twice what the largest known sender needs, 500 MB on disk.
    int MOST_POLICIES = 2_000_000;

    Optional<Remembered> recall(DomainName policyDomain);

    /// Replaces what is remembered for the domain.
    ///
    /// @throws SpoolException when it cannot be kept, as when the memory holds the most policies it may and none of
    ///     this domain
    void remember(Remembered policy);

    void forget(DomainName policyDomain);

    /// Notes that mail asked for the domain's policy. One that was no longer refreshed is due at that time.
    void use(DomainName policyDomain, Instant used);

    /// Sets when the policy is to be refreshed, without touching what it says.
    ///
    /// @param due empty: not until mail asks for it again
    void postpone(DomainName policyDomain, Optional<Instant> due);

    /// The domains whose policies are due for refreshing and have not expired, soonest to expire first.
    ///
    /// @param most how many at most
    List<DomainName> due(Instant now, int most);

    /// Deletes policies that have expired.
    ///
    /// @param most how many at most
    /// @return how many
    int purge(Instant now, int most);

    /// How many policies are remembered, expired ones among them.
    long size();

    /// @param id of the TXT record with which the policy was fetched
    /// @param text the policy as served
    /// @param used when mail last asked for it, to the day
    /// @param due when it is to be refreshed; empty: not until mail asks for it again
    record Remembered(
            DomainName policyDomain,
            String id,
            String text,
            Instant fetched,
            Instant expires,
            Instant used,
            Optional<Instant> due) {}
}
