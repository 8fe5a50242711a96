// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestKey.NOW;
import static org.gatepost.dns.TestKey.rr;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.gatepost.dns.ValidationReason.Kind;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;

class SignatureCheckTest {
    private static final TestKey KEY = TestKey.of("test.");
    private static final RRset SET = new RRset(rr("a.test. A 192.0.2.1"));

    private final WorkBudget budget = new WorkBudget(WorkLimits.STANDARD);

    private Standing<RRSIGRecord> check(RRset set, ZoneKeys zone, Instant now) {
        return new SignatureCheck(AlgorithmPolicy.PRODUCTION, now, budget).check(set, zone);
    }

    private static RRset with(RRSIGRecord... signatures) {
        var set = new RRset(SET);
        for (RRSIGRecord signature : signatures) {
            set.addRR(signature);
        }
        return set;
    }

    private static ValidationReason bogus(Standing<?> standing) {
        if (standing instanceof Standing.Bogus<?>(ValidationReason why)) {
            return why;
        }
        throw new AssertionError("expected bogus, but got " + standing);
    }

    private ValidationReason fault(RRset set) {
        return bogus(check(set, KEY.alone(), NOW));
    }

    @Test
    void noDnameIsMadeOfAWildcard() { // RFC 6672 §3.3
        RRset wildcard = KEY.signed(rr("*.test. DNAME other."));

        assertThat(check(wildcard, KEY.alone(), NOW)).isInstanceOf(Standing.Secure.class);
        assertThat(fault(TestKey.expanded(wildcard, "b.test.")).kind()).isEqualTo(Kind.SIGNATURE_MALFORMED);
    }

    @Test
    void oneSignatureThatHoldsIsEnough() { // RFC 6840 §5.11
        RRSIGRecord good = KEY.signature(SET);
        RRSIGRecord wrong = TestKey.with(KEY.signature(SET), new byte[64]);

        assertThat(check(with(wrong, good), KEY.alone(), NOW)).isEqualTo(new Standing.Secure<>(good));
    }

    @Test
    void eachFaultIsNamedWithSetZoneAndKey() {
        String by =
                "the signature over a.test. A by zone test. key " + KEY.record().getFootprint() + " (ECDSAP256SHA256) ";
        RRSIGRecord expired = KEY.signature(SET, NOW.minus(Duration.ofHours(2)), NOW.minusSeconds(1));
        RRSIGRecord early = KEY.signature(SET, NOW.plusSeconds(1), NOW.plus(Duration.ofHours(2)));
        RRSIGRecord inverted = KEY.signature(SET, NOW.plusSeconds(1), NOW.minusSeconds(1));
        RRSIGRecord foreign = TestKey.of("other.").signature(SET);
        RRSIGRecord unknown = TestKey.of("test.").signature(SET);

        assertThat(fault(new RRset(SET)).sentence())
                .isEqualTo("a.test. A has no signature though its zone test. is signed");
        assertThat(fault(with(expired)).sentence()).isEqualTo(by + "expired at 2026-11-23T11:59:59Z");
        assertThat(fault(with(early)).sentence()).isEqualTo(by + "is not valid before 2026-11-23T12:00:01Z");
        assertThat(fault(with(inverted)).sentence()).isEqualTo(by + "ends before it begins");
        assertThat(fault(with(TestKey.with(KEY.signature(SET), new byte[64]))).sentence())
                .isEqualTo(by + "does not match the records");
        assertThat(fault(with(foreign)).kind()).isEqualTo(Kind.SIGNER_WRONG);
        assertThat(fault(with(unknown)).sentence()).endsWith("is by a key that the zone does not have");
    }

    @Test
    void ofSeveralFaultsTheMostTellingIsTold() {
        RRSIGRecord expired = KEY.signature(SET, NOW.minus(Duration.ofHours(2)), NOW.minusSeconds(1));

        assertThat(fault(with(TestKey.of("test.").signature(SET), expired)).kind())
                .isEqualTo(Kind.SIGNATURE_EXPIRED);
    }

    @Test
    void aSignatureHoldsFromItsFirstToItsLastSecond() {
        RRSIGRecord brief = KEY.signature(SET, NOW, NOW.plusSeconds(1));

        assertThat(check(with(brief), KEY.alone(), NOW)).isInstanceOf(Standing.Secure.class);
        assertThat(check(with(brief), KEY.alone(), NOW.plusSeconds(1))).isInstanceOf(Standing.Secure.class);
        assertThat(check(with(brief), KEY.alone(), NOW.plusSeconds(2))).isInstanceOf(Standing.Bogus.class);
    }

    @Test
    void timesAreSerialNumbersAndSurviveTheirOverflow() { // RFC 4034 §3.1.5
        Instant overflow = Instant.ofEpochSecond(1L << 32);
        RRSIGRecord across = KEY.signature(SET, overflow.minusSeconds(10), Instant.ofEpochSecond(10));

        assertThat(check(with(across), KEY.alone(), overflow)).isInstanceOf(Standing.Secure.class);
        assertThat(check(with(across), KEY.alone(), overflow.plusSeconds(11))).isInstanceOf(Standing.Bogus.class);
    }

    @Test
    void labelsMustFitOwnerAndZone() {
        RRset wildcard = KEY.signed(rr("*.test. A 192.0.2.1"));
        RRset tooMany = new RRset(rr("test. A 192.0.2.1"));
        tooMany.addRR(KEY.signature(SET).withName(Name.fromConstantString("test.")));
        TestKey deep = TestKey.of("b.test.");
        RRset aboveZone = TestKey.expanded(deep.signed(rr("*.test. A 192.0.2.1")), "a.b.test.");

        assertThat(check(TestKey.expanded(wildcard, "x.y.test."), KEY.alone(), NOW))
                .isInstanceOf(Standing.Secure.class);
        assertThat(fault(tooMany).kind()).isEqualTo(Kind.SIGNATURE_MALFORMED);
        assertThat(bogus(check(aboveZone, deep.alone(), NOW)).sentence())
                .endsWith("counts fewer labels than its zone has");
    }

    @Test
    void delegationsAndKeysAreNotMadeOfWildcards() {
        RRset ds = TestKey.expanded(KEY.signed(rr("*.test. DS 1 13 2 " + "ab".repeat(32))), "child.test.");

        assertThat(fault(ds).sentence()).endsWith("makes of a wildcard what none may stand for");
    }

    @Test
    void algorithmsThatThePolicyLeavesOutProveNothing() {
        TestKey sha1 = TestKey.of("test.", 5, 1024, TestKey.ZONE);
        RRset set = with(sha1.signature(SET));

        assertThat(bogus(check(set, sha1.alone(), NOW)).kind()).isEqualTo(Kind.ALGORITHM_UNSUPPORTED);
        assertThat(new SignatureCheck(AlgorithmPolicy.WITH_SHA1, NOW, budget).check(set, sha1.alone()))
                .isInstanceOf(Standing.Secure.class);
    }

    @Test
    void rsaKeysThatAnyoneCanBreakProveNothing() {
        TestKey shortKey = TestKey.of("test.", 8, 512, TestKey.ZONE);

        assertThat(bogus(check(with(shortKey.signature(SET)), shortKey.alone(), NOW))
                        .sentence())
                .endsWith("is by an RSA key of less than 1024 bits");
    }

    @Test
    void keysThatAreNoZoneKeysOrAreRevokedSignNothingButThatARevokedKeySignsItsOwnSet() { // RFC 5011 §2.1
        TestKey host = TestKey.of("test.").withFlags(0);
        TestKey revoked = KEY.withFlags(TestKey.ZONE_REVOKED);

        assertThat(bogus(check(with(host.signature(SET)), host.alone(), NOW)).kind())
                .isEqualTo(Kind.KEY_UNUSABLE);
        assertThat(bogus(check(with(revoked.signature(SET)), revoked.alone(), NOW))
                        .kind())
                .isEqualTo(Kind.KEY_UNUSABLE);
        assertThat(check(revoked.signed(revoked.record()), revoked.alone(), NOW))
                .isInstanceOf(Standing.Secure.class);
    }

    /// Keys of one tag: the data of all but the last differ in octets that the tag adds up the same.
    private static ZoneKeys colliding(int count) {
        var keys = new ArrayList<DNSKEYRecord>();
        byte[] real = KEY.record().getKey();
        for (int i = 1; i < count; i++) {
            byte[] key = real.clone();
            byte[] swapped = {key[2 * i], key[2 * i + 1]};
            key[2 * i] = key[2 * i + 2];
            key[2 * i + 1] = key[2 * i + 3];
            key[2 * i + 2] = swapped[0];
            key[2 * i + 3] = swapped[1];
            keys.add(new DNSKEYRecord(Name.fromConstantString("test."), 1, 300, TestKey.ZONE, 3, 13, key));
        }
        keys.add(KEY.record());
        return new ZoneKeys(Name.fromConstantString("test."), keys, Instant.MAX);
    }

    @Test
    void keysThatShareATagAreAllTriedWithinBounds() { // KeyTrap, CVE-2023-50387
        assertThat(colliding(4).keys())
                .extracting(DNSKEYRecord::getFootprint)
                .containsOnly(KEY.record().getFootprint());
        assertThat(check(with(KEY.signature(SET)), colliding(4), NOW)).isInstanceOf(Standing.Secure.class);
        assertThat(bogus(check(with(KEY.signature(SET)), colliding(5), NOW)).kind())
                .isIn(Kind.SIGNATURE_WRONG, Kind.KEY_UNUSABLE);
    }

    @Test
    void wrongSignaturesAreTriedOnlySoOften() { // KeyTrap, CVE-2023-50387
        var signatures = new ArrayList<RRSIGRecord>();
        for (int i = 0; i < 100; i++) {
            byte[] octets = new byte[64];
            octets[0] = (byte) i;
            signatures.add(TestKey.with(KEY.signature(SET), octets));
        }

        assertThat(fault(with(signatures.toArray(RRSIGRecord[]::new))).kind()).isEqualTo(Kind.WORK_BOUND);
        assertThat(budget.exceeded()).isTrue();
        assertThat(List.of(budget.spendSignature())).containsExactly(false);
    }
}
