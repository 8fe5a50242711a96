// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestKey.name;
import static org.gatepost.dns.TestKey.rr;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.dns.ValidationReason.Kind;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// The validator over replies made by hand: a root, the zone `test.`, and what a test puts in their place.
class ValidatorTest {
    private static final InetSocketAddress SERVER = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53);
    private static final TestKey ROOT = TestKey.of(".");
    private static final TestKey TEST = TestKey.of("test.");

    private final FakeClock clock = new FakeClock();
    private final Map<String, Reply> replies = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private ValidationOptions options = ValidationOptions.of(TrustAnchor.builtIn())
            .withAnchors(List.of(ROOT.ds(2).toString()));

    @BeforeEach
    void setUp() {
        reply(". DNSKEY", answer(ROOT.signed(ROOT.record())));
        reply("test. DS", answer(ROOT.signed(TEST.ds(2))));
        reply("test. DNSKEY", answer(TEST.signed(TEST.record())));
        reply("a.test. A", answer(TEST.signed(rr("a.test. A 192.0.2.1"))));
    }

    private void reply(String question, Message message) {
        replies.put(question, new Reply.Received(message, SERVER));
    }

    private static Message answer(RRset... sets) {
        return message(Rcode.NOERROR, List.of(sets), List.of());
    }

    private static Message denial(int rcode, RRset... sets) {
        return message(rcode, List.of(), List.of(sets));
    }

    private static Message message(int rcode, List<RRset> answer, List<RRset> authority) {
        var message = new Message();
        message.getHeader().setRcode(rcode);
        answer.forEach(set -> add(message, set, Section.ANSWER));
        authority.forEach(set -> add(message, set, Section.AUTHORITY));
        return message;
    }

    private static void add(Message message, RRset set, int section) {
        set.rrs(false).forEach(record -> message.addRecord(record, section));
        set.sigs().forEach(signature -> message.addRecord(signature, section));
    }

    private Validator validator() {
        Upstream upstream = (question, _) -> {
            asked.add(question.toString());
            return replies.getOrDefault(
                    question.toString(), Reply.missing(Reason.SERVER_FAILURE, "no reply to " + question));
        };
        return new Validator(upstream, options, clock);
    }

    private static Lookup lookup() {
        return new Lookup(Deadline.in(Duration.ofSeconds(20)), Set.of());
    }

    private Verdict ask(String question) {
        return ask(validator(), question);
    }

    private static Verdict ask(Validator validator, String question) {
        String[] words = question.split(" ", 2);
        return validator.validate(new WireQuestion(name(words[0]), Type.value(words[1])), lookup());
    }

    private static void assertStands(Verdict verdict, DnssecStatus status) {
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Usable.class,
                        usable -> assertThat(usable.status())
                                .as("%s", usable.why())
                                .isEqualTo(status));
    }

    private static ValidationReason why(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Usable usable -> usable.why().orElseThrow();
            case Verdict.Unusable unusable -> unusable.why().orElseThrow();
        };
    }

    private static void assertBogus(Verdict verdict, Kind kind) {
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Unusable.class,
                        unusable -> assertThat(unusable.failure().reason()).isEqualTo(Reason.BOGUS));
        assertThat(why(verdict).kind()).as(why(verdict).sentence()).isEqualTo(kind);
    }

    @Test
    void aChainOfTrustLeadsFromTheAnchorToTheRecords() {
        assertStands(ask("a.test. A"), DnssecStatus.SECURE);
        assertThat(asked).containsExactly("a.test. A", ". DNSKEY", "test. DS", "test. DNSKEY");
    }

    @Test
    void keysAreKeptUntilTheyExpireByTheInjectedClock() {
        Validator validator = validator();
        ask(validator, "a.test. A");
        asked.clear();

        clock.advance(Duration.ofSeconds(299));
        assertStands(ask(validator, "a.test. A"), DnssecStatus.SECURE);
        assertThat(asked).containsExactly("a.test. A");

        clock.advance(Duration.ofSeconds(1));
        assertStands(ask(validator, "a.test. A"), DnssecStatus.SECURE);
        assertThat(asked).contains(". DNSKEY", "test. DS", "test. DNSKEY");
    }

    @Test
    void aFreshLookupAsksForKeysThatAreKept() {
        Validator validator = validator();
        ask(validator, "a.test. A");
        TestKey next = TestKey.of("test.");
        reply("test. DS", answer(ROOT.signed(next.ds(2))));
        reply("test. DNSKEY", answer(next.signed(next.record())));
        reply("a.test. A", answer(next.signed(rr("a.test. A 192.0.2.1"))));
        var first = lookup();
        var question = new WireQuestion(name("a.test."), Type.A);

        assertBogus(validator.validate(question, first), Kind.KEY_MISSING);
        assertThat(first.reliedOnCache()).isTrue();
        assertStands(validator.validate(question, first.again(WorkLimits.STANDARD)), DnssecStatus.SECURE);
    }

    @Test
    void failuresAreNotKept() {
        Validator validator = validator();
        reply("test. DNSKEY", answer(new RRset(TEST.record())));
        assertBogus(ask(validator, "a.test. A"), Kind.SIGNATURE_MISSING);

        reply("test. DNSKEY", answer(TEST.signed(TEST.record())));
        assertStands(ask(validator, "a.test. A"), DnssecStatus.SECURE);
    }

    @Test
    void anAnchorMayStandAtAnyNameAndNothingAboveItIsJudged() {
        options = options.withAnchors(List.of(TEST.record().toString()));

        assertStands(ask("a.test. A"), DnssecStatus.SECURE);
        assertThat(asked).containsExactly("a.test. A", "test. DNSKEY");
        reply("a.other. A", answer(new RRset(rr("a.other. A 192.0.2.1"))));
        assertStands(ask("a.other. A"), DnssecStatus.INDETERMINATE);
    }

    @Test
    void aZoneAboveANearerAnchorMayDenyAllBelowIt() { // RFC 6840 Appendix C.2: any chain that holds is enough
        TestKey deep = TestKey.of("deep.test.");
        options = options.withAnchors(List.of(TEST.ds(2).toString(), deep.ds(2).toString()));
        reply("deep.test. DNSKEY", answer(deep.signed(deep.record())));
        reply("x.deep.test. A", denial(Rcode.NXDOMAIN, TEST.signed(rr("test. NSEC test. SOA NS"))));

        assertStands(ask("x.deep.test. A"), DnssecStatus.SECURE);
    }

    @Test
    void aDomainDeclaredInsecureIsNotValidated() {
        options = options.withInsecureDomains(List.of(DomainName.parse("test")));
        reply("a.test. A", answer(new RRset(rr("a.test. A 192.0.2.1"))));

        Verdict verdict = ask("a.test. A");
        assertStands(verdict, DnssecStatus.INSECURE);
        assertThat(why(verdict).kind()).isEqualTo(Kind.DECLARED_INSECURE);
    }

    @Test
    void aZoneOfUnsupportedAlgorithmIsInsecureWithoutItsKeysBeingAskedFor() { // RFC 4035 §5.2, RFC 9905
        TestKey sha1 = TestKey.of("test.", 7, 1024, TestKey.ZONE);
        reply("test. DS", answer(ROOT.signed(sha1.ds(2))));
        reply("test. DNSKEY", answer(sha1.signed(sha1.record())));
        reply("a.test. A", answer(sha1.signed(rr("a.test. A 192.0.2.1"))));

        Verdict verdict = ask("a.test. A");
        assertStands(verdict, DnssecStatus.INSECURE);
        assertThat(why(verdict).sentence())
                .isEqualTo("zone test. has only keys or digests that are not validated here: key "
                        + sha1.record().getFootprint() + " (RSASHA1-NSEC3-SHA1) by digest type 2");
        assertThat(asked).doesNotContain("test. DNSKEY");
        options = options.withAlgorithms(AlgorithmPolicy.WITH_SHA1);
        assertStands(ask("a.test. A"), DnssecStatus.SECURE);
    }

    @Test
    void anUnsignedDelegationIsInsecureOnlyWhenItIsProven() {
        reply("a.sub.test. A", answer(new RRset(rr("a.sub.test. A 192.0.2.1"))));
        reply("sub.test. DS", denial(Rcode.NOERROR, TEST.signed(rr("sub.test. NSEC t.test. NS RRSIG NSEC"))));
        assertStands(ask("a.sub.test. A"), DnssecStatus.INSECURE);

        reply("sub.test. DS", denial(Rcode.NOERROR, new RRset(rr("sub.test. NSEC t.test. NS RRSIG NSEC"))));
        assertBogus(ask("a.sub.test. A"), Kind.SIGNATURE_MISSING);

        reply("sub.test. DS", denial(Rcode.NOERROR));
        Verdict verdict = ask("a.sub.test. A");
        assertBogus(verdict, Kind.DENIAL_UNPROVEN);
        assertThat(why(verdict).sentence())
                .isEqualTo("the chain of trust breaks at zone sub.test. - zone test. does not prove that sub.test. has"
                        + " no DS record: it sent no signed NSEC or NSEC3 record");
    }

    @Test
    void aProofExpandedFromAWildcardDeniesNothing() {
        RRset wildcard = TEST.signed(rr("*.test. NSEC z.test. MX RRSIG NSEC"));
        reply("b.test. A", denial(Rcode.NOERROR, TestKey.expanded(wildcard, "b.test.")));

        assertBogus(ask("b.test. A"), Kind.DENIAL_UNPROVEN);
    }

    @Test
    void theStartOfAuthorityOfADenialMustBeGenuineToo() {
        RRset proof = TEST.signed(rr("b.test. NSEC c.test. MX RRSIG NSEC"));
        RRset soa = TEST.signed(rr("test. SOA ns.test. root.test. 1 2 3 4 300"));
        reply("b.test. A", denial(Rcode.NOERROR, soa, proof));
        assertStands(ask("b.test. A"), DnssecStatus.SECURE);

        reply("b.test. A", denial(Rcode.NOERROR, new RRset(rr("test. SOA ns.test. root.test. 1 2 3 4 9")), proof));
        assertBogus(ask("b.test. A"), Kind.SIGNATURE_MISSING);
    }

    @Test
    void aNameErrorThatIsOnlyProvenToLackTheTypeIsToldAsThat() { // RFC 8020 §3.1
        reply("b.test. A", denial(Rcode.NXDOMAIN, TEST.signed(rr("b.test. NSEC c.test. MX RRSIG NSEC"))));
        reply("e.test. A", denial(Rcode.NXDOMAIN, TEST.signed(rr("d.test. NSEC x.e.test. A RRSIG NSEC"))));
        reply("h.test. A", denial(Rcode.NXDOMAIN, TEST.signed(rr("h.test. NSEC i.test. A RRSIG NSEC"))));

        for (String question : List.of("b.test. A", "e.test. A")) {
            Verdict verdict = ask(question);
            assertStands(verdict, DnssecStatus.SECURE);
            assertThat(((Verdict.Usable) verdict).message().getRcode()).isEqualTo(Rcode.NOERROR);
        }
        assertBogus(ask("h.test. A"), Kind.DENIAL_UNPROVEN);
    }

    @Test
    void aSignatureCountsInWhateverSectionItStands() {
        RRset signed = TEST.signed(rr("a.test. A 192.0.2.1"));
        Message message = answer(new RRset(signed.first()));
        signed.sigs().forEach(signature -> message.addRecord(signature, Section.ADDITIONAL));
        reply("a.test. A", message);

        assertStands(ask("a.test. A"), DnssecStatus.SECURE);
    }

    @Test
    void aReferralsDsRecordsAnswerTheQuestionForThem() { // RFC 4035 §3.1.4
        reply("test. DS", denial(Rcode.NOERROR, ROOT.signed(TEST.ds(2))));
        assertStands(ask("a.test. A"), DnssecStatus.SECURE);

        reply("test. DS", denial(Rcode.NOERROR, new RRset(TEST.ds(2))));
        assertBogus(ask("a.test. A"), Kind.SIGNATURE_MISSING);
    }

    @Test
    void anAliasMadeOfAWildcardExcludesADelegationOnlyWhereTheWildcardApplies() { // RFC 4035 §5.3.4
        RRset wildcard = TEST.signed(rr("*.test. CNAME a.test."));
        RRset made = TestKey.expanded(wildcard, "sub.test.");
        reply("a.sub.test. A", answer(new RRset(rr("a.sub.test. A 192.0.2.1"))));
        reply("sub.test. DS", answer(made));
        assertBogus(ask("a.sub.test. A"), Kind.WILDCARD_UNPROVEN);

        RRset applies = TEST.signed(rr("*.test. NSEC t.test. CNAME RRSIG NSEC"));
        reply("sub.test. DS", message(Rcode.NOERROR, List.of(made), List.of(applies)));
        assertThat(ask("a.sub.test. A"))
                .isEqualTo(Verdict.unusable(new DnsFailure(Reason.SERVER_FAILURE, "no reply to a.sub.test. DS")));
    }

    @Test
    void aDsRecordByTheZoneProvenSoFarMakesUpForNamesBetweenThatCannotBeAskedFor() {
        TestKey deep = TestKey.of("deep.b.test.");
        reply("deep.b.test. DNSKEY", answer(deep.signed(deep.record())));
        reply("x.deep.b.test. A", answer(deep.signed(rr("x.deep.b.test. A 192.0.2.1"))));
        reply("deep.b.test. DS", answer(TEST.signed(deep.ds(2))));
        assertStands(ask("x.deep.b.test. A"), DnssecStatus.SECURE);

        reply("b.test. DS", denial(Rcode.NOERROR));
        assertStands(ask("x.deep.b.test. A"), DnssecStatus.SECURE);
    }

    @Test
    void nothingIsTakenForUnsignedPastANameThatCannotBeAskedFor() {
        reply("x.deep.b.test. A", answer(new RRset(rr("x.deep.b.test. A 192.0.2.1"))));
        reply("deep.b.test. DS", denial(Rcode.NOERROR, TEST.signed(rr("deep.b.test. NSEC c.test. NS RRSIG NSEC"))));

        assertThat(ask("x.deep.b.test. A"))
                .isEqualTo(Verdict.unusable(new DnsFailure(Reason.SERVER_FAILURE, "no reply to b.test. DS")));
        reply("b.test. DS", denial(Rcode.NOERROR));
        assertBogus(ask("x.deep.b.test. A"), Kind.DENIAL_UNPROVEN);
    }

    @Test
    void aProofThatShowsAnUnsignedDelegationMakesItsDenialInsecure() {
        reply(
                "sub.test. A",
                denial(
                        Rcode.NOERROR,
                        TEST.signed(rr("test. SOA ns.test. root.test. 1 2 3 4 300")),
                        TEST.signed(rr("sub.test. NSEC t.test. NS RRSIG NSEC"))));

        assertStands(ask("sub.test. A"), DnssecStatus.INSECURE);
    }

    @Test
    void everyLinkOfAnAliasChainIsJudgedByItsOwnZone() {
        TestKey other = TestKey.of("other.");
        reply("other. DS", answer(ROOT.signed(other.ds(2))));
        reply("other. DNSKEY", answer(other.signed(other.record())));
        RRset alias = TEST.signed(rr("w.test. CNAME a.other."));
        RRset target = other.signed(rr("a.other. A 192.0.2.1"));

        reply("w.test. A", answer(alias, target));
        assertStands(ask("w.test. A"), DnssecStatus.SECURE);
        reply("w.test. A", answer(alias, TEST.signed(rr("a.other. A 192.0.2.1"))));
        assertThat(ask("w.test. A")).isInstanceOf(Verdict.Unusable.class);
        reply("w.test. A", answer(new RRset(rr("w.test. CNAME a.other.")), target));
        replies.put(
                "w.test. DS",
                new Reply.Received(
                        denial(Rcode.NOERROR, TEST.signed(rr("w.test. NSEC x.test. CNAME RRSIG NSEC"))), SERVER));
        assertBogus(ask("w.test. A"), Kind.SIGNATURE_MISSING);
    }

    @Test
    void aDnameSpeaksForTheNamesBelowItAndItsAliasNeedsNoSignature() { // RFC 6672 §5.3.1
        RRset dname = TEST.signed(rr("old.test. DNAME new.test."));
        RRset forged = new RRset(rr("x.old.test. CNAME evil.test."));
        RRset target = TEST.signed(rr("x.new.test. A 192.0.2.1"));

        reply("x.old.test. A", answer(dname, forged, target));
        assertStands(ask("x.old.test. A"), DnssecStatus.SECURE);
        reply("x.old.test. A", answer(new RRset(rr("old.test. DNAME new.test.")), target));
        reply("old.test. DS", denial(Rcode.NOERROR, TEST.signed(rr("old.test. NSEC x.test. DNAME RRSIG NSEC"))));
        reply("x.old.test. DS", answer(dname));
        assertBogus(ask("x.old.test. A"), Kind.SIGNATURE_MISSING);
    }

    @Test
    void aZoneMadeToExhaustValidatorsIsBogusAfterBoundedWork() { // KeyTrap, CVE-2023-50387
        var keys = new ArrayList<DNSKEYRecord>();
        for (int i = 0; i < 30; i++) {
            keys.add(TestKey.of("test.").record());
        }
        keys.add(TEST.record());
        reply("test. DNSKEY", answer(TEST.signed(keys.toArray(DNSKEYRecord[]::new))));
        var set = new RRset(rr("a.test. A 192.0.2.1"));
        RRSIGRecord good = TEST.signature(set);
        for (DNSKEYRecord key : keys.subList(0, 30)) {
            set.addRR(new RRSIGRecord(
                    set.getName(),
                    1,
                    300,
                    Type.A,
                    13,
                    300,
                    good.getExpire(),
                    good.getTimeSigned(),
                    key.getFootprint(),
                    name("test."),
                    new byte[64]));
        }
        reply("a.test. A", answer(set));

        assertBogus(ask("a.test. A"), Kind.WORK_BOUND);
    }

    @Test
    void proofsBeyondWhatADenialTakesAreNotChecked() { // each costs a signature (KeyTrap, CVE-2023-50387)
        RRset proof = TEST.signed(rr("a.test. NSEC c.test. A NSEC RRSIG"));
        RRset noWildcard = TEST.signed(rr("test. NSEC a.test. SOA NS NSEC RRSIG DNSKEY"));
        RRset[] many = IntStream.range(0, CheckedDenial.MAX_PROOFS)
                .mapToObj(i -> TEST.signed(rr("x" + i + ".test. NSEC y" + i + ".test. A NSEC RRSIG")))
                .toArray(RRset[]::new);

        reply("b.test. A", denial(Rcode.NXDOMAIN, proof, noWildcard));
        assertStands(ask("b.test. A"), DnssecStatus.SECURE);

        reply(
                "b.test. A",
                denial(
                        Rcode.NXDOMAIN,
                        Stream.concat(Stream.of(many), Stream.of(proof, noWildcard))
                                .toArray(RRset[]::new)));
        assertBogus(ask("b.test. A"), Kind.DENIAL_UNPROVEN);
    }

    @Test
    void moreIterationsThanAcceptedMakeInsecureOnlyWhenTheyAreSigned() { // RFC 9276 §3.2
        String nsec3 = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.test. NSEC3 1 0 151 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3ton A";
        reply("b.test. A", denial(Rcode.NXDOMAIN, TEST.signed(rr(nsec3))));
        Verdict verdict = ask("b.test. A");
        assertStands(verdict, DnssecStatus.INSECURE);
        assertThat(why(verdict).kind()).isEqualTo(Kind.NSEC3_ITERATIONS);

        var unsigned = new RRset(rr(nsec3));
        unsigned.addRR(TestKey.with(TEST.signature(unsigned), new byte[64]));
        reply("b.test. A", denial(Rcode.NXDOMAIN, unsigned));
        assertBogus(ask("b.test. A"), Kind.SIGNATURE_WRONG);
    }

    @Test
    void whatCannotBeFetchedIsNeverTakenForAnything() {
        replies.remove("test. DNSKEY");

        assertThat(ask("a.test. A"))
                .isEqualTo(Verdict.unusable(new DnsFailure(Reason.SERVER_FAILURE, "no reply to test. DNSKEY")));
    }

    @Test
    void everyRecordSetOfANameIsJudgedWhenAllAreAskedFor() {
        reply("a.test. ANY", answer(TEST.signed(rr("a.test. A 192.0.2.1")), TEST.signed(rr("a.test. TXT x"))));
        assertStands(ask("a.test. ANY"), DnssecStatus.SECURE);

        reply("a.test. ANY", answer(TEST.signed(rr("a.test. A 192.0.2.1")), new RRset(rr("a.test. TXT x"))));
        replies.put(
                "a.test. DS",
                new Reply.Received(
                        denial(Rcode.NOERROR, TEST.signed(rr("a.test. NSEC b.test. A RRSIG NSEC"))), SERVER));
        assertBogus(ask("a.test. ANY"), Kind.SIGNATURE_MISSING);
    }

    @Test
    void reasonsCarryTheirExtendedErrorAndArePrintable() { // RFC 8914 §4
        assertThat(Kind.SIGNATURE_EXPIRED.extendedError()).isEqualTo(7);
        assertThat(new ValidationReason(Kind.WORK_BOUND, name("."), "a\u0007\u00e9").sentence())
                .isEqualTo("a??");
        assertThat(new ValidationReason(Kind.WORK_BOUND, name("."), "x".repeat(999)).sentence())
                .hasSize(303);
    }
}
