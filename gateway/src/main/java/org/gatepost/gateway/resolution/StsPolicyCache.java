// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.ResultType;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsFacts.Source;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.policy.StsRecord;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.PolicyMemory.Remembered;
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

    public StsPolicyCache(
            Resolver resolver, StsFetcher fetcher, PolicyMemory memory, int graceRetries, InstantSource clock) {
        this.resolver = resolver;
        this.fetcher = fetcher;
        this.memory = memory;
        this.graceRetries = graceRetries;
        this.clock = clock;
    }

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
        Answer<RecordData.Txt> answer;
        try {
            answer = resolver.txt(policyDomain.child("_mta-sts"));
        } catch (IllegalArgumentException e) {
            return new StsFacts.NoPolicy("the name is too long for a policy record", Optional.empty());
        }
        return switch (answer) {
            case Answer.Failed<RecordData.Txt> failed ->
                remembered
                        .map(policy -> inForce(
                                policy,
                                Source.CACHED,
                                "policy record: " + failed.failure().detail()))
                        .orElseGet(() -> new StsFacts.LookupFailed(failed.failure(), retries >= graceRetries));
            case Answer.Denied<RecordData.Txt> denied -> withoutRecord(remembered, "no policy record");
            case Answer.Found<RecordData.Txt> found ->
                switch (StsRecord.parse(texts(found))) {
                    case StsRecord.None none -> withoutRecord(remembered, none.detail());
                    case StsRecord.Published published ->
                        withRecord(policyDomain, published.id(), remembered, fetchAnyway);
                };
        };
    }

    private static List<String> texts(Answer.Found<RecordData.Txt> found) {
        return found.records().stream().map(RecordData.Txt::text).toList();
    }

    /// An unexpired policy outlives its record: removing it is what an attacker would do (RFC 8461 §3.1, §10.2).
    private StsFacts withoutRecord(Optional<Remembered> remembered, String reason) {
        return remembered
                .map(policy -> inForce(policy, Source.CACHED, reason))
                .orElseGet(() -> new StsFacts.NoPolicy(reason, Optional.empty()));
    }

    private StsFacts withRecord(
            DomainName policyDomain, String id, Optional<Remembered> remembered, boolean fetchAnyway) {
        if (!fetchAnyway && remembered.filter(policy -> policy.id().equals(id)).isPresent()) {
            return inForce(remembered.get(), Source.CACHED, "");
        }
        return switch (fetch(policyDomain, id, fetchAnyway)) {
            case Fetched.Policy policy -> {
                Instant now = clock.instant();
                Remembered fresh = new Remembered(
                        policyDomain,
                        id,
                        policy.text(),
                        now,
                        now.plus(policy.policy().maxAge()));
                memory.remember(fresh);
                yield new StsFacts.InForce(policy.policy(), id, policy.text(), Source.FETCHED, fresh.expires(), "");
            }
            case Fetched.Failed failed ->
                remembered
                        .map(policy -> inForce(policy, Source.CACHED, failed.detail()))
                        .orElseGet(() -> new StsFacts.NoPolicy(failed.detail(), Optional.of(failed.resultType())));
        };
    }

    private Fetched fetch(DomainName policyDomain, String id, boolean fetchAnyway) {
        PausedFetch pause = paused.getIfPresent(policyDomain);
        if (!fetchAnyway
                && pause != null
                && pause.id().equals(id)
                && pause.until().isAfter(clock.instant())) {
            return pause.failure();
        }
        Fetched fetched = fetcher.fetch(policyDomain);
        switch (fetched) {
            case Fetched.Policy policy -> paused.invalidate(policyDomain);
            case Fetched.Failed failed -> {
                paused.put(policyDomain, new PausedFetch(id, clock.instant().plus(FETCH_PAUSE), failed));
                LOG.warn("mta-sts {}: {} ({})", policyDomain, failed.detail(), failed.resultType());
            }
        }
        return fetched;
    }

    private StsFacts inForce(Remembered remembered, Source source, String note) {
        return switch (StsPolicyParser.parse(remembered.text())) {
            case ParsedStsPolicy.Accepted parsed ->
                new StsFacts.InForce(
                        parsed.policy(), remembered.id(), remembered.text(), source, remembered.expires(), note);
            case ParsedStsPolicy.Rejected rejected ->
                // Only parsed policies are remembered; a store from another version may hold what this one refuses.
                new StsFacts.NoPolicy(
                        "the remembered policy cannot be read: " + rejected,
                        Optional.of(ResultType.STS_POLICY_INVALID));
        };
    }
}
