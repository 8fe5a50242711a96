// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.gatepost.names.DomainName;

/// A policy memory that ends with the process: for commands that look once, and for tests.
public final class VolatilePolicyMemory implements PolicyMemory {
    private final Map<DomainName, Remembered> policies = new ConcurrentHashMap<>();

    @Override
    public Optional<Remembered> recall(DomainName policyDomain) {
        return Optional.ofNullable(policies.get(policyDomain));
    }

    @Override
    public void remember(Remembered policy) {
        policies.put(policy.policyDomain(), policy);
    }

    @Override
    public void forget(DomainName policyDomain) {
        policies.remove(policyDomain);
    }
}
