// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.gatepost.dns.ResolverOptions;
import org.gatepost.dns.TrustAnchor;
import org.gatepost.dns.ValidatingResolver;
import org.gatepost.gateway.resolution.KnownPolicies;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.gateway.resolution.StsPolicyCache;
import org.gatepost.names.DomainName;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.spool.VolatilePolicyMemory;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Policy records as name servers serve them, from the wire to the policy in force (RFC 8461 §3.1, spec S1). The time
/// limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolicyRecordZonesTest {
    private static final String POLICY = "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n";
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InstantSource CLOCK = InstantSource.system();

    private final DnsServer server;
    private final ValidatingResolver resolver;
    private final StsPolicyCache policies;

    PolicyRecordZonesTest() throws IOException {
        var builder = SignedWorld.builder(CLOCK);
        builder.signedZone(DomainName.parse("one.test")).add("_mta-sts.one.test. 300 IN TXT \"v=STSv1; id=1\"");
        builder.signedZone(DomainName.parse("split.test"))
                .add("_mta-sts.split.test. 300 IN TXT \"v=STS\" \"v1;\" \" id=\" \"ab\" \"cd;\"");
        builder.signedZone(DomainName.parse("several.test"))
                .add("_mta-sts.several.test. 300 IN TXT \"v=spf1 -all\"")
                .add("_mta-sts.several.test. 300 IN TXT \"v=STSv1; id=3\"")
                .add("_mta-sts.several.test. 300 IN TXT \"v=STSv12; id=4\"");
        builder.signedZone(DomainName.parse("two.test"))
                .add("_mta-sts.two.test. 300 IN TXT \"v=STSv1; id=1\"")
                .add("_mta-sts.two.test. 300 IN TXT \"v=STSv1; id=2\"");
        builder.signedZone(DomainName.parse("alias.test"))
                .add("_mta-sts.alias.test. 300 IN CNAME customer.provider.test.");
        builder.signedZone(DomainName.parse("provider.test"))
                .add("customer.provider.test. 300 IN CNAME shared.provider.test.")
                .add("shared.provider.test. 300 IN TXT \"v=STSv1; id=provided\"");
        builder.signedZone(DomainName.parse("fußball.test"))
                .add("_mta-sts.xn--fuball-cta.test. 300 IN TXT \"v=STSv1; id=idn\"");
        builder.signedZone(DomainName.parse("fussball.test"));
        builder.signedZone(DomainName.parse("none.test"))
                .add("sub.none.test. 300 IN A 127.0.0.1")
                .add("_mta-sts.none.test. 300 IN TXT \"nothing of the kind\"");
        SignedWorld world = builder.build();
        server = DnsServer.start(world, new InetSocketAddress(LOOPBACK, 0));
        resolver = new ValidatingResolver(new ResolverOptions(
                List.of(server.address()),
                new TrustAnchor(List.of(world.trustAnchor())),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                1000,
                CLOCK));
        policies = new StsPolicyCache(
                resolver,
                _ -> new Fetched.Policy(((ParsedStsPolicy.Accepted) StsPolicyParser.parse(POLICY)).policy(), POLICY),
                new KnownPolicies(new VolatilePolicyMemory(), new Random(1), CLOCK),
                2,
                CLOCK);
    }

    @BeforeEach
    void worldIsThere() {
        assertThat(announced("one.test")).isEqualTo("1");
    }

    @AfterEach
    void stop() {
        resolver.close();
        server.close();
    }

    /// The id with which the policy was fetched, or the reason why there is none.
    private String announced(String domain) {
        return switch (policies.lookUp(DomainName.parse(domain), 0)) {
            case StsFacts.InForce policy -> policy.id();
            case StsFacts.NoPolicy none -> none.reason();
            case StsFacts.LookupFailed failed -> failed.failure().detail();
            case StsFacts.SwitchedOff _ -> "switched off";
        };
    }

    @Test
    void stringsOfOneRecordAreJoined() {
        assertThat(announced("split.test")).isEqualTo("abcd");
    }

    @Test
    void recordsOfOtherKindsAreDiscarded() {
        assertThat(announced("several.test")).isEqualTo("3");
    }

    @Test
    void twoPolicyRecordsAnnounceNothing() {
        assertThat(announced("two.test")).startsWith("2 TXT records");
    }

    @Test
    void aliasesAreFollowedThroughZones() { // pitfall 7
        assertThat(announced("alias.test")).isEqualTo("provided");
    }

    @Test
    void caseAndTrailingDotMakeNoDifference() {
        assertThat(announced("SPLIT.Test.")).isEqualTo("abcd");
    }

    @Test
    void internationalDomainIsAskedByItsALabels() {
        assertThat(announced("Fußball.test")).isEqualTo("idn");
        assertThat(announced("fussball.test")).isEqualTo("no policy record");
    }

    @Test
    void otherTextIsNoRecordAndTheParentIsNotAsked() { // RFC 8461 §3.4
        assertThat(announced("none.test")).contains("no TXT record begins with v=STSv1;");
        assertThat(announced("sub.one.test")).isEqualTo("no policy record");
    }
}
