// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.StsPolicy;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.PolicyMemory.Remembered;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The remembered policies, parsed: those asked for of late stay in the heap, within a bound, so that a lookup costs
/// neither a query nor a parse. Absences are held as well; most domains have no policy.
///
/// Whatever changes what the memory says of a domain goes through the one object of this class, but for the deletion of
/// expired policies: what is held in the heap is dropped after each change, and loaded again by one thread at a time.
/// Safe for use by many threads.
public final class KnownPolicies {
    /// Octets of heap, roughly.
    private static final int MOST_HELD = 48 << 20;

    private static final int OVERHEAD = 600;

    /// How exactly it is noted when mail last asked for a policy: a write for each domain and day.
    private static final Duration USE_NOTED = Duration.ofDays(1);

    private static final Logger LOG = LoggerFactory.getLogger(KnownPolicies.class);

    private final PolicyMemory memory;
    private final RefreshSchedule schedule;
    private final InstantSource clock;
    private final Cache<DomainName, Optional<Known>> held = Caffeine.newBuilder()
            .maximumWeight(MOST_HELD)
            .<DomainName, Optional<Known>>weigher((_, known) -> known.map(
                            one -> OVERHEAD + 2 * one.remembered().text().length())
                    .orElse(OVERHEAD / 3))
            .build();

    /// @param random spreads the times of refreshing; need not be secure
    public KnownPolicies(PolicyMemory memory, RandomGenerator random, InstantSource clock) {
        this.memory = memory;
        this.schedule = new RefreshSchedule(random);
        this.clock = clock;
    }

    /// A policy that has not expired.
    ///
    /// @param parsed empty when what is remembered cannot be read, as when another version wrote it
    record Known(Remembered remembered, Optional<StsPolicy> parsed) {
        private static Known of(Remembered remembered) {
            return new Known(
                    remembered,
                    switch (StsPolicyParser.parse(remembered.text())) {
                        case ParsedStsPolicy.Accepted accepted -> Optional.of(accepted.policy());
                        case ParsedStsPolicy.Rejected _ -> Optional.empty();
                    });
        }

        String id() {
            return remembered.id();
        }

        Instant expires() {
            return remembered.expires();
        }

        /// @throws SpoolException when what is remembered cannot be read: what it demands is not known, so the mail
        ///     waits rather than go as without a policy
        StsPolicy policy() {
            return parsed.orElseThrow(() -> new SpoolException(
                    "the policy remembered for " + remembered.policyDomain()
                            + " cannot be read; mail to it waits for the policy to be fetched anew, or until "
                            + expires(),
                    null));
        }
    }

    /// The domain's policy unless it has expired.
    ///
    /// @throws SpoolException when the memory cannot be read
    Optional<Known> unexpired(DomainName policyDomain) {
        Instant now = clock.instant();
        return held.get(policyDomain, domain -> memory.recall(domain).map(Known::of))
                .filter(known -> known.expires().isAfter(now));
    }

    /// Notes that mail asked for the policy, once a day.
    void use(Known known) {
        Instant now = clock.instant();
        if (known.remembered().used().plus(USE_NOTED).isAfter(now)) {
            return;
        }
        DomainName domain = known.remembered().policyDomain();
        try {
            memory.use(domain, now);
            held.invalidate(domain);
        } catch (SpoolException e) {
            LOG.error("mta-sts {}: the policy's use cannot be noted: {}", domain, e.getMessage());
        }
    }

    /// Remembers a policy just fetched. One that cannot be kept is in force all the same for as long as the heap has
    /// room for it.
    ///
    /// @param used when mail last asked for it
    void keep(DomainName policyDomain, String id, Fetched.Policy fetched, Instant used) {
        Instant now = clock.instant();
        Duration maxAge = fetched.policy().maxAge();
        var remembered = new Remembered(
                policyDomain, id, fetched.text(), now, now.plus(maxAge), used, schedule.afterFetch(now, maxAge));
        try {
            memory.remember(remembered);
            held.invalidate(policyDomain);
        } catch (SpoolException e) {
            LOG.error("mta-sts {}: the policy cannot be kept: {}", policyDomain, e.getMessage());
            held.put(policyDomain, Optional.of(new Known(remembered, Optional.of(fetched.policy()))));
        }
    }

    /// Whether mail has not asked for the policy for so long that it is not worth refreshing.
    boolean isUnused(Known known) {
        return !known.remembered().used().plus(RefreshSchedule.UNUSED).isAfter(clock.instant());
    }

    /// Leaves the policy alone until mail asks for it.
    void rest(Known known) {
        postpone(known, Optional.empty());
    }

    /// Puts the next try off after one that failed.
    void retryLater(Known known) {
        Remembered remembered = known.remembered();
        postpone(known, schedule.afterFailure(clock.instant(), remembered.fetched(), remembered.expires()));
    }

    private void postpone(Known known, Optional<Instant> due) {
        DomainName domain = known.remembered().policyDomain();
        memory.postpone(domain, due);
        held.invalidate(domain);
    }
}
