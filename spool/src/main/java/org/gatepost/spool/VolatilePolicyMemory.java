// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
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
        if (policy.text().length() > EmbeddedPolicyMemory.MAX_TEXT) {
            throw new IllegalArgumentException("a policy has at most " + EmbeddedPolicyMemory.MAX_TEXT + " characters");
        }
        if (policies.size() >= MOST_POLICIES && !policies.containsKey(policy.policyDomain())) {
            throw new SpoolException("the memory holds " + MOST_POLICIES + " policies, which is the most", null);
        }
        policies.put(policy.policyDomain(), policy);
    }

    @Override
    public void forget(DomainName policyDomain) {
        policies.remove(policyDomain);
    }

    @Override
    public void use(DomainName policyDomain, Instant used) {
        change(policyDomain, policy -> scheduled(policy, used, policy.due().or(() -> Optional.of(used))));
    }

    @Override
    public void postpone(DomainName policyDomain, Optional<Instant> due) {
        change(policyDomain, policy -> scheduled(policy, policy.used(), due));
    }

    private void change(DomainName policyDomain, UnaryOperator<Remembered> change) {
        policies.computeIfPresent(policyDomain, (_, policy) -> change.apply(policy));
    }

    private static Remembered scheduled(Remembered policy, Instant used, Optional<Instant> due) {
        return new Remembered(
                policy.policyDomain(), policy.id(), policy.text(), policy.fetched(), policy.expires(), used, due);
    }

    @Override
    public List<DomainName> due(Instant now, int most) {
        return policies.values().stream()
                .filter(policy -> policy.expires().isAfter(now))
                .filter(policy -> policy.due().filter(due -> !due.isAfter(now)).isPresent())
                .sorted(Comparator.comparing(Remembered::expires))
                .limit(most)
                .map(Remembered::policyDomain)
                .toList();
    }

    @Override
    public int purge(Instant now, int most) {
        List<Remembered> expired = policies.values().stream()
                .filter(policy -> !policy.expires().isAfter(now))
                .limit(most)
                .toList();
        return (int) expired.stream()
                .filter(policy -> policies.remove(policy.policyDomain(), policy))
                .count();
    }

    @Override
    public long size() {
        return policies.size();
    }
}
