// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsFacts.Source;
import org.gatepost.policy.StsPolicy;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.policy.StsRecord;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.PolicyMemory.Remembered;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// MTA-STS policies as RFC 8461 §3.3 and §5.1 want them kept: durable, fetched when the record's id changes, and
/// never forgotten before they expire because a lookup or a fetch failed. Safe for use by many threads.
public final class StsPolicyCache implements StsPolicies {
    /// How long a failed fetch is not repeated for the same record (RFC 8461 §3.3 asks for a limit; five minutes is
    /// its example).
    private static final Duration FETCH_PAUSE = Duration.ofMinutes(5);

    private static final int MAX_PAUSED = 100_000;
    private static final Logger LOG = LoggerFactory.getLogger(StsPolicyCache.class);

    private final Resolver resolver;
    private final StsFetcher fetcher;
    private final PolicyMemory memory;
    private final int graceRetries;
    private final InstantSource clock;
    private final Cache<DomainName, PausedFetch> paused =
            Caffeine.newBuilder().maximumSize(MAX_PAUSED).build();
    private final Cache<DomainName, Instant> refreshed =
            Caffeine.newBuilder().maximumSize(MAX_PAUSED).build();
    private final Map<Fetch, CompletableFuture<Fetched>> underWay = new ConcurrentHashMap<>();

    public StsPolicyCache(
            Resolver resolver, StsFetcher fetcher, PolicyMemory memory, int graceRetries, InstantSource clock) {
        this.resolver = resolver;
        this.fetcher = fetcher;
        this.memory = memory;
        this.graceRetries = graceRetries;
        this.clock = clock;
    }

    /// What one fetch is for; many deliveries to a domain wait for the same one.
    private record Fetch(DomainName policyDomain, String id) {}

    private record PausedFetch(String id, Instant until, Fetched.Failed failure) {}

    @Override
    public StsFacts lookUp(DomainName policyDomain, int retries) {
        return lookUp(policyDomain, retries, false);
    }

    @Override
    public StsFacts refresh(DomainName policyDomain) {
        return lookUp(policyDomain, 0, true);
    }

    private StsFacts lookUp(DomainName policyDomain, int retries, boolean fetchAnyway) {
        Optional<Remembered> remembered =
                memory.recall(policyDomain).filter(policy -> policy.expires().isAfter(clock.instant()));
        Optional<DomainName> name = recordName(policyDomain);
        if (name.isEmpty()) {
            return new StsFacts.NoPolicy("the name is too long for a policy record", Optional.empty());
        }
        return switch (resolver.txt(name.get())) {
            case Answer.Failed<RecordData.Txt> failed ->
                remembered
                        .map(policy -> inForce(
                                policy, "policy record: " + failed.failure().detail()))
                        .orElseGet(() -> lookupFailed(policyDomain, failed.failure(), retries));
            case Answer.Denied<RecordData.Txt> denied -> withoutRecord(remembered, "no policy record");
            case Answer.Found<RecordData.Txt> found ->
                switch (StsRecord.parse(texts(found))) {
                    case StsRecord.None none -> withoutRecord(remembered, none.detail());
                    case StsRecord.Published published ->
                        withRecord(policyDomain, published.id(), remembered, fetchAnyway);
                };
        };
    }

    private static Optional<DomainName> recordName(DomainName policyDomain) {
        try {
            return Optional.of(policyDomain.child("_mta-sts"));
        } catch (NameSyntaxException e) {
            return Optional.empty();
        }
    }

    private StsFacts lookupFailed(DomainName policyDomain, DnsFailure failure, int retries) {
        boolean graceOver = retries >= graceRetries;
        if (graceOver) {
            LOG.warn(
                    "mta-sts {}: the policy record still cannot be looked up ({}); mail goes as without a policy",
                    policyDomain,
                    failure.detail());
        }
        return new StsFacts.LookupFailed(failure, graceOver);
    }

    private static List<String> texts(Answer.Found<RecordData.Txt> found) {
        return found.records().stream().map(RecordData.Txt::text).toList();
    }

    /// An unexpired policy outlives its record: removing it is what an attacker would do (RFC 8461 §3.1, §10.2).
    private StsFacts withoutRecord(Optional<Remembered> remembered, String reason) {
        return remembered
                .map(policy -> inForce(policy, reason))
                .orElseGet(() -> new StsFacts.NoPolicy(reason, Optional.empty()));
    }

    private StsFacts withRecord(
            DomainName policyDomain, String id, Optional<Remembered> remembered, boolean fetchAnyway) {
        boolean known = remembered.filter(policy -> policy.id().equals(id)).isPresent();
        boolean readable =
                remembered.filter(policy -> parse(policy).isPresent()).isPresent();
        boolean again = known && (fetchAnyway || !readable);
        if (known && !(again && mayRefresh(policyDomain))) {
            return inForce(remembered.get(), "");
        }
        return switch (fetch(policyDomain, id, again)) {
            case Fetched.Policy policy ->
                new StsFacts.InForce(
                        policy.policy(),
                        id,
                        policy.text(),
                        Source.FETCHED,
                        clock.instant().plus(policy.policy().maxAge()),
                        "");
            case Fetched.Failed failed ->
                remembered
                        .map(policy -> inForce(policy, failed.detail()))
                        .orElseGet(() -> new StsFacts.NoPolicy(failed.detail(), Optional.of(failed.resultType())));
        };
    }

    /// Whether a policy may be fetched although its id has not changed: once in a while, however many messages of
    /// the domain ask for it.
    private boolean mayRefresh(DomainName policyDomain) {
        Instant now = clock.instant();
        Instant last = refreshed.getIfPresent(policyDomain);
        if (last != null && now.isBefore(last.plus(FETCH_PAUSE))) {
            return false;
        }
        refreshed.put(policyDomain, now);
        return true;
    }

    private Fetched fetch(DomainName policyDomain, String id, boolean again) {
        PausedFetch pause = paused.getIfPresent(policyDomain);
        if (!again && pause != null && pause.id().equals(id) && pause.until().isAfter(clock.instant())) {
            return pause.failure();
        }
        Fetch fetch = new Fetch(policyDomain, id);
        CompletableFuture<Fetched> own = new CompletableFuture<>();
        CompletableFuture<Fetched> other = underWay.putIfAbsent(fetch, own);
        if (other != null) {
            return other.join();
        }
        try {
            Fetched fetched = fetchAndKeep(policyDomain, id);
            own.complete(fetched);
            return fetched;
        } catch (RuntimeException bug) {
            own.completeExceptionally(bug);
            throw bug;
        } finally {
            underWay.remove(fetch);
        }
    }

    private Fetched fetchAndKeep(DomainName policyDomain, String id) {
        Fetched fetched = fetcher.fetch(policyDomain);
        switch (fetched) {
            case Fetched.Policy policy -> {
                paused.invalidate(policyDomain);
                remember(policyDomain, id, policy);
            }
            case Fetched.Failed failed -> {
                paused.put(policyDomain, new PausedFetch(id, clock.instant().plus(FETCH_PAUSE), failed));
                LOG.warn("mta-sts {}: {} ({})", policyDomain, failed.detail(), failed.resultType());
            }
        }
        return fetched;
    }

    /// A policy that cannot be kept is in force all the same, for the message at hand.
    private void remember(DomainName policyDomain, String id, Fetched.Policy fetched) {
        Instant now = clock.instant();
        try {
            memory.remember(new Remembered(
                    policyDomain,
                    id,
                    fetched.text(),
                    now,
                    now.plus(fetched.policy().maxAge())));
        } catch (SpoolException e) {
            LOG.error("mta-sts {}: the policy cannot be kept: {}", policyDomain, e.getMessage());
        }
    }

    private static Optional<StsPolicy> parse(Remembered remembered) {
        return switch (StsPolicyParser.parse(remembered.text())) {
            case ParsedStsPolicy.Accepted parsed -> Optional.of(parsed.policy());
            case ParsedStsPolicy.Rejected rejected -> Optional.empty();
        };
    }

    /// @throws SpoolException when what is remembered cannot be read, as when another version wrote it: what it
    ///     demands is not known, so the mail waits rather than go as without a policy
    private static StsFacts inForce(Remembered remembered, String note) {
        StsPolicy policy = parse(remembered)
                .orElseThrow(() -> new SpoolException(
                        "the policy remembered for " + remembered.policyDomain()
                                + " cannot be read; mail to it waits for the policy to be fetched anew, or until "
                                + remembered.expires(),
                        null));
        return new StsFacts.InForce(
                policy, remembered.id(), remembered.text(), Source.CACHED, remembered.expires(), note);
    }
}
