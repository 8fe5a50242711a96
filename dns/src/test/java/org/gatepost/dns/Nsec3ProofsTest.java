// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestKey.name;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.dns.ValidationReason.Kind;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/// RFC 5155 §8 over hand-made records.
class Nsec3ProofsTest {
    private static final Name ZONE = name("test.");
    private static final byte[] SALT = {(byte) 0xaa, (byte) 0xbb};
    private static final int NONE = 0;
    private static final int OPT_OUT = 1;

    private final WorkBudget budget = new WorkBudget(WorkLimits.STANDARD);

    private Nsec3Proofs proofs(NSEC3Record... records) {
        return new Nsec3Proofs(ZONE, List.of(records), 150, budget);
    }

    private static BigInteger hash(String name, int iterations) {
        return new BigInteger(Nsec3Hash.of(name(name), SALT, iterations), 32);
    }

    private static NSEC3Record record(BigInteger from, BigInteger to, int flags, int iterations, int... types) {
        String owner = Nsec3Hash.text(octets(from)) + ".test.";
        return new NSEC3Record(name(owner), DClass.IN, 300, 1, flags, iterations, SALT, octets(to), types);
    }

    private static byte[] octets(BigInteger number) {
        byte[] octets = new byte[20];
        byte[] bare = number.toByteArray();
        int length = Math.min(20, bare.length);
        System.arraycopy(bare, bare.length - length, octets, 20 - length, length);
        return octets;
    }

    private static NSEC3Record at(String name, int... types) {
        BigInteger hash = hash(name, 1);
        return record(hash, hash.add(BigInteger.ONE), NONE, 1, types);
    }

    private static NSEC3Record around(String name, int flags) {
        BigInteger hash = hash(name, 1);
        return record(hash.subtract(BigInteger.ONE), hash.add(BigInteger.ONE), flags, 1, Type.A);
    }

    private static final NSEC3Record APEX = at("test.", Type.NS, Type.SOA, Type.RRSIG);

    private static void assertProven(Proof proof) {
        assertThat(proof).isInstanceOf(Proof.Proven.class);
    }

    private static void assertUnproven(Proof proof) {
        assertThat(proof).isInstanceOf(Proof.Unproven.class);
    }

    @Test
    void hashesAreThoseOfTheStandardsExample() { // RFC 5155 Appendix A
        byte[] salt = {(byte) 0xaa, (byte) 0xbb, (byte) 0xcc, (byte) 0xdd};

        assertThat(Nsec3Hash.of(name("Example."), salt, 12)).isEqualTo("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom");
        assertThat(Nsec3Hash.of(name("a.example."), salt, 12)).isEqualTo("35mthgpgcu1qg68fab165klnsnk3dpvl");
        assertThat(Nsec3Hash.text(new byte[20])).isEqualTo("0".repeat(32));
    }

    @Test
    void aNameErrorNeedsClosestEncloserNextCloserAndWildcard() { // §8.4
        assertProven(
                proofs(APEX, around("b.test.", NONE), around("*.test.", NONE)).nameError(name("a.b.test.")));
        assertUnproven(proofs(APEX, around("b.test.", NONE)).nameError(name("a.b.test.")));
        assertUnproven(proofs(APEX, around("*.test.", NONE)).nameError(name("a.b.test.")));
        assertUnproven(proofs(around("b.test.", NONE), around("*.test.", NONE)).nameError(name("a.b.test.")));
        // The name covered must be the next closer one, not the one asked for.
        assertUnproven(
                proofs(APEX, around("a.b.test.", NONE), around("*.test.", NONE)).nameError(name("a.b.test.")));
    }

    @Test
    void whereNamesMayBeLeftOutNothingIsSecurelyAbsent() { // §9.2
        var left = proofs(APEX, around("b.test.", OPT_OUT), around("*.test.", NONE));

        assertThat(left.nameError(name("b.test."))).isEqualTo(new Proof.Unsigned(Kind.OPT_OUT));
        assertThat(left.noData(name("b.test."), Type.DS)).isEqualTo(new Proof.Unsigned(Kind.OPT_OUT));
        assertThat(left.delegation(name("b.test."))).isEqualTo(new Delegation.Unsigned(Kind.OPT_OUT));
        assertThat(left.noCloserMatch(name("b.test."), name("*.test."))).isEqualTo(new Proof.Unsigned(Kind.OPT_OUT));
    }

    @Test
    void aCoveredNameWithoutOptOutHasNoDenialOfData() { // §8.6
        var strict = proofs(APEX, around("b.test.", NONE));

        assertUnproven(strict.noData(name("b.test."), Type.DS));
        assertThat(strict.delegation(name("b.test."))).isEqualTo(new Delegation.NothingBelow());
    }

    @Test
    void noDataNeedsABitmapOfTheRightSideOfTheCut() { // §8.5, §8.6
        assertProven(proofs(at("a.test.", Type.MX)).noData(name("a.test."), Type.A));
        assertUnproven(proofs(at("a.test.", Type.A)).noData(name("a.test."), Type.A));
        assertUnproven(proofs(at("a.test.", Type.CNAME)).noData(name("a.test."), Type.A));
        assertUnproven(proofs(at("a.test.", Type.NS)).noData(name("a.test."), Type.A));
        assertProven(proofs(at("a.test.", Type.NS)).noData(name("a.test."), Type.DS));
        assertUnproven(proofs(at("a.test.", Type.NS, Type.SOA)).noData(name("a.test."), Type.DS));
    }

    @Test
    void wildcardNoDataNeedsTheWildcardsBitmap() { // §8.7
        assertProven(
                proofs(APEX, around("b.test.", NONE), at("*.test.", Type.MX)).noData(name("b.test."), Type.A));
        assertUnproven(
                proofs(APEX, around("b.test.", NONE), at("*.test.", Type.A)).noData(name("b.test."), Type.A));
        assertThat(proofs(APEX, around("b.test.", OPT_OUT), at("*.test.", Type.MX))
                        .noData(name("b.test."), Type.A))
                .isEqualTo(new Proof.Unsigned(Kind.OPT_OUT));
    }

    @Test
    void aWildcardAppliesWhenTheNextCloserNameIsCovered() { // §8.8
        assertProven(proofs(around("b.w.test.", NONE)).noCloserMatch(name("a.b.w.test."), name("*.w.test.")));
        assertUnproven(proofs(around("a.b.w.test.", NONE)).noCloserMatch(name("a.b.w.test."), name("*.w.test.")));
    }

    @Test
    void theEncloserMustNotBeACutOrADname() { // §8.3
        for (int type : new int[] {Type.NS, Type.DNAME}) {
            var cut = proofs(at("c.test.", type), around("x.c.test.", NONE), around("*.c.test.", NONE));

            assertUnproven(cut.nameError(name("x.c.test.")));
            assertThat(cut.delegation(name("x.c.test."))).isEqualTo(new Delegation.Unproven());
        }
    }

    @Test
    void delegationsAreToldFromOrdinaryNames() {
        assertThat(proofs(at("c.test.", Type.NS)).delegation(name("c.test.")))
                .isEqualTo(new Delegation.Unsigned(Kind.UNSIGNED_DELEGATION));
        assertThat(proofs(at("c.test.", Type.A)).delegation(name("c.test."))).isEqualTo(new Delegation.None());
        assertThat(proofs(at("c.test.", Type.NS, Type.DS)).delegation(name("c.test.")))
                .isEqualTo(new Delegation.Unproven());
    }

    @Test
    void unknownHashesAndFlagsAreIgnored() { // §8.1, §8.2
        NSEC3Record known = at("a.test.", Type.MX);
        var otherHash = new NSEC3Record(
                known.getName(), DClass.IN, 300, 2, NONE, 1, SALT, known.getNext(), new int[] {Type.MX});
        var otherFlag =
                new NSEC3Record(known.getName(), DClass.IN, 300, 1, 2, 1, SALT, known.getNext(), new int[] {Type.MX});
        var shortNext =
                new NSEC3Record(known.getName(), DClass.IN, 300, 1, NONE, 1, SALT, new byte[5], new int[] {Type.MX});

        Stream.of(otherHash, otherFlag, shortNext)
                .forEach(record -> assertUnproven(proofs(record).noData(name("a.test."), Type.A)));
    }

    @Test
    void recordsOfDifferentParametersProveNothing() { // §8.2
        BigInteger hash = hash("x.test.", 2);
        NSEC3Record other = record(hash, hash.add(BigInteger.ONE), NONE, 2, Type.MX);

        assertProven(proofs(at("a.test.", Type.MX)).noData(name("a.test."), Type.A));
        assertUnproven(proofs(at("a.test.", Type.MX), other).noData(name("a.test."), Type.A));
    }

    @Test
    void moreIterationsThanAcceptedMakeInsecureWithoutAnyHashing() { // RFC 9276 §3.2, CVE-2023-50868
        BigInteger hash = hash("a.test.", 150);
        NSEC3Record within = record(hash, hash.add(BigInteger.ONE), NONE, 150, Type.MX);
        NSEC3Record dear = record(hash, hash.add(BigInteger.ONE), NONE, 151, Type.MX);

        assertProven(proofs(within).noData(name("a.test."), Type.A));
        var tooDear = new Nsec3Proofs(ZONE, List.of(dear), 150, new WorkBudget(new WorkLimits(0, 0, 0, 0, 0)));
        assertThat(tooDear.noData(name("a.test."), Type.A)).isEqualTo(new Proof.Unsigned(Kind.NSEC3_ITERATIONS));
        assertThat(tooDear.nameError(name("a.test."))).isEqualTo(new Proof.Unsigned(Kind.NSEC3_ITERATIONS));
        assertThat(tooDear.delegation(name("a.test."))).isEqualTo(new Delegation.Unsigned(Kind.NSEC3_ITERATIONS));
    }

    @Test
    void aNameOfManyLabelsCostsABoundedNumberOfHashesAndIsNotProven() { // CVE-2023-50868
        var few = new WorkBudget(new WorkLimits(0, 0, 0, 0, 8));
        var proofs = new Nsec3Proofs(ZONE, List.of(APEX, around("x.test.", OPT_OUT)), 150, few);

        assertUnproven(proofs.nameError(name("a.".repeat(100) + "x.test.")));
        assertThat(few.exceeded()).isTrue();
    }

    @Test
    void aReplyThatMixesHashParametersProvesNothing() { // §8.2; CVE-2023-50868
        List<NSEC3Record> proof = List.of(APEX, around("b.test.", NONE), around("*.test.", NONE));
        List<NSEC3Record> others = Stream.of(2, 3, 4, 5)
                .map(iterations -> record(BigInteger.ONE, BigInteger.TWO, NONE, iterations, Type.A))
                .toList();

        assertProven(proofs(joined(proof, List.of())).nameError(name("a.b.test.")));
        assertUnproven(proofs(joined(proof, others.subList(0, 1))).nameError(name("a.b.test.")));
        assertUnproven(proofs(joined(proof, others)).nameError(name("a.b.test.")));
    }

    private static NSEC3Record[] joined(List<NSEC3Record> one, List<NSEC3Record> other) {
        return Stream.concat(one.stream(), other.stream()).toArray(NSEC3Record[]::new);
    }
}
