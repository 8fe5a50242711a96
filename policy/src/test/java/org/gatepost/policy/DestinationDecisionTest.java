// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gatepost.policy.Answers.INSECURE;
import static org.gatepost.policy.Answers.SECURE;
import static org.gatepost.policy.Answers.address;
import static org.gatepost.policy.Answers.bogus;
import static org.gatepost.policy.Answers.cname;
import static org.gatepost.policy.Answers.denied;
import static org.gatepost.policy.Answers.mx;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.Answers.noTlsa;
import static org.gatepost.policy.Answers.servfail;
import static org.gatepost.policy.Answers.tlsa;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.dns.RecordType;
import org.junit.jupiter.api.Test;

/// [TransportPolicy#decide], each test one varied field over a signed domain with one signed host and one
/// TLSA record.
final class DestinationDecisionTest {
    private static final String DOMAIN = "example.com";
    private static final String HOST = "mx1.example.com";
    private static final Tlsa USABLE = new Tlsa(3, 1, 1, "ab".repeat(32));
    private static final Tlsa UNUSABLE = new Tlsa(1, 1, 1, "ab".repeat(32));
    private static final Answer<RecordData.Mx> MX = mx(DOMAIN, SECURE, HOST);
    private static final Answer<RecordData.Mx> NO_MX = denied(DOMAIN, RecordType.MX, SECURE);
    private static final StsFacts NO_STS = new StsFacts.NoPolicy("no record", Optional.empty());

    // RFC 5321 §5.1, RFC 7505, RFC 7672 §2.2.1: the MX answer

    @Test
    void signedHostWithUsableRecordMustBeAuthenticated() { // RFC 7672 §2.2, §3.2.2
        var demand = (DaneDemand.Authenticate) tried(decide(MX, signed(HOST))).dane();
        assertThat(demand.base()).isEqualTo(name(HOST));
        assertThat(demand.usable()).containsExactly(USABLE);
        assertThat(demand.referenceNames()).containsExactly(name(HOST), name(DOMAIN));
        assertThat(demand.mxSecure()).isTrue();
    }

    @Test
    void bogusMxStops() { // C9
        assertThat(stopped(decide(bogus(DOMAIN, RecordType.MX))))
                .isInstanceOf(DeliveryFailure.DnssecBogus.class)
                .extracting(DeliveryFailure::subReason)
                .isEqualTo(SubReason.MX_BOGUS);
    }

    @Test
    void failedMxLookupStops() { // C11
        assertThat(stopped(decide(servfail(DOMAIN, RecordType.MX))))
                .isInstanceOf(DeliveryFailure.DnsLookupFailed.class)
                .extracting(DeliveryFailure::subReason)
                .isEqualTo(SubReason.MX_LOOKUP_FAILED);
    }

    @Test
    void nullMxStops() { // RFC 7505 §3, C13
        assertThat(stopped(decide(mx(DOMAIN, SECURE, ".")))).isEqualTo(new DeliveryFailure.NullMx(name(DOMAIN)));
        assertThat(stopped(decide(mx(DOMAIN, INSECURE, ".")))).isEqualTo(new DeliveryFailure.NullMx(name(DOMAIN)));
    }

    @Test
    void nullMxAmongOthersIsIgnored() { // RFC 7505 §3
        var decision = decide(mx(DOMAIN, SECURE, ".", HOST), plain("."), signed(HOST));
        assertThat(hosts(decision)).extracting(host -> host.host().name()).containsExactly(name(HOST));
    }

    @Test
    void missingDomainStops() { // C16
        for (var status : List.of(SECURE, INSECURE)) {
            Answer<RecordData.Mx> missing =
                    denied(Answers.question(DOMAIN, RecordType.MX), status, Answer.Denial.NAME_ERROR);
            assertThat(stopped(decide(missing)))
                    .isInstanceOf(DeliveryFailure.NoSuchDomain.class)
                    .extracting(DeliveryFailure::subReason)
                    .isEqualTo(SubReason.DOMAIN_NOT_FOUND);
        }
    }

    @Test
    void domainWithNeitherMxNorAddressStops() { // C16
        assertThat(stopped(decide(NO_MX, addressless(DOMAIN))))
                .isInstanceOf(DeliveryFailure.NoSuchDomain.class)
                .extracting(DeliveryFailure::subReason)
                .isEqualTo(SubReason.NO_MX_AND_NO_ADDRESS);
    }

    @Test
    void implicitMxWhoseAddressLookupFailsIsNotAMissingDomain() { // pitfall 2, Q4
        HostFacts host = host(DOMAIN, servfail(DOMAIN, RecordType.A), noAaaa(DOMAIN));
        assertThat(stopped(decide(NO_MX, host))).isInstanceOf(DeliveryFailure.DnsLookupFailed.class);
    }

    @Test
    void implicitMxIsAuthenticatedUnderTheDomainItself() { // pitfall 7; RFC 7672 §2.2.1
        var demand =
                (DaneDemand.Authenticate) tried(decide(NO_MX, signed(DOMAIN))).dane();
        assertThat(demand.base()).isEqualTo(name(DOMAIN));
        assertThat(demand.referenceNames()).containsExactly(name(DOMAIN));
    }

    @Test
    void unsignedDomainWithSignedHostIsStillAuthenticatedButWeaker() { // pitfall 7; RFC 7672 §2.2.1
        var demand = (DaneDemand.Authenticate)
                tried(decide(mx(DOMAIN, INSECURE, HOST), signed(HOST))).dane();
        assertThat(demand.mxSecure()).isFalse();
        assertThat(demand.referenceNames()).containsExactly(name(HOST));
    }

    @Test
    void expandedNextHopIsAReferenceNameWhenMxIsSecure() { // RFC 7672 §3.2.2
        Answer<RecordData.Mx> aliased = new Answer.Found<>(
                Answers.question(DOMAIN, RecordType.MX),
                SECURE,
                List.of(new RecordData.Mx(10, name(HOST))),
                List.of(name("example.net")),
                Instant.MAX);
        var demand =
                (DaneDemand.Authenticate) tried(decide(aliased, signed(HOST))).dane();
        assertThat(demand.referenceNames()).containsExactly(name(HOST), name(DOMAIN), name("example.net"));
    }

    @Test
    void aliasedDomainWithoutMxIsAuthenticatedUnderBothItsNames() { // RFC 7672 §3.2.2
        HostFacts aliased = with(
                host(DOMAIN, address(DOMAIN, SECURE, "192.0.2.1", "real.test"), noAaaa(DOMAIN)),
                tlsa("real.test", SECURE, USABLE));
        for (var status : List.of(SECURE, INSECURE)) {
            var demand = (DaneDemand.Authenticate) tried(decide(denied(DOMAIN, RecordType.MX, status), aliased))
                    .dane();
            assertThat(demand.base()).isEqualTo(name("real.test"));
            assertThat(demand.referenceNames()).containsExactly(name("real.test"), name(DOMAIN));
        }
    }

    @Test
    void hostsKeepThePreferenceOfTheFactsWhateverProtectsThem() { // RFC 7672 §2.2.1
        var decision = decide(mx(DOMAIN, SECURE, "mx0.example.com", HOST), plain("mx0.example.com"), signed(HOST));
        assertThat(hosts(decision))
                .extracting(host -> host.host().name())
                .containsExactly(name("mx0.example.com"), name(HOST));
    }

    // RFC 7672 §2.1, §2.2.2: hosts, addresses and TLSA

    @Test
    void brokenFamilySpoilsOnlyItself() { // pitfall 3
        HostFacts host = with(
                host(HOST, address(HOST, SECURE, "192.0.2.1"), bogus(HOST, RecordType.AAAA)),
                tlsa(HOST, SECURE, USABLE));
        assertThat(tried(decide(MX, host)).addresses()).containsExactly(InetAddress.ofLiteral("192.0.2.1"));
    }

    @Test
    void brokenHostSpoilsOnlyItself() { // pitfall 3
        HostFacts broken = host("mx0.example.com", bogus("mx0.example.com", RecordType.A), noAaaa("mx0.example.com"));
        var decision = decide(mx(DOMAIN, SECURE, "mx0.example.com", HOST), broken, signed(HOST));
        assertThat(hosts(decision)).hasExactlyElementsOfTypes(HostDecision.Skip.class, HostDecision.Try.class);
        assertThat(((HostDecision.Skip) hosts(decision).getFirst()).failure().subReason())
                .isEqualTo(SubReason.ADDRESS_BOGUS);
    }

    @Test
    void hostWithoutAddressIsSkippedWithItsOwnReason() {
        assertThat(stopped(decide(MX, addressless(HOST))).subReason()).isEqualTo(SubReason.MX_HOST_WITHOUT_ADDRESS);
        HostFacts failing = host(HOST, servfail(HOST, RecordType.A), bogus(HOST, RecordType.AAAA));
        assertThat(stopped(decide(MX, failing)).subReason()).isEqualTo(SubReason.ADDRESS_BOGUS);
        HostFacts timedOut = host(HOST, Answers.failed(HOST, RecordType.A, DnsFailure.Reason.TIMED_OUT), noAaaa(HOST));
        assertThat(stopped(decide(MX, timedOut)).subReason()).isEqualTo(SubReason.ADDRESS_LOOKUP_FAILED);
    }

    @Test
    void addressesOfBothFamiliesTakeTurns() {
        HostFacts host = with(
                host(HOST, address(HOST, SECURE, "192.0.2.1"), address(HOST, SECURE, "2001:db8::1")),
                noTlsa(HOST, SECURE));
        assertThat(tried(decide(MX, host)).addresses())
                .containsExactly(InetAddress.ofLiteral("2001:db8::1"), InetAddress.ofLiteral("192.0.2.1"));
    }

    @Test
    void failedTlsaLookupUnderASignedHostIsNoDowngrade() { // pitfall 2; RFC 7672 §2.1.1
        HostFacts bogus = with(signed(HOST), bogus("_25._tcp." + HOST, RecordType.TLSA));
        assertThat(stopped(decide(MX, bogus)).subReason()).isEqualTo(SubReason.TLSA_BOGUS);
        HostFacts failing = with(signed(HOST), servfail("_25._tcp." + HOST, RecordType.TLSA));
        assertThat(stopped(decide(MX, failing))).isInstanceOf(DeliveryFailure.DnsLookupFailed.class);
        assertThat(stopped(decide(MX, failing)).subReason()).isEqualTo(SubReason.TLSA_LOOKUP_FAILED);
    }

    @Test
    void unsignedHostDemandsNothingAndNeedsNoTlsaAnswer() { // pitfall 1
        assertThat(tried(decide(MX, plain(HOST))).dane())
                .isEqualTo(new DaneDemand.Nothing(DaneDemand.Why.HOST_INSECURE));
    }

    @Test
    void deniedOrUnsignedTlsaDemandsNothing() { // D4
        assertThat(daneOf(noTlsa(HOST, SECURE))).isEqualTo(new DaneDemand.Nothing(DaneDemand.Why.NO_TLSA_RECORDS));
        assertThat(daneOf(noTlsa(HOST, INSECURE))).isEqualTo(new DaneDemand.Nothing(DaneDemand.Why.TLSA_INSECURE));
        assertThat(daneOf(tlsa(HOST, INSECURE, USABLE)))
                .isEqualTo(new DaneDemand.Nothing(DaneDemand.Why.TLSA_INSECURE));
    }

    @Test
    void onlyUnusableRecordsDemandEncryption() { // RFC 7672 §2.2
        assertThat(daneOf(tlsa(HOST, SECURE, UNUSABLE)))
                .isEqualTo(new DaneDemand.EncryptOnly(name(HOST), List.of(UNUSABLE), true));
    }

    @Test
    void unusableRecordsBesideUsableOnesWeakenNothing() { // RFC 7672 §2.2
        var malformed = new Tlsa(3, 1, 1, "ab");
        var demand = (DaneDemand.Authenticate) daneOf(tlsa(HOST, SECURE, UNUSABLE, malformed, USABLE));
        assertThat(demand.usable()).containsExactly(USABLE);
        assertThat(demand.published()).containsExactly(UNUSABLE, malformed, USABLE);
    }

    @Test
    void recordsBehindAnAliasOfTheTlsaNameBelongToTheBaseThatWasAsked() { // RFC 7672 §2.2.3, RFC 7671 §7
        var question = Answers.question("_25._tcp." + HOST, RecordType.TLSA);
        Answer<Tlsa> aliased = new Answer.Found<>(
                question, SECURE, List.of(USABLE), List.of(name("_25._tcp.shared.test")), Instant.MAX);
        var host = tried(decide(MX, with(signed(HOST), aliased)));
        assertThat(((DaneDemand.Authenticate) host.dane()).base()).isEqualTo(name(HOST));
        assertThat(host.serverName()).isEqualTo(name(HOST));
        Answer<Tlsa> unsigned = new Answer.Found<>(
                question, INSECURE, List.of(USABLE), List.of(name("_25._tcp.shared.test")), Instant.MAX);
        assertThat(daneOf(unsigned)).isEqualTo(new DaneDemand.Nothing(DaneDemand.Why.TLSA_INSECURE));
    }

    @Test
    void missingTlsaAnswerIsADefectAndNotAbsence() { // Q4
        assertThatThrownBy(() -> decide(MX, with(signed(HOST), List.of())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> decide(MX)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void expandedNameIsTriedBeforeTheOriginal() { // RFC 7672 §2.2.2
        HostFacts aliased = host(HOST, address(HOST, SECURE, "192.0.2.1", "real.test"), noAaaa(HOST));
        var both = tried(decide(MX, with(aliased, tlsa("real.test", SECURE, USABLE))));
        assertThat(((DaneDemand.Authenticate) both.dane()).base()).isEqualTo(name("real.test"));
        assertThat(both.serverName()).isEqualTo(name("real.test"));
        var original =
                tried(decide(MX, with(aliased, List.of(noTlsa("real.test", SECURE), tlsa(HOST, SECURE, USABLE)))));
        assertThat(((DaneDemand.Authenticate) original.dane()).base()).isEqualTo(name(HOST));
    }

    @Test
    void secureAliasIntoUnsignedZoneStaysEligible() { // pitfall 8; RFC 7672 §2.2.2
        Answer<RecordData.Address> a = address(HOST, INSECURE, "192.0.2.1", "real.test");
        Answer<RecordData.Cname> alias = cname(HOST, SECURE, "real.test");
        var host =
                new HostFacts(name(HOST), 10, a, noAaaa(HOST), Optional.of(alias), List.of(tlsa(HOST, SECURE, USABLE)));
        assertThat(tried(decide(MX, host)).dane()).isInstanceOf(DaneDemand.Authenticate.class);
        var failing = new HostFacts(
                name(HOST), 10, a, noAaaa(HOST), Optional.of(servfail(HOST, RecordType.CNAME)), List.of());
        assertThat(stopped(decide(MX, failing)).subReason()).isEqualTo(SubReason.ADDRESS_LOOKUP_FAILED);
        assertThatThrownBy(() -> decide(MX, host(HOST, a, noAaaa(HOST)))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void switchedOffDaneDemandsNothing() {
        var facts = new DestinationFacts(name(DOMAIN), MX, List.of(signed(HOST)), NO_STS, false);
        assertThat(tried(TransportPolicy.decide(facts)).dane())
                .isEqualTo(new DaneDemand.Nothing(DaneDemand.Why.SWITCHED_OFF));
    }

    // RFC 8461 §4, §5: MTA-STS

    @Test
    void enforcedPolicyDemandsOfListedHosts() {
        StsPolicy policy = policy(StsPolicy.Mode.ENFORCE, HOST);
        assertThat(tried(decide(inForce(policy), plain(HOST))).sts())
                .isEqualTo(new StsDemand.Enforce(name(DOMAIN), policy));
    }

    @Test
    void serverNameIsTheMxHostsWhereOnlyStsDemands() { // RFC 8461 §7.1
        assertThat(tried(decide(inForce(policy(StsPolicy.Mode.ENFORCE, HOST)), plain(HOST)))
                        .serverName())
                .isEqualTo(name(HOST));
    }

    @Test
    void enforcedPolicySkipsHostsThatItDoesNotList() { // C3; RFC 8461 §5
        StsPolicy policy = policy(StsPolicy.Mode.ENFORCE, "mx2.example.com");
        assertThat(stopped(decide(inForce(policy), plain(HOST))))
                .isEqualTo(new DeliveryFailure.StsMxNotListed(name(DOMAIN), List.of(name(HOST)), policy.mx()));
        var decision = TransportPolicy.decide(new DestinationFacts(
                name(DOMAIN),
                mx(DOMAIN, SECURE, HOST, "mx2.example.com"),
                List.of(plain(HOST), plain("mx2.example.com")),
                inForce(policy),
                true));
        assertThat(hosts(decision)).hasExactlyElementsOfTypes(HostDecision.Skip.class, HostDecision.Try.class);
    }

    @Test
    void aliasIsMatchedAsPublished() { // RFC 8461 §4.1, S6
        HostFacts aliased = host(HOST, address(HOST, SECURE, "192.0.2.1", "real.test"), noAaaa(HOST));
        HostFacts asked = with(aliased, List.of(noTlsa("real.test", SECURE), noTlsa(HOST, SECURE)));
        assertThat(decide(inForce(policy(StsPolicy.Mode.ENFORCE, HOST)), asked))
                .isInstanceOf(DestinationDecision.Proceed.class);
        assertThat(stopped(decide(inForce(policy(StsPolicy.Mode.ENFORCE, "real.test")), asked)))
                .isInstanceOf(DeliveryFailure.StsMxNotListed.class);
    }

    @Test
    void testingPolicySkipsNothing() { // pitfall 21; RFC 8461 §5
        StsPolicy policy = policy(StsPolicy.Mode.TESTING, "mx2.example.com");
        assertThat(tried(decide(inForce(policy), plain(HOST))).sts())
                .isEqualTo(new StsDemand.Testing(name(DOMAIN), policy, false));
    }

    @Test
    void modeNoneAndNoPolicyDemandNothing() {
        assertThat(tried(decide(inForce(policy(StsPolicy.Mode.NONE)), plain(HOST)))
                        .demandsNothing())
                .isTrue();
        assertThat(tried(decide(NO_STS, plain(HOST))).sts()).isEqualTo(new StsDemand.Nothing("no record"));
        assertThat(tried(decide(new StsFacts.SwitchedOff(), plain(HOST))).demandsNothing())
                .isTrue();
    }

    @Test
    void failedRecordLookupWaitsUntilTheGraceIsOver() { // S1; pitfall 16
        var trouble = new DnsFailure(DnsFailure.Reason.TIMED_OUT, "no answer");
        var decision = decide(new StsFacts.LookupFailed(trouble, false), plain(HOST));
        assertThat(stopped(decision).subReason()).isEqualTo(SubReason.STS_RECORD_LOOKUP_FAILED);
        assertThat(stopped(decision).evidence()).isEqualTo("no answer");
        assertThat(((DestinationDecision.Stop) decision).hosts()).hasOnlyElementsOfType(HostDecision.Skip.class);
        assertThat(tried(decide(new StsFacts.LookupFailed(trouble, true), plain(HOST)))
                        .sts())
                .isInstanceOf(StsDemand.Nothing.class);
    }

    @Test
    void otherReasonsToStopComeBeforeTheMissingRecordLookup() {
        var waiting = new StsFacts.LookupFailed(new DnsFailure(DnsFailure.Reason.TIMED_OUT, "no answer"), false);
        assertThat(stopped(decide(waiting, host(HOST, bogus(HOST, RecordType.A), noAaaa(HOST))))
                        .subReason())
                .isEqualTo(SubReason.ADDRESS_BOGUS);
    }

    @Test
    void policyIsOneDomainsOwnAndNotItsNeighbours() { // pitfall 14: same host, two domains, two decisions
        var enforcing = inForce(policy(StsPolicy.Mode.ENFORCE, "mx2.example.com"));
        var neighbour = new DestinationFacts(
                name("example.net"), mx("example.net", SECURE, HOST), List.of(plain(HOST)), NO_STS, true);
        assertThat(decide(enforcing, plain(HOST))).isInstanceOf(DestinationDecision.Stop.class);
        assertThat(TransportPolicy.decide(neighbour)).isInstanceOf(DestinationDecision.Proceed.class);
    }

    @Test
    void worstFailureStandsForAllHosts() {
        HostFacts unlisted = plain(HOST);
        HostFacts bogus = host("mx2.example.com", bogus("mx2.example.com", RecordType.A), noAaaa("mx2.example.com"));
        HostFacts empty = addressless("mx3.example.com");
        var sts = inForce(policy(StsPolicy.Mode.ENFORCE, "mx9.example.com"));
        var mx = mx(DOMAIN, SECURE, HOST, "mx2.example.com", "mx3.example.com");
        assertThat(stopped(TransportPolicy.decide(
                                new DestinationFacts(name(DOMAIN), mx, List.of(empty, unlisted, bogus), sts, true)))
                        .subReason())
                .isEqualTo(SubReason.ADDRESS_BOGUS);
        assertThat(stopped(TransportPolicy.decide(
                                new DestinationFacts(name(DOMAIN), mx, List.of(empty, unlisted), sts, true)))
                        .subReason())
                .isEqualTo(SubReason.MX_NOT_LISTED);
    }

    private static DaneDemand daneOf(Answer<Tlsa> answer) {
        return tried(decide(MX, with(signed(HOST), answer))).dane();
    }

    private static DestinationDecision decide(Answer<RecordData.Mx> mx, HostFacts... hosts) {
        return TransportPolicy.decide(new DestinationFacts(name(DOMAIN), mx, List.of(hosts), NO_STS, true));
    }

    private static DestinationDecision decide(StsFacts sts, HostFacts host) {
        return TransportPolicy.decide(new DestinationFacts(name(DOMAIN), MX, List.of(host), sts, true));
    }

    private static DeliveryFailure stopped(DestinationDecision decision) {
        return ((DestinationDecision.Stop) decision).failure();
    }

    private static List<HostDecision> hosts(DestinationDecision decision) {
        return ((DestinationDecision.Proceed) decision).hosts();
    }

    private static HostDecision.Try tried(DestinationDecision decision) {
        return (HostDecision.Try) hosts(decision).getFirst();
    }

    private static HostFacts signed(String host) {
        return with(host(host, address(host, SECURE, "192.0.2.1"), noAaaa(host)), tlsa(host, SECURE, USABLE));
    }

    private static HostFacts plain(String host) {
        return host(host, address(host, INSECURE, "192.0.2.1"), noAaaa(host));
    }

    private static HostFacts addressless(String host) {
        return host(host, denied(host, RecordType.A, SECURE), noAaaa(host));
    }

    private static Answer<RecordData.Address> noAaaa(String host) {
        return denied(host, RecordType.AAAA, SECURE);
    }

    private static HostFacts host(String host, Answer<RecordData.Address> a, Answer<RecordData.Address> aaaa) {
        return new HostFacts(name(host), 10, a, aaaa, Optional.empty(), List.of());
    }

    private static HostFacts with(HostFacts host, Answer<Tlsa> answer) {
        return with(host, List.of(answer));
    }

    private static HostFacts with(HostFacts host, List<Answer<Tlsa>> tlsa) {
        return new HostFacts(host.name(), host.preference(), host.a(), host.aaaa(), host.alias(), tlsa);
    }

    private static StsPolicy policy(StsPolicy.Mode mode, String... mx) {
        return new StsPolicy(
                mode,
                Duration.ofDays(1),
                Stream.of(mx).map(host -> new MxPattern(false, name(host))).toList());
    }

    private static StsFacts inForce(StsPolicy policy) {
        return new StsFacts.InForce(
                policy, "1", StsPolicyPrinter.print(policy), StsFacts.Source.FETCHED, Instant.MAX, "");
    }
}
