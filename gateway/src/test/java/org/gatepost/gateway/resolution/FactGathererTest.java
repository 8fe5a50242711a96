// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.StsFacts;
import org.junit.jupiter.api.Test;

class FactGathererTest {
    private static final DomainName DOMAIN = DomainName.parse("example.com");

    private final ScriptedResolver resolver = new ScriptedResolver();

    @Test
    void hostsComeByPreferenceAndEqualOnesInAnyOrder() { // RFC 5321 §5.1
        resolver.found("example.com", RecordType.MX, DnssecStatus.SECURE, mx(20, "b"), mx(10, "a"), mx(20, "c"));

        Set<List<String>> orders = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            orders.add(hosts(gather(seed)));
        }

        assertThat(orders)
                .containsExactlyInAnyOrder(
                        List.of("a.example.com", "b.example.com", "c.example.com"),
                        List.of("a.example.com", "c.example.com", "b.example.com"));
    }

    @Test
    void theNullMxNamesNoHost() { // RFC 7505 §3
        resolver.found("example.com", RecordType.MX, DnssecStatus.SECURE, new RecordData.Mx(0, DomainName.ROOT));

        assertThat(gather(1).hosts()).isEmpty();
        assertThat(resolver.asked()).noneMatch(question -> question.type() == RecordType.A);
    }

    @Test
    void noMoreThanTwentyHostsAreLookedAt() {
        resolver.found(
                "example.com",
                RecordType.MX,
                DnssecStatus.SECURE,
                IntStream.range(0, 30).mapToObj(i -> mx(i, "mx" + i)).toArray(RecordData[]::new));

        assertThat(hosts(gather(1))).hasSize(20).startsWith("mx0.example.com").endsWith("mx19.example.com");
    }

    @Test
    void tlsaIsAskedUnderSignedAddressesOnly() { // RFC 7672 §2.2.2, pitfall 1
        resolver.found("example.com", RecordType.MX, DnssecStatus.SECURE, mx(10, "signed"), mx(20, "unsigned"))
                .found("signed.example.com", RecordType.A, DnssecStatus.SECURE, address())
                .found("unsigned.example.com", RecordType.A, DnssecStatus.INSECURE, address());

        gather(1);

        assertThat(resolver.asked())
                .filteredOn(question -> question.type() == RecordType.TLSA)
                .extracting(question -> question.name().toString())
                .containsExactly("_25._tcp.signed.example.com");
    }

    private DestinationFacts gather(long seed) {
        StsPolicies noPolicies = new StsPolicies() {
            @Override
            public StsFacts lookUp(DomainName policyDomain, int retries) {
                return new StsFacts.NoPolicy("no policy record", Optional.empty());
            }

            @Override
            public StsFacts refresh(DomainName policyDomain) {
                return lookUp(policyDomain, 0);
            }
        };
        var options = new FactGatherer.GatherOptions(true, 25);
        return new FactGatherer(resolver, noPolicies, options, new Random(seed)).gather(DOMAIN, 0);
    }

    private static List<String> hosts(DestinationFacts facts) {
        return facts.hosts().stream()
                .map(HostFacts::name)
                .map(DomainName::toString)
                .toList();
    }

    private static RecordData.Mx mx(int preference, String host) {
        return new RecordData.Mx(preference, DOMAIN.child(host));
    }

    private static RecordData.Address address() {
        return new RecordData.Address(InetAddress.ofLiteral("192.0.2.1"));
    }
}
