// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.spool.PolicyMemory.Remembered;
import org.gatepost.spool.VolatilePolicyMemory;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Spec S4; RFC 8461 §3.3, §10.2. A policy was fetched at [#START] by mail; each test changes one thing.
class StsRenewalTest {
    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration WEEK = Duration.ofDays(7);
    private static final DomainName DOMAIN = DomainName.parse("example.com");
    private static final String RECORD = "_mta-sts.example.com";

    private final ScriptedResolver resolver = new ScriptedResolver();
    private final VolatilePolicyMemory memory = new VolatilePolicyMemory();
    private Instant now = START;
    private Fetched response = policy("enforce", "a.example.com");
    private int fetches;
    private final StsPolicyCache cache = new StsPolicyCache(
            resolver,
            _ -> {
                fetches++;
                return response;
            },
            new KnownPolicies(memory, new Random(1), () -> now),
            2,
            () -> now);
    private final LogLines log = LogLines.of(StsPolicyCache.class);

    @BeforeEach
    void remember() {
        record("1");
        lookUp();
    }

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void renewalFetchesUnderTheSameIdAndBeginsTheLifetimeAnew() { // pitfall 15
        response = policy("enforce", "b.example.com");
        now = START.plus(Duration.ofDays(1));
        cache.renew(DOMAIN);

        Remembered renewed = remembered();
        assertThat(renewed.text()).contains("b.example.com");
        assertThat(renewed.expires()).isEqualTo(now.plus(WEEK));
        assertThat(renewed.due().orElseThrow()).isBetween(now.plusSeconds(3600), now.plus(Duration.ofDays(1)));
        assertThat(inForce().text()).contains("b.example.com");
        assertThat(fetches).isEqualTo(2);
        assertThat(log.all()).isEmpty();
    }

    @Test
    void renewalTakesTheNewIdAlong() {
        record("2");
        cache.renew(DOMAIN);

        assertThat(remembered().id()).isEqualTo("2");
        assertThat(inForce().source()).isEqualTo(StsFacts.Source.CACHED);
    }

    @Test
    void failedFetchChangesNothingButTheNextTry() { // pitfall 20
        response = failed();
        now = START.plus(Duration.ofDays(1));
        cache.renew(DOMAIN);

        assertUnchangedAndDueLater();
        assertThat(log.all())
                .containsExactly("WARN mta-sts example.com: the policy cannot be refreshed and stays in force until"
                        + " 2026-11-30T12:00:00Z: scripted failure");
    }

    @Test
    void removedRecordChangesNothingButTheNextTryAndNothingIsFetched() {
        resolver.forget(RECORD, RecordType.TXT);
        now = START.plus(Duration.ofDays(1));
        cache.renew(DOMAIN);

        assertUnchangedAndDueLater();
        assertThat(log.all()).singleElement().asString().contains("no policy record");
        assertThat(fetches).isEqualTo(1);
    }

    @Test
    void failedLookupChangesNothingButTheNextTry() {
        resolver.failed(RECORD, RecordType.TXT, DnsFailure.Reason.BOGUS);
        now = START.plus(Duration.ofDays(1));
        cache.renew(DOMAIN);

        assertUnchangedAndDueLater();
        assertThat(log.all()).singleElement().asString().contains("scripted BOGUS");
    }

    @Test
    void nobodyIsAlarmedAboutAPolicyThatDemandsNothing() { // RFC 8461 §3.3
        response = policy("none", "a.example.com");
        cache.renew(DOMAIN);
        response = failed();
        now = START.plus(Duration.ofDays(1));
        cache.renew(DOMAIN);

        assertThat(log.all()).noneMatch(line -> line.startsWith("WARN"));
    }

    @Test
    void renewalKeepsTheFiveMinutesBetweenFailedFetches() { // RFC 8461 §3.3
        response = failed();
        record("2");
        lookUp();
        cache.renew(DOMAIN);
        assertThat(fetches).isEqualTo(2);
        now = now.plus(Duration.ofMinutes(6));
        cache.renew(DOMAIN);
        assertThat(fetches).isEqualTo(3);
    }

    @Test
    void policyThatNoMailAskedForInNinetyDaysIsLeftToExpireAndTakenUpAgainByMail() {
        response = policy("enforce", "a.example.com");
        for (int day = 1; day < 90; day++) {
            now = START.plus(Duration.ofDays(day));
            cache.renew(DOMAIN);
        }
        assertThat(fetches).isEqualTo(90);
        now = START.plus(Duration.ofDays(90));
        cache.renew(DOMAIN);
        assertThat(fetches).isEqualTo(90);
        assertThat(remembered().due()).isEmpty();

        lookUp();

        assertThat(memory.due(now, 9)).containsExactly(DOMAIN);
        cache.renew(DOMAIN);
        assertThat(fetches).isEqualTo(91);
    }

    /// Lookups stay reads: the use is written once a day.
    @Test
    void useIsNotedOncePerDay() {
        now = START.plus(Duration.ofHours(23));
        lookUp();
        assertThat(remembered().used()).isEqualTo(START);
        now = START.plus(Duration.ofHours(25));
        lookUp();
        Instant noted = now;
        now = now.plus(Duration.ofHours(2));
        lookUp();
        assertThat(remembered().used()).isEqualTo(noted);
    }

    @Test
    void expiredOrForgottenPolicyIsNotRenewed() {
        now = START.plus(WEEK);
        cache.renew(DOMAIN);
        cache.renew(DomainName.parse("absent.example"));

        assertThat(fetches).isEqualTo(1);
    }

    private void assertUnchangedAndDueLater() {
        Remembered kept = remembered();
        assertThat(kept.expires()).isEqualTo(START.plus(WEEK));
        assertThat(kept.fetched()).isEqualTo(START);
        assertThat(kept.id()).isEqualTo("1");
        assertThat(kept.due().orElseThrow()).isBetween(now.plusSeconds(300), now.plus(Duration.ofHours(4)));
        assertThat(inForce().text()).contains("a.example.com");
    }

    private Remembered remembered() {
        return memory.recall(DOMAIN).orElseThrow();
    }

    private StsFacts lookUp() {
        return cache.lookUp(DOMAIN, 0);
    }

    private StsFacts.InForce inForce() {
        return (StsFacts.InForce) lookUp();
    }

    private void record(String id) {
        resolver.found(RECORD, RecordType.TXT, DnssecStatus.INSECURE, new RecordData.Txt("v=STSv1; id=" + id + ";"));
    }

    static Fetched policy(String mode, String mx) {
        String text = "version: STSv1\nmode: " + mode + "\nmx: " + mx + "\nmax_age: 604800\n";
        return new Fetched.Policy(((ParsedStsPolicy.Accepted) StsPolicyParser.parse(text)).policy(), text);
    }

    private static Fetched failed() {
        return new Fetched.Failed(ResultType.STS_POLICY_FETCH_ERROR, "scripted failure");
    }
}
