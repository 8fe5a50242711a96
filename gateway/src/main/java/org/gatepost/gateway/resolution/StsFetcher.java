// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import org.gatepost.names.DomainName;
import org.gatepost.policy.StsPolicy;
import org.gatepost.tlsrpt.ResultType;

/// Fetches a domain's MTA-STS policy from its policy host.
public interface StsFetcher {
    /// Fetches and parses; blocks at most for the configured time, and never throws for trouble outside.
    Fetched fetch(DomainName policyDomain);

    /// What a fetch gave.
    sealed interface Fetched {
        /// @param text as served, at most 64 KiB
        record Policy(StsPolicy policy, String text) implements Fetched {}

        /// @param detail one printable line: the policy host, the address where known, and what went wrong
        record Failed(ResultType resultType, String detail) implements Fetched {}
    }
}
