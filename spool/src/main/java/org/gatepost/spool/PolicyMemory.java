// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// MTA-STS policies that outlive a restart (RFC 8461 §3.3). Durable like the queue; safe for use by many threads.
public interface PolicyMemory {
    Optional<Remembered> recall(DomainName policyDomain);

    /// Replaces what is remembered for the domain.
    void remember(Remembered policy);

    void forget(DomainName policyDomain);

    /// @param id of the TXT record with which the policy was fetched
    /// @param text the policy as served
    record Remembered(DomainName policyDomain, String id, String text, Instant fetched, Instant expires) {}
}
