// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsFacts.Source;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.SpoolException;
import org.gatepost.spool.VolatilePolicyMemory;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.Test;

/// Spec S1 and S4; RFC 8461 §3.3, §5.1.
class StsPolicyCacheTest {
    private static final DomainName DOMAIN = DomainName.parse("example.com");
    private static final String RECORD = "_mta-sts.example.com";

    private final ScriptedResolver resolver = new ScriptedResolver();
    private final VolatilePolicyMemory memory = new VolatilePolicyMemory();
    private final Queue<Fetched> responses = new ArrayDeque<>();
    private int fetches;
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");
    private final StsPolicyCache cache = cache(this::fetch, memory);

    private StsPolicyCache cache(StsFetcher fetcher, PolicyMemory where) {
        return new StsPolicyCache(resolver, fetcher, new KnownPolicies(where, new Random(1), () -> now), 2, () -> now);
    }

    private Fetched fetch(DomainName domain) {
        fetches++;
        return responses.remove();
    }

    @Test
    void aRecordLeadsToAFetchAndTheSameIdDoesNotLeadToAnother() {
        record("1");
        responses.add(policy("a.example.com"));
        assertThat(inForce(0).source()).isEqualTo(Source.FETCHED);
        assertThat(inForce(0).source()).isEqualTo(Source.CACHED);
        assertThat(fetches).isEqualTo(1);
    }

    @Test
    void anotherIdLeadsToAnotherFetch() { // pitfall 15
        record("1");
        responses.add(policy("a.example.com"));
        responses.add(policy("b.example.com"));
        lookUp(0);
        record("2");
        assertThat(inForce(0).text()).contains("b.example.com");
        assertThat(inForce(0).id()).isEqualTo("2");
    }

    @Test
    void aFailedFetchLeavesTheUnexpiredPolicyInForce() {
        record("1");
        responses.add(policy("a.example.com"));
        lookUp(0);
        record("2");
        responses.add(failed());
        StsFacts.InForce facts = inForce(0);
        assertThat(facts.source()).isEqualTo(Source.CACHED);
        assertThat(facts.note()).isEqualTo("scripted failure");
    }

    @Test
    void aRemovedRecordLeavesTheUnexpiredPolicyInForce() { // pitfall 20: an attacker's first move
        record("1");
        responses.add(policy("a.example.com"));
        lookUp(0);
        resolver.forget(RECORD, RecordType.TXT);
        assertThat(inForce(0).source()).isEqualTo(Source.CACHED);
        now = now.plus(Duration.ofDays(8));
        assertThat(lookUp(0)).isInstanceOf(StsFacts.NoPolicy.class);
    }

    @Test
    void aFailedLookupLeavesTheUnexpiredPolicyInForce() {
        record("1");
        responses.add(policy("a.example.com"));
        lookUp(0);
        resolver.failed(RECORD, RecordType.TXT, DnsFailure.Reason.SERVER_FAILURE);
        assertThat(inForce(9).source()).isEqualTo(Source.CACHED);
    }

    @Test
    void aFailedLookupWithNothingRememberedIsNotAnAbsence() { // pitfall 16, spec S1's grace
        resolver.failed(RECORD, RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        assertThat(lookUp(0)).isEqualTo(new StsFacts.LookupFailed(timedOut(), false));
        assertThat(lookUp(1)).isEqualTo(new StsFacts.LookupFailed(timedOut(), false));
        assertThat(lookUp(2)).isEqualTo(new StsFacts.LookupFailed(timedOut(), true));
        record("1");
        responses.add(policy("a.example.com"));
        assertThat(lookUp(0)).isInstanceOf(StsFacts.InForce.class);
    }

    @Test
    void theOperatorIsToldWhenMailGoesAlthoughTheRecordCouldNotBeLookedUp() { // spec S1
        resolver.failed(RECORD, RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        try (LogLines log = LogLines.of(StsPolicyCache.class)) {
            lookUp(0);
            lookUp(1);
            assertThat(log.all()).isEmpty();
            lookUp(2);
            assertThat(log.all())
                    .containsExactly("WARN mta-sts example.com: the policy record still cannot be looked up (scripted"
                            + " TIMED_OUT); mail goes as without a policy");
        }
    }

    @Test
    void parentDomainIsNotAsked() { // RFC 8461 §3.4
        record("1");
        assertThat(cache.lookUp(DomainName.parse("sub.example.com"), 0)).isInstanceOf(StsFacts.NoPolicy.class);
        assertThat(fetches).isZero();
    }

    /// What is held in the heap must not outlive what is remembered.
    @Test
    void policyHeldInTheHeapFollowsEveryChange() {
        record("1");
        responses.add(policy("a.example.com"));
        responses.add(policy("b.example.com"));
        lookUp(0);
        assertThat(inForce(0).text()).contains("a.example.com");
        record("2");
        lookUp(0);
        assertThat(inForce(0).text()).contains("b.example.com");
        assertThat(inForce(0).source()).isEqualTo(Source.CACHED);
        assertThat(memory.recall(DOMAIN).orElseThrow().id()).isEqualTo("2");
        now = now.plus(Duration.ofDays(7));
        resolver.forget(RECORD, RecordType.TXT);
        assertThat(lookUp(0)).isInstanceOf(StsFacts.NoPolicy.class);
    }

    @Test
    void aFailedFirstFetchMeansNoPolicyAndIsNotRepeatedForFiveMinutes() {
        record("1");
        responses.add(failed());
        assertThat(lookUp(0))
                .isEqualTo(new StsFacts.NoPolicy(
                        "scripted failure", java.util.Optional.of(ResultType.STS_POLICY_FETCH_ERROR)));
        now = now.plus(Duration.ofMinutes(4));
        assertThat(lookUp(0)).isInstanceOf(StsFacts.NoPolicy.class);
        assertThat(fetches).isEqualTo(1);
        now = now.plus(Duration.ofMinutes(2));
        responses.add(policy("a.example.com"));
        assertThat(lookUp(0)).isInstanceOf(StsFacts.InForce.class);
    }

    @Test
    void aClockThatRanAheadForAMomentKeepsNoPolicyAway() {
        record("1");
        Instant before = now;
        now = before.plus(Duration.ofDays(2000));
        responses.add(failed());
        assertThat(lookUp(0)).isInstanceOf(StsFacts.NoPolicy.class);
        now = before;
        responses.add(policy("a.example.com"));
        assertThat(lookUp(0)).isInstanceOf(StsFacts.InForce.class);
    }

    @Test
    void refreshFetchesAlthoughTheIdIsTheSame() { // spec S4: a policy changed without a new id
        record("1");
        responses.add(policy("a.example.com"));
        responses.add(policy("b.example.com"));
        lookUp(0);
        assertThat(((StsFacts.InForce) cache.refresh(DOMAIN)).text()).contains("b.example.com");
        assertThat(inForce(0).text()).contains("b.example.com");
    }

    @Test
    void twoRecordsAnnounceNoNewPolicy() {
        resolver.found(
                RECORD,
                RecordType.TXT,
                DnssecStatus.INSECURE,
                new RecordData.Txt("v=STSv1; id=1;"),
                new RecordData.Txt("v=STSv1; id=2;"));
        assertThat(lookUp(0)).isInstanceOf(StsFacts.NoPolicy.class);
        assertThat(fetches).isZero();
    }

    /// Every message that waits asks for a refresh at every attempt (spec S2: back-off).
    @Test
    void refreshIsNotRepeatedForFiveMinutes() {
        record("1");
        responses.add(policy("a.example.com"));
        responses.add(policy("b.example.com"));
        lookUp(0);
        cache.refresh(DOMAIN);
        for (int i = 0; i < 100; i++) {
            assertThat(((StsFacts.InForce) cache.refresh(DOMAIN)).text()).contains("b.example.com");
        }
        assertThat(fetches).isEqualTo(2);
        now = now.plus(Duration.ofMinutes(6));
        responses.add(policy("c.example.com"));
        assertThat(((StsFacts.InForce) cache.refresh(DOMAIN)).text()).contains("c.example.com");
    }

    @Test
    void deliveriesThatWaitForOnePolicyShareOneFetch() throws Exception {
        record("1");
        CountDownLatch fetching = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger count = new AtomicInteger();
        StsFetcher slow = domain -> {
            count.incrementAndGet();
            fetching.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return policy("a.example.com");
        };
        var shared = cache(slow, new VolatilePolicyMemory());
        var threads = new ArrayList<Thread>();
        threads.add(Thread.ofPlatform().start(() -> shared.lookUp(DOMAIN, 0)));
        fetching.await();
        for (int i = 0; i < 5; i++) {
            Thread thread = Thread.ofPlatform().start(() -> shared.lookUp(DOMAIN, 0));
            threads.add(thread);
            while (thread.getState() != Thread.State.WAITING) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        goOn.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(count).hasValue(1);
    }

    @Test
    void policyThatCannotBeKeptIsInForceAllTheSame() {
        record("1");
        responses.add(policy("a.example.com"));
        var full = cache(this::fetch, new FullMemory(Optional.empty()));

        assertThat(full.lookUp(DOMAIN, 0)).isInstanceOf(StsFacts.InForce.class);
        assertThat(full.lookUp(DOMAIN, 0))
                .isInstanceOfSatisfying(
                        StsFacts.InForce.class,
                        policy -> assertThat(policy.source()).isEqualTo(Source.CACHED));
        assertThat(fetches).isEqualTo(1);
        now = now.plus(Duration.ofDays(2));
        assertThat(full.lookUp(DOMAIN, 0)).isInstanceOf(StsFacts.InForce.class);
    }

    /// Spec Q4: what demand stands there is not known, so mail must not go as if there were none.
    @Test
    void rememberedPolicyThatCannotBeReadMakesMailWaitUnlessItIsFetchedAnew() {
        var unreadable = new PolicyMemory.Remembered(
                DOMAIN, "1", "version: STSv9\n", now, now.plusSeconds(3600), now, Optional.empty());
        var damaged = cache(this::fetch, new FullMemory(Optional.of(unreadable)));

        assertThatThrownBy(() -> damaged.lookUp(DOMAIN, 9)).isInstanceOf(SpoolException.class);
        record("1");
        responses.add(failed());
        assertThatThrownBy(() -> damaged.lookUp(DOMAIN, 9)).isInstanceOf(SpoolException.class);
        now = now.plus(Duration.ofMinutes(6));
        responses.add(policy("a.example.com"));
        assertThat(damaged.lookUp(DOMAIN, 9)).isInstanceOf(StsFacts.InForce.class);
    }

    /// A memory that cannot be written to.
    private record FullMemory(Optional<PolicyMemory.Remembered> content) implements PolicyMemory {
        @Override
        public Optional<Remembered> recall(DomainName policyDomain) {
            return content;
        }

        @Override
        public void remember(Remembered policy) {
            throw new SpoolException("scripted: the disk is full", null);
        }

        @Override
        public void forget(DomainName policyDomain) {
            throw new SpoolException("scripted: the disk is full", null);
        }

        @Override
        public void use(DomainName policyDomain, Instant used) {
            throw new SpoolException("scripted: the disk is full", null);
        }

        @Override
        public void postpone(DomainName policyDomain, Optional<Instant> due) {
            throw new SpoolException("scripted: the disk is full", null);
        }

        @Override
        public List<DomainName> due(Instant at, int most) {
            return content.stream().map(Remembered::policyDomain).toList();
        }

        @Override
        public int purge(Instant at, int most) {
            throw new SpoolException("scripted: the disk is full", null);
        }

        @Override
        public long size() {
            return content.stream().count();
        }
    }

    private StsFacts lookUp(int retries) {
        return cache.lookUp(DOMAIN, retries);
    }

    private StsFacts.InForce inForce(int retries) {
        return (StsFacts.InForce) lookUp(retries);
    }

    private void record(String id) {
        resolver.found(RECORD, RecordType.TXT, DnssecStatus.INSECURE, new RecordData.Txt("v=STSv1; id=" + id + ";"));
    }

    private static Fetched policy(String mx) {
        String text = "version: STSv1\nmode: enforce\nmx: " + mx + "\nmax_age: 604800\n";
        return new Fetched.Policy(((ParsedStsPolicy.Accepted) StsPolicyParser.parse(text)).policy(), text);
    }

    private static Fetched failed() {
        return new Fetched.Failed(ResultType.STS_POLICY_FETCH_ERROR, "scripted failure");
    }

    private static DnsFailure timedOut() {
        return new DnsFailure(DnsFailure.Reason.TIMED_OUT, "scripted TIMED_OUT");
    }
}
