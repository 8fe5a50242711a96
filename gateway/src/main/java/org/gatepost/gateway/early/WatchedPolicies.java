// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.early;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.gatepost.gateway.delivery.FailureWords;
import org.gatepost.names.DomainName;
import org.gatepost.spool.PolicyMemory;

/// A memory of policies that has mail tried early when a policy is replaced by another one: mail that the old one
/// held up may go under the new one.
///
/// @param executor runs what follows from a change, so that the delivery that fetched the policy need not wait
public record WatchedPolicies(PolicyMemory memory, EarlyRetry early, Executor executor) implements PolicyMemory {
    /// With a thread for each change.
    public static WatchedPolicies of(PolicyMemory memory, EarlyRetry early) {
        return new WatchedPolicies(
                memory, early, task -> Thread.ofVirtual().name("early-retry").start(task));
    }

    @Override
    public void remember(Remembered policy) {
        DomainName domain = policy.policyDomain();
        boolean isAnother = memory.recall(domain)
                .filter(old -> !old.id().equals(policy.id()) || !old.text().equals(policy.text()))
                .isPresent();
        memory.remember(policy);
        if (isAnother) {
            executor.execute(() -> early.retry(domain, FailureWords::isMtaSts, "its MTA-STS policy changed"));
        }
    }

    @Override
    public Optional<Remembered> recall(DomainName policyDomain) {
        return memory.recall(policyDomain);
    }

    @Override
    public void forget(DomainName policyDomain) {
        memory.forget(policyDomain);
    }

    @Override
    public void use(DomainName policyDomain, Instant used) {
        memory.use(policyDomain, used);
    }

    @Override
    public void postpone(DomainName policyDomain, Optional<Instant> due) {
        memory.postpone(policyDomain, due);
    }

    @Override
    public List<DomainName> due(Instant now, int most) {
        return memory.due(now, most);
    }

    @Override
    public int purge(Instant now, int most) {
        return memory.purge(now, most);
    }

    @Override
    public long size() {
        return memory.size();
    }
}
