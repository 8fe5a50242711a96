// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.resolution.KnownPolicies.Known;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsFacts.Source;
import org.gatepost.policy.StsPolicy.Mode;
import org.gatepost.policy.StsRecord;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

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
    private final KnownPolicies policies;
    private final int graceRetries;
    private final InstantSource clock;
    private final Cache<DomainName, PausedFetch> paused =
            Caffeine.newBuilder().maximumSize(MAX_PAUSED).build();
    private final Cache<DomainName, Instant> refreshed =
            Caffeine.newBuilder().maximumSize(MAX_PAUSED).build();
    private final Map<Fetch, CompletableFuture<Fetched>> underWay = new ConcurrentHashMap<>();

    public StsPolicyCache(
            Resolver resolver, StsFetcher fetcher, KnownPolicies policies, int graceRetries, InstantSource clock) {
        this.resolver = resolver;
        this.fetcher = fetcher;
        this.policies = policies;
        this.graceRetries = graceRetries;
        this.clock = clock;
    }

    /// What one fetch is for; many deliveries to a domain wait for the same one.
    private record Fetch(DomainName policyDomain, String id) {}

    private enum Reason {
        /// The record announces a policy that is not the one remembered.
        NEW,
        /// The policy is remembered, but stands in the way of mail or cannot be read.
        AGAIN,
        /// It is time.
        AHEAD_OF_EXPIRY
    }

    private record PausedFetch(String id, Instant begun, Fetched.Failed failure) {}

    /// What the policy record says.
    private sealed interface Announcement {
        record Id(String id) implements Announcement {}

        /// @param reason one printable line
        record Nothing(String reason) implements Announcement {}

        record Unknown(DnsFailure failure) implements Announcement {}
    }

    @Override
    public StsFacts lookUp(DomainName policyDomain, int retries) {
        return lookUp(policyDomain, retries, false);
    }

    @Override
    public StsFacts refresh(DomainName policyDomain) {
        return lookUp(policyDomain, 0, true);
    }

    /// Looks the record up and fetches the policy although no mail asks for it and whatever the id, before it expires.
    /// A failure changes nothing but the time of the next try. Blocks as long as a fetch may take.
    ///
    /// @throws SpoolException when the memory cannot be read or written
    public void renew(DomainName policyDomain) {
        Optional<Known> known = policies.unexpired(policyDomain);
        if (known.isEmpty()) {
            return;
        }
        if (policies.isUnused(known.get())) {
            policies.rest(known.get());
            return;
        }
        Optional<String> trouble = switch (announcement(policyDomain)) {
            case Announcement.Unknown unknown ->
                Optional.of("policy record: " + unknown.failure().detail());
            case Announcement.Nothing nothing -> Optional.of(nothing.reason());
            case Announcement.Id announced ->
                switch (fetch(
                        new Fetch(policyDomain, announced.id()),
                        Reason.AHEAD_OF_EXPIRY,
                        known.get().remembered().used())) {
                    case Fetched.Policy _ -> Optional.empty();
                    case Fetched.Failed failed -> Optional.of(failed.detail());
                };
        };
        trouble.ifPresent(detail -> renewalFailed(known.get(), detail));
    }

    /// RFC 8461 §3.3: administrators are told, unless the policy demands nothing.
    private void renewalFailed(Known known, String detail) {
        policies.retryLater(known);
        boolean demandsNothing =
                known.parsed().filter(policy -> policy.mode() == Mode.NONE).isPresent();
        LOG.atLevel(demandsNothing ? Level.DEBUG : Level.WARN)
                .log(
                        "mta-sts {}: the policy cannot be refreshed and stays in force until {}: {}",
                        known.remembered().policyDomain(),
                        known.expires().truncatedTo(ChronoUnit.SECONDS),
                        detail);
    }

    private StsFacts lookUp(DomainName policyDomain, int retries, boolean fetchAnyway) {
        Optional<Known> remembered = policies.unexpired(policyDomain);
        remembered.ifPresent(policies::use);
        return switch (announcement(policyDomain)) {
            case Announcement.Unknown unknown ->
                remembered
                        .map(policy -> inForce(
                                policy, "policy record: " + unknown.failure().detail()))
                        .orElseGet(() -> lookupFailed(policyDomain, unknown.failure(), retries));
            case Announcement.Nothing nothing -> withoutRecord(remembered, nothing.reason());
            case Announcement.Id announced -> withRecord(policyDomain, announced.id(), remembered, fetchAnyway);
        };
    }

    private Announcement announcement(DomainName policyDomain) {
        Optional<DomainName> name = recordName(policyDomain);
        if (name.isEmpty()) {
            return new Announcement.Nothing("the name is too long for a policy record");
        }
        return switch (resolver.txt(name.get())) {
            case Answer.Failed<RecordData.Txt> failed -> new Announcement.Unknown(failed.failure());
            case Answer.Denied<RecordData.Txt> _ -> new Announcement.Nothing("no policy record");
            case Answer.Found<RecordData.Txt> found ->
                switch (StsRecord.parse(texts(found))) {
                    case StsRecord.None none -> new Announcement.Nothing(none.detail());
                    case StsRecord.Published published -> new Announcement.Id(published.id());
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

    /// An unexpired policy outlives its record: removing it is what an attacker would do (RFC 8461 §3.3, §10.2).
    private static StsFacts withoutRecord(Optional<Known> remembered, String reason) {
        return remembered
                .map(policy -> inForce(policy, reason))
                .orElseGet(() -> new StsFacts.NoPolicy(reason, Optional.empty()));
    }

    private StsFacts withRecord(DomainName policyDomain, String id, Optional<Known> remembered, boolean fetchAnyway) {
        boolean known = remembered.filter(policy -> policy.id().equals(id)).isPresent();
        boolean readable =
                remembered.filter(policy -> policy.parsed().isPresent()).isPresent();
        boolean again = known && (fetchAnyway || !readable);
        if (known && !(again && mayRefresh(policyDomain))) {
            return inForce(remembered.get(), "");
        }
        return switch (fetch(new Fetch(policyDomain, id), again ? Reason.AGAIN : Reason.NEW, clock.instant())) {
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
        if (last != null && isPause(last, now)) {
            return false;
        }
        refreshed.put(policyDomain, now);
        return true;
    }

    /// Not one that began in the future: a clock that ran ahead for a moment must not keep policies away for years.
    private static boolean isPause(Instant begun, Instant now) {
        return !now.isBefore(begun) && now.isBefore(begun.plus(FETCH_PAUSE));
    }

    /// @param used when mail last asked for the policy
    private Fetched fetch(Fetch fetch, Reason reason, Instant used) {
        PausedFetch pause = paused.getIfPresent(fetch.policyDomain());
        if (reason != Reason.AGAIN
                && pause != null
                && pause.id().equals(fetch.id())
                && isPause(pause.begun(), clock.instant())) {
            return pause.failure();
        }
        CompletableFuture<Fetched> own = new CompletableFuture<>();
        CompletableFuture<Fetched> other = underWay.putIfAbsent(fetch, own);
        if (other != null) {
            return other.join();
        }
        try {
            Fetched fetched = fetchAndKeep(fetch, reason, used);
            own.complete(fetched);
            return fetched;
        } catch (RuntimeException bug) {
            own.completeExceptionally(bug);
            throw bug;
        } finally {
            underWay.remove(fetch);
        }
    }

    private Fetched fetchAndKeep(Fetch fetch, Reason reason, Instant used) {
        DomainName policyDomain = fetch.policyDomain();
        Fetched fetched = fetcher.fetch(policyDomain);
        switch (fetched) {
            case Fetched.Policy policy -> {
                paused.invalidate(policyDomain);
                policies.keep(policyDomain, fetch.id(), policy, used);
            }
            case Fetched.Failed failed -> {
                paused.put(policyDomain, new PausedFetch(fetch.id(), clock.instant(), failed));
                if (reason != Reason.AHEAD_OF_EXPIRY) {
                    LOG.warn("mta-sts {}: {} ({})", policyDomain, failed.detail(), failed.resultType());
                }
            }
        }
        return fetched;
    }

    /// @throws SpoolException when what is remembered cannot be read
    private static StsFacts inForce(Known known, String note) {
        return new StsFacts.InForce(
                known.policy(), known.id(), known.remembered().text(), Source.CACHED, known.expires(), note);
    }
}
