// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.early;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gatepost.gateway.delivery.FailureWords;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.SubReason;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.PolicyMemory.Remembered;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.gatepost.spool.Spool.Update.Deferred;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Mail is tried before its time when the policy, or the TLSA records, that held it up are others now (spec O5).
class EarlyRetryTest {
    private static final Instant T0 = Instant.parse("2026-11-28T20:00:00Z");
    private static final DomainName DOMAIN = DomainName.parse("example.net");
    private static final DomainName HOST = DomainName.parse("mx.example.net");
    private static final DeliveryFailure STS =
            new DeliveryFailure.StsCertificateInvalid(DOMAIN, HOST, SubReason.UNTRUSTED_ISSUER, "evidence");
    private static final DeliveryFailure DANE =
            new DeliveryFailure.DaneMismatch(HOST, SubReason.EE_KEY_MISMATCH, "evidence");
    private static final DeliveryFailure REFUSED =
            new DeliveryFailure.ConnectionFailed("mx.example.net", SubReason.CONNECTION_REFUSED, "evidence");

    @TempDir
    private Path directory;

    private EmbeddedStore store;
    private EarlyRetry early;
    private Instant now = T0;

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory);
        early = new EarlyRetry(store.spool().control(), () -> now);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void deferred(String mailbox, DeliveryFailure failure) {
        try (Spool.Draft draft = store.spool().draft()) {
            draft.commit(
                    new Envelope(Optional.empty(), List.of(Mailbox.parse(mailbox)), false, false, "client"), now, now);
        }
        defer(now, failure);
    }

    private void defer(Instant when, DeliveryFailure failure) {
        for (QueuedRecipient one : store.spool().begin(store.spool().lease(when, 10))) {
            store.spool()
                    .apply(
                            List.of(new Deferred(one, now.plus(Duration.ofHours(1)), "line", FailureWords.of(failure))),
                            List.of());
        }
    }

    private List<String> due() {
        List<QueuedRecipient> due = store.spool().lease(now.plus(EarlyRetry.SPREAD), 10);
        store.spool().release(due);
        return due.stream().map(one -> one.mailbox().toString()).toList();
    }

    private static Remembered policy(String id, String text) {
        return new Remembered(DOMAIN, id, text, T0, T0.plus(Duration.ofDays(7)), T0, Optional.empty());
    }

    @Test
    void anotherPolicyBringsTheMailThatTheOldOneHeldUp() {
        WatchedPolicies policies = new WatchedPolicies(store.policyMemory(), early, Runnable::run);
        policies.remember(policy("1", "a"));
        deferred("sts@example.net", STS);
        deferred("dane@example.net", DANE);
        deferred("refused@example.net", REFUSED);
        deferred("other@example.org", STS);
        policies.remember(policy("1", "a"));
        assertThat(due()).isEmpty();
        policies.remember(policy("2", "b"));
        assertThat(due()).containsExactly("sts@example.net");
        assertThat(policies.recall(DOMAIN)).contains(policy("2", "b"));
    }

    /// A domain that changes its policy all the time does not have its mail tried all the time.
    @Test
    void aDomainHasOneEarlyRetryInAWhile() {
        WatchedPolicies policies = new WatchedPolicies(store.policyMemory(), early, Runnable::run);
        policies.remember(policy("1", "a"));
        deferred("sts@example.net", STS);
        policies.remember(policy("2", "a"));
        assertThat(due()).hasSize(1);
        defer(now.plus(EarlyRetry.SPREAD), STS);
        policies.remember(policy("3", "a"));
        assertThat(due()).isEmpty();
        now = now.plus(EarlyRetry.PAUSE);
        policies.remember(policy("4", "a"));
        assertThat(due()).hasSize(1);
    }

    @Test
    void otherTlsaRecordsBringTheMailThatTheOldOnesHeldUp() {
        deferred("dane@example.net", DANE);
        deferred("sts@example.net", STS);
        Map<DomainName, String> records = new HashMap<>(Map.of(DOMAIN, "3 1 1 00"));
        TlsaWatch watch =
                new TlsaWatch(store.spool().control(), domain -> Optional.ofNullable(records.get(domain)), early);
        watch.step();
        watch.step();
        assertThat(due()).isEmpty();
        records.remove(DOMAIN); // as when a name server does not answer
        watch.step();
        assertThat(due()).isEmpty();
        records.put(DOMAIN, "3 1 1 01");
        watch.step();
        assertThat(due()).containsExactly("dane@example.net");
    }

    @Test
    void moreDomainsThanARoundTakesAreLookedAtInTurns() {
        for (int i = 0; i < TlsaWatch.DOMAINS + 50; i++) {
            deferred("a@d" + i + ".test", DANE);
        }
        Map<DomainName, Integer> looks = new HashMap<>();
        TlsaWatch watch = new TlsaWatch(
                store.spool().control(),
                domain -> {
                    looks.merge(domain, 1, Integer::sum);
                    return Optional.empty();
                },
                early);
        watch.step();
        assertThat(looks).hasSize(TlsaWatch.DOMAINS);
        watch.step();
        assertThat(looks).hasSize(TlsaWatch.DOMAINS + 50);
        assertThat(looks.values()).containsOnly(1);
    }

    @Test
    void aPeersOwnWordsAreNoPolicysFailure() {
        String words =
                FailureWords.of(new DeliveryFailure.PeerRejected("RCPT", 450, Optional.of("4.7.5"), "not today"));
        assertThat(words).isEqualTo("4.7.5 peer-reply");
        assertThat(FailureWords.isMtaSts(words)).isFalse();
        assertThat(FailureWords.isDane(FailureWords.of(DANE))).isTrue();
        assertThat(FailureWords.isMtaSts(FailureWords.of(DANE))).isFalse();
        assertThat(FailureWords.isMtaSts(FailureWords.of(STS))).isTrue();
        assertThat(FailureWords.isDane("")).isFalse();
    }
}
