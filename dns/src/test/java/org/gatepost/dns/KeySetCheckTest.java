// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestKey.NOW;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.gatepost.dns.ValidationReason.Kind;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

class KeySetCheckTest {
    private static final Name ZONE = Name.fromConstantString("test.");
    private static final TestKey KSK = TestKey.of("test.").withFlags(0x0101);
    private static final TestKey ZSK = TestKey.of("test.");
    private static final RRset KEYS = KSK.signed(KSK.record(), ZSK.record());

    private static KeySetCheck with(AlgorithmPolicy policy) {
        return new KeySetCheck(policy, new SignatureCheck(policy, NOW, new WorkBudget(WorkLimits.STANDARD)), ZONE);
    }

    private static Standing<ZoneKeys> check(RRset keys, Record... vouchers) {
        return with(AlgorithmPolicy.PRODUCTION).check(keys, List.of(vouchers), Instant.MAX);
    }

    private static ValidationReason why(Standing<?> standing) {
        return switch (standing) {
            case Standing.Insecure<?>(ValidationReason why) -> why;
            case Standing.Bogus<?>(ValidationReason why) -> why;
            case Standing<?> other -> throw new AssertionError("expected a reason, but got " + other);
        };
    }

    @Test
    void oneVouchedKeyThatSignsTheSetMakesAllKeysTrusted() {
        for (int digest : new int[] {2, 4}) {
            assertThat(check(KEYS, KSK.ds(digest))).isInstanceOfSatisfying(Standing.Secure.class, secure -> {
                var keys = (ZoneKeys) secure.proof();
                assertThat(keys.keys()).containsExactlyInAnyOrder(KSK.record(), ZSK.record());
                assertThat(keys.expires()).isEqualTo(NOW.plusSeconds(300));
            });
        }
        assertThat(check(KEYS, KSK.record())).isInstanceOf(Standing.Secure.class);
    }

    @Test
    void aVouchedKeyMustSignTheSetItself() {
        assertThat(why(check(KEYS, ZSK.ds(2))).kind()).isEqualTo(Kind.KEY_MISSING);
        assertThat(check(KEYS, ZSK.ds(2))).isInstanceOf(Standing.Bogus.class);
    }

    @Test
    void oneOfSeveralVouchersIsEnough() { // RFC 6840 §5.11
        TestKey next = TestKey.of("test.", 14, 384, 0x0101);

        assertThat(check(KEYS, next.ds(2), KSK.ds(2))).isInstanceOf(Standing.Secure.class);
    }

    @Test
    void noMatchingKeyIsBogusAndBothSidesAreNamed() {
        TestKey other = TestKey.of("test.");
        ValidationReason why = why(check(KEYS, other.ds(2)));

        assertThat(why.kind()).isEqualTo(Kind.DS_MISMATCH);
        assertThat(why.sentence())
                .contains("which is for key " + other.record().getFootprint() + " (ECDSAP256SHA256) by digest type 2")
                .contains("test. DNSKEY has key " + KSK.record().getFootprint());
    }

    @Test
    void aZoneWithNothingValidatedHereIsInsecure() { // RFC 4035 §5.2
        TestKey sha1 = TestKey.of("test.", 7, 1024, 0x0101);
        RRset keys = sha1.signed(sha1.record());
        var unknownDigest = new DSRecord(ZONE, DClass.IN, 300, KSK.record().getFootprint(), 13, 99, new byte[32]);

        assertThat(check(keys, sha1.ds(2))).isInstanceOf(Standing.Insecure.class);
        assertThat(check(KEYS, unknownDigest)).isInstanceOf(Standing.Insecure.class);
        assertThat(check(KEYS, KSK.ds(1))).isInstanceOf(Standing.Insecure.class);
        assertThat(why(check(KEYS, KSK.ds(1))).kind()).isEqualTo(Kind.CHAIN_UNSUPPORTED);
        assertThat(with(AlgorithmPolicy.WITH_SHA1).check(keys, List.of(sha1.ds(1)), Instant.MAX))
                .isInstanceOf(Standing.Secure.class);
    }

    @Test
    void anUnknownVoucherBesideAKnownOneDoesNotMakeInsecure() {
        TestKey other = TestKey.of("test.");

        assertThat(check(KEYS, KSK.ds(1), other.ds(2))).isInstanceOf(Standing.Bogus.class);
    }

    @Test
    void sha1CountsOnlyBesideNothingStronger() { // RFC 4509 §3
        TestKey other = TestKey.of("test.");

        assertThat(with(AlgorithmPolicy.WITH_SHA1).check(KEYS, List.of(KSK.ds(1), other.ds(2)), Instant.MAX))
                .isInstanceOf(Standing.Bogus.class);
        assertThat(with(AlgorithmPolicy.WITH_SHA1).check(KEYS, List.of(KSK.ds(1)), Instant.MAX))
                .isInstanceOf(Standing.Secure.class);
    }

    @Test
    void aZoneVouchedForByAKeyThatAnyoneCanBreakIsInsecure() {
        TestKey shortKey = TestKey.of("test.", 8, 512, 0x0101);

        assertThat(check(shortKey.signed(shortKey.record()), shortKey.ds(2))).isInstanceOf(Standing.Insecure.class);
    }

    @Test
    void revokedKeysAndKeysOfOtherKindsAreNotVouchedFor() { // RFC 5011 §2.1
        TestKey revoked = KSK.withFlags(0x0181);
        TestKey host = KSK.withFlags(0x0001);

        assertThat(check(revoked.signed(revoked.record()), revoked.ds(2))).isInstanceOf(Standing.Bogus.class);
        assertThat(check(revoked.signed(revoked.record()), KSK.record())).isInstanceOf(Standing.Bogus.class);
        assertThat(check(host.signed(host.record()), host.ds(2))).isInstanceOf(Standing.Bogus.class);
    }

    @Test
    void trustEndsWithTheSignatureOrTheVouchers() {
        RRset brief = new RRset(KSK.record());
        brief.addRR(KSK.signature(brief, NOW.minus(Duration.ofHours(1)), NOW.plusSeconds(9)));

        assertThat(((Standing.Secure<ZoneKeys>) check(brief, KSK.ds(2))).proof().expires())
                .isEqualTo(NOW.plusSeconds(9));
        assertThat(((Standing.Secure<ZoneKeys>)
                                with(AlgorithmPolicy.PRODUCTION).check(brief, List.of(KSK.ds(2)), NOW.plusSeconds(5)))
                        .proof()
                        .expires())
                .isEqualTo(NOW.plusSeconds(5));
    }
}
