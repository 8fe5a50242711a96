// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.PolicyMemory.Remembered;
import org.gatepost.spool.SpoolException;
import org.gatepost.spool.VolatilePolicyMemory;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Spec S4; RFC 8461 §3.3, §10.2, under a virtual clock. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StsRefresherTest {
    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final int RATE = 4;

    private final VolatilePolicyMemory memory = new VolatilePolicyMemory();
    private final List<Begun> begun = new ArrayList<>();
    private Instant now = START;

    private record Begun(Instant at, DomainName domain) {}

    private StsRefresher refresher(Consumer<DomainName> renewal) {
        return new StsRefresher(memory, renewal, RATE, Runnable::run);
    }

    /// Steps until the time is over, as the refresher's thread would.
    private void run(StsRefresher refresher, Duration time) {
        Instant end = now.plus(time);
        while (now.isBefore(end)) {
            Instant next = refresher.step(now);
            assertThat(next).isAfter(now);
            now = next;
        }
        now = end;
    }

    /// Notes the refresh and puts the next one off by a day.
    private void note(DomainName domain) {
        begun.add(new Begun(now, domain));
        memory.postpone(domain, Optional.of(now.plus(Duration.ofDays(1))));
    }

    private void remember(String domain, Duration expires) {
        memory.remember(new Remembered(
                DomainName.parse(domain), "1", "text", START, START.plus(expires), START, Optional.of(START)));
    }

    @Test
    void neverMoreIsBegunInASecondThanTheRate() {
        IntStream.range(0, 500).forEach(i -> remember("d" + i + ".example", Duration.ofDays(7)));
        run(refresher(this::note), Duration.ofMinutes(5));

        assertThat(begun).hasSize(500);
        for (int i = RATE; i < begun.size(); i++) {
            assertThat(Duration.between(begun.get(i - RATE).at(), begun.get(i).at()))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        }
    }

    @Test
    void aClockThatRanAheadForAMomentHoldsNothingUp() {
        StsRefresher refresher = refresher(this::note);
        refresher.step(START.plus(Duration.ofDays(2000)));
        remember("a.example", Duration.ofDays(7));
        run(refresher, Duration.ofMinutes(5));
        assertThat(begun).hasSize(1);
    }

    @Test
    void soonestToExpireComesFirstAfterALongStop() {
        var random = new Random(1);
        Map<DomainName, Instant> expiry = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            remember("d" + i + ".example", Duration.ofSeconds(10_000 + random.nextInt(1_000_000)));
        }
        memory.due(START, 400)
                .forEach(domain ->
                        expiry.put(domain, memory.recall(domain).orElseThrow().expires()));
        run(refresher(this::note), Duration.ofMinutes(5));

        assertThat(begun)
                .hasSize(400)
                .extracting(one -> expiry.get(one.domain()))
                .isSortedAccordingTo(Comparator.naturalOrder());
    }

    @Test
    void whatTakesLongIsNotBegunTwiceAndOnlySoManyAreUnderWay() {
        IntStream.range(0, 2 * StsRefresher.MOST_AT_ONCE)
                .forEach(i -> remember("d" + i + ".example", Duration.ofDays(7)));
        List<Runnable> tasks = new ArrayList<>();
        var refresher = new StsRefresher(memory, this::note, RATE, tasks::add);
        run(refresher, Duration.ofMinutes(10));
        assertThat(tasks).hasSize(StsRefresher.MOST_AT_ONCE);

        List.copyOf(tasks).forEach(Runnable::run);
        run(refresher, Duration.ofMinutes(10));

        assertThat(tasks).hasSize(2 * StsRefresher.MOST_AT_ONCE);
        tasks.subList(StsRefresher.MOST_AT_ONCE, tasks.size()).forEach(Runnable::run);
        assertThat(begun).extracting(Begun::domain).doesNotHaveDuplicates().hasSize(2 * StsRefresher.MOST_AT_ONCE);
    }

    @Test
    void defectInOneRefreshDisturbsNoOther() {
        remember("a.example", Duration.ofDays(1));
        remember("b.example", Duration.ofDays(2));
        StsRefresher refresher = refresher(domain -> {
            if (domain.ascii().equals("a.example")) {
                begun.add(new Begun(now, domain));
                throw new IllegalStateException("a bug");
            }
            note(domain);
        });
        run(refresher, Duration.ofMinutes(59));
        assertThat(begun).extracting(one -> one.domain().ascii()).containsExactly("a.example", "b.example");
        run(refresher, Duration.ofMinutes(2));
        assertThat(begun).hasSize(3);
    }

    @Test
    void memoryThatFailsIsAskedAgainInAMinute() {
        remember("a.example", Duration.ofDays(1));
        boolean[] broken = {true};
        int[] asked = {0};
        StsRefresher refresher = new StsRefresher(
                new ForwardingMemory(memory) {
                    @Override
                    public List<DomainName> due(Instant at, int most) {
                        asked[0]++;
                        if (broken[0]) {
                            throw new SpoolException("scripted: the disk is gone", null);
                        }
                        return super.due(at, most);
                    }
                },
                this::note,
                RATE,
                Runnable::run);
        run(refresher, Duration.ofMinutes(10));
        assertThat(asked[0]).isBetween(9, 11);
        broken[0] = false;
        run(refresher, Duration.ofMinutes(2));
        assertThat(begun).hasSize(1);
    }

    /// As on a full disk: nothing that is fetched can be kept, nor when it was tried.
    @Test
    void refreshThatCannotBeNotedIsNotRepeatedForFiveMinutes() {
        remember("a.example", Duration.ofDays(1));
        run(refresher(domain -> begun.add(new Begun(now, domain))), Duration.ofMinutes(61));

        assertThat(begun).hasSizeBetween(10, 13);
    }

    @Test
    void expiredPoliciesAreDeletedWithinTheHour() {
        IntStream.range(0, 2500).forEach(i -> remember("d" + i + ".example", Duration.ofMinutes(1)));
        remember("lives.example", Duration.ofDays(1));
        run(refresher(_ -> {}), Duration.ofMinutes(62));

        assertThat(memory.size()).isEqualTo(1);
    }

    @Test
    void threadRefreshesUntilItIsStopped() throws Exception {
        remember("a.example", Duration.ofDays(1));
        CountDownLatch refreshed = new CountDownLatch(1);
        try (StsRefresher refresher = refresher(_ -> refreshed.countDown())) {
            refresher.start(() -> START);
            refreshed.await();
        }
    }

    /// Thirty days without mail, with the policies' own schedule: hosts are down for days at a time, some for good.
    @Test
    void noPolicyExpiresWhileItsHostIsUp() {
        int count = 100;
        ScriptedResolver resolver = new ScriptedResolver();
        List<DomainName> domains = IntStream.range(0, count)
                .mapToObj(i -> DomainName.parse("d" + i + ".example"))
                .toList();
        domains.forEach(domain -> resolver.found(
                "_mta-sts." + domain, RecordType.TXT, DnssecStatus.INSECURE, new RecordData.Txt("v=STSv1; id=1;")));
        var cache = new StsPolicyCache(
                resolver,
                domain -> isUp(domains.indexOf(domain))
                        ? StsRenewalTest.policy("enforce", "mx.example")
                        : new Fetched.Failed(ResultType.STS_POLICY_FETCH_ERROR, "down"),
                new KnownPolicies(memory, new Random(1), () -> now),
                2,
                () -> now);
        domains.stream().filter(domain -> isUp(domains.indexOf(domain))).forEach(domain -> cache.lookUp(domain, 0));
        StsRefresher refresher = refresher(cache::renew);
        for (int hour = 0; hour < 30 * 24; hour++) {
            run(refresher, Duration.ofHours(1));
            for (int i = 0; i < count; i++) {
                boolean alive = memory.recall(domains.get(i))
                        .filter(policy -> policy.expires().isAfter(now))
                        .isPresent();
                assertThat(alive || !isUp(i) || i % 50 == 7)
                        .as("%s after %d h", domains.get(i), hour)
                        .isTrue();
            }
        }
    }

    /// One in ten is down for five days of every ten; one in fifty is down from the third day on.
    private boolean isUp(int domain) {
        long day = Duration.between(START, now).toDays();
        return domain % 50 == 7 ? day < 3 : domain % 10 != 3 || (day + domain) % 10 < 5;
    }

    private static class ForwardingMemory implements PolicyMemory {
        private final PolicyMemory memory;

        ForwardingMemory(PolicyMemory memory) {
            this.memory = memory;
        }

        @Override
        public Optional<Remembered> recall(DomainName policyDomain) {
            return memory.recall(policyDomain);
        }

        @Override
        public void remember(Remembered policy) {
            memory.remember(policy);
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
        public List<DomainName> due(Instant at, int most) {
            return memory.due(at, most);
        }

        @Override
        public int purge(Instant at, int most) {
            return memory.purge(at, most);
        }

        @Override
        public long size() {
            return memory.size();
        }
    }
}
