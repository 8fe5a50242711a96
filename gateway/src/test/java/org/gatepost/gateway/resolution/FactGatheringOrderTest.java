// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gatepost.dns.DnssecStatus.INSECURE;
import static org.gatepost.dns.DnssecStatus.SECURE;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.StsFacts;
import org.gatepost.spool.SpoolException;
import org.junit.jupiter.api.Test;

/// Spec O2 and D3; RFC 7672 §2.2.
class FactGatheringOrderTest {
    private static final DomainName DOMAIN = DomainName.parse("example.test");
    private static final RecordData ADDRESS = new RecordData.Address(InetAddress.ofLiteral("192.0.2.1"));

    private final ScriptedResolver resolver = new ScriptedResolver();
    private StsFacts policy = new StsFacts.NoPolicy("none", Optional.empty());

    private DestinationFacts gather(boolean dane) {
        return gather(new FactGatherer.GatherOptions(dane, 25));
    }

    private DestinationFacts gather(FactGatherer.GatherOptions options) {
        StsPolicies policies = new StsPolicies() {
            @Override
            public StsFacts lookUp(DomainName policyDomain, int retries) {
                return policy;
            }

            @Override
            public StsFacts refresh(DomainName policyDomain) {
                return policy;
            }
        };
        return new FactGatherer(resolver, policies, options, new Random(1)).gather(DOMAIN, 0);
    }

    private FactGatheringOrderTest mx(DnssecStatus status, String... hosts) {
        resolver.found(
                "example.test",
                RecordType.MX,
                status,
                IntStream.range(0, hosts.length)
                        .mapToObj(i -> new RecordData.Mx(10 * i, DomainName.parse(hosts[i])))
                        .toArray(RecordData[]::new));
        return this;
    }

    private List<String> asked(RecordType type) {
        return resolver.asked().stream()
                .filter(question -> question.type() == type)
                .map(Question::name)
                .map(DomainName::toString)
                .toList();
    }

    /// Pitfall 1: name servers of unsigned hosts answer TLSA questions with errors.
    @Test
    void tlsaIsNotAskedUnderUnsignedAddresses() {
        mx(SECURE, "mx.example.test");
        resolver.found("mx.example.test", RecordType.A, INSECURE, ADDRESS);

        gather(true);

        assertThat(asked(RecordType.TLSA)).isEmpty();
    }

    @Test
    void tlsaIsAskedUnderSignedAddressesAfterThem() {
        mx(SECURE, "mx.example.test");
        resolver.found("mx.example.test", RecordType.A, SECURE, ADDRESS);

        gather(true);

        assertThat(asked(RecordType.TLSA)).containsExactly("_25._tcp.mx.example.test");
        assertThat(resolver.asked().getLast().type()).isEqualTo(RecordType.TLSA);
    }

    /// Pitfall 7.
    @Test
    void tlsaIsAskedUnderASignedHostOfAnUnsignedDomain() {
        mx(INSECURE, "mx.provider.test");
        resolver.found("mx.provider.test", RecordType.A, SECURE, ADDRESS);

        gather(true);

        assertThat(asked(RecordType.TLSA)).containsExactly("_25._tcp.mx.provider.test");
    }

    @Test
    void tlsaIsNamedByThePortThatIsConnectedTo() { // RFC 7672 §2.2.3
        mx(SECURE, "mx.example.test");
        resolver.found("mx.example.test", RecordType.A, SECURE, ADDRESS);

        gather(new FactGatherer.GatherOptions(true, 2525));

        assertThat(asked(RecordType.TLSA)).containsExactly("_2525._tcp.mx.example.test");
    }

    @Test
    void tlsaOfASecureAliasIsAskedAtItsTargetAndThenAtTheHost() { // RFC 7672 §2.2.2
        mx(SECURE, "mx.example.test");
        resolver.aliased("mx.example.test", RecordType.A, SECURE, ADDRESS, "hop.test", "real.test");

        gather(true);
        assertThat(asked(RecordType.TLSA)).containsExactly("_25._tcp.real.test", "_25._tcp.mx.example.test");
        assertThat(asked(RecordType.CNAME)).isEmpty();
    }

    @Test
    void tlsaOfTheHostIsNotAskedWhereItsTargetHasSomeOrFails() { // RFC 7672 §2.2.2, pitfall 2
        mx(SECURE, "mx.example.test", "mx2.example.test");
        resolver.aliased("mx.example.test", RecordType.A, SECURE, ADDRESS, "real.test")
                .found("_25._tcp.real.test", RecordType.TLSA, SECURE, new RecordData.Tlsa(3, 1, 1, "ab".repeat(32)))
                .aliased("mx2.example.test", RecordType.A, SECURE, ADDRESS, "dead.test")
                .failed("_25._tcp.dead.test", RecordType.TLSA, DnsFailure.Reason.SERVER_FAILURE);

        gather(true);

        assertThat(asked(RecordType.TLSA)).containsExactlyInAnyOrder("_25._tcp.real.test", "_25._tcp.dead.test");
    }

    @Test
    void insecureAnswerThroughAnAliasIsFollowedByTheQuestionForTheAlias() { // pitfall 8; RFC 7672 §2.2.2
        mx(SECURE, "mx.example.test");
        resolver.aliased("mx.example.test", RecordType.A, INSECURE, ADDRESS, "real.test")
                .found(
                        "mx.example.test",
                        RecordType.CNAME,
                        SECURE,
                        new RecordData.Cname(DomainName.parse("real.test")));

        gather(true);

        assertThat(asked(RecordType.CNAME)).containsExactly("mx.example.test");
        assertThat(asked(RecordType.TLSA)).containsExactly("_25._tcp.mx.example.test");
    }

    @Test
    void tlsaIsNotAskedWhenDaneIsSwitchedOff() {
        mx(SECURE, "mx.example.test");
        resolver.found("mx.example.test", RecordType.A, SECURE, ADDRESS);

        gather(false);

        assertThat(asked(RecordType.TLSA)).isEmpty();
    }

    /// Pitfall 3: one bad host spoils only itself.
    @Test
    void hostWhoseAddressCannotBeLookedUpLeavesTheOthersAsTheyAre() {
        mx(SECURE, "bad.example.test", "good.example.test");
        resolver.failed("bad.example.test", RecordType.A, DnsFailure.Reason.SERVER_FAILURE);
        resolver.found("good.example.test", RecordType.A, SECURE, ADDRESS);

        DestinationFacts facts = gather(true);

        assertThat(facts.hosts())
                .extracting(HostFacts::name)
                .extracting(DomainName::toString)
                .containsExactly("bad.example.test", "good.example.test");
        assertThat(facts.hosts().getFirst().a()).isInstanceOf(Answer.Failed.class);
        assertThat(asked(RecordType.TLSA)).contains("_25._tcp.good.example.test");
    }

    @Test
    void domainWithoutMxIsItsOwnHost() {
        resolver.denied("example.test", RecordType.MX, SECURE, Answer.Denial.NO_DATA);
        resolver.found("example.test", RecordType.A, SECURE, ADDRESS);

        assertThat(gather(true).hosts()).extracting(HostFacts::name).containsExactly(DOMAIN);
    }

    /// Spec D2: what cannot be looked up is not absent.
    @Test
    void failedMxLookupNamesNoHost() {
        resolver.failed("example.test", RecordType.MX, DnsFailure.Reason.TIMED_OUT);

        assertThat(gather(true).hosts()).isEmpty();
        assertThat(asked(RecordType.A)).isEmpty();
    }

    @Test
    void nullMxNamesNoHost() {
        resolver.found("example.test", RecordType.MX, SECURE, new RecordData.Mx(0, DomainName.ROOT));

        assertThat(gather(true).hosts()).isEmpty();
    }

    @Test
    void hostsKeepTheOrderOfPreferenceAndAreBounded() {
        resolver.found(
                "example.test",
                RecordType.MX,
                SECURE,
                IntStream.range(0, 200)
                        .mapToObj(i -> new RecordData.Mx(1000 - i, DomainName.parse("mx" + i + ".example.test")))
                        .toArray(RecordData[]::new));

        List<HostFacts> hosts = gather(true).hosts();

        assertThat(hosts).hasSize(FactGatherer.MAX_HOSTS);
        assertThat(hosts).extracting(HostFacts::preference).isSorted();
        assertThat(hosts.getFirst().name()).hasToString("mx199.example.test");
    }

    /// A policy memory that is out of order must be known for what it is: the mail waits, nothing is reported as
    /// a defect.
    @Test
    void faultOfThePolicyMemoryComesThroughAsItIs() {
        mx(SECURE, "mx.example.test");
        var broken = new StsPolicies() {
            @Override
            public StsFacts lookUp(DomainName policyDomain, int retries) {
                throw new SpoolException("the disk is gone", null);
            }

            @Override
            public StsFacts refresh(DomainName policyDomain) {
                throw new SpoolException("the disk is gone", null);
            }
        };
        var gatherer = new FactGatherer(resolver, broken, new FactGatherer.GatherOptions(true, 25), new Random(1));

        assertThatThrownBy(() -> gatherer.gather(DOMAIN, 0)).isInstanceOf(SpoolException.class);
    }
}
