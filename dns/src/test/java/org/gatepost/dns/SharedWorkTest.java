// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestWorld.failure;
import static org.gatepost.dns.TestWorld.name;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Tampering;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

/// What is found out about a zone is found out once for all who need it.
class SharedWorkTest {
    private static long asked(TestWorld world, String zone, String type) {
        return world.server.questions().stream()
                .filter(question ->
                        question.name().equals(zone) && question.type().equals(type))
                .count();
    }

    @Test
    void questionsAtTheSameTimeShareTheWayDownToTheirZone() throws Exception {
        try (var world = new TestWorld();
                var resolver = world.resolver();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = IntStream.range(0, 50)
                    .mapToObj(i -> threads.submit(() -> resolver.a(name("host" + i + ".wild.good.test"))))
                    .toList();

            for (var answer : answers) {
                assertThat(answer.get().status()).isEqualTo(DnssecStatus.SECURE);
            }
            for (String zone : new String[] {"", "test", "good.test"}) {
                assertThat(asked(world, zone, "DNSKEY")).as(zone).isEqualTo(1);
            }
            assertThat(asked(world, "good.test", "DS")).isEqualTo(1);
        }
    }

    @Test
    void aBrokenZoneIsNotTriedAnewForEachOfItsNames() { // KeyTrap (CVE-2023-50387): dear to find out
        try (var world = new TestWorld();
                var resolver = world.resolver()) {
            world.server.tamper(name("good.test"), "DNSKEY", new Tampering.SignaturesCorrupted());

            for (int i = 0; i < 20; i++) {
                assertThat(failure(resolver.a(name("host" + i + ".wild.good.test")))
                                .reason())
                        .isEqualTo(Reason.BOGUS);
            }
            assertThat(asked(world, "good.test", "DNSKEY")).isBetween(1L, 2L);

            world.server.restore();
            world.clock.advance(Duration.ofSeconds(31));
            assertThat(resolver.a(name("mx.good.test")).status()).isEqualTo(DnssecStatus.SECURE);
        }
    }

    @Test
    void whatOneUpstreamSpoilsIsNotHeldAgainstAZoneThatAnotherDeliversIntact() { // pitfall 5
        try (var world = new TestWorld();
                var spoiling = ScriptedServer.relay(world.server, ForgeryTest::withoutSignatures);
                var resolver = world.resolver(spoiling.address(), world.server.address())) {
            for (int i = 0; i < 5; i++) {
                assertThat(resolver.a(name("host" + i + ".wild.good.test")).status())
                        .isEqualTo(DnssecStatus.SECURE);
            }
        }
    }

    @Test
    void whatTheSecondUpstreamSpoilsIsNotHeldAgainstAZoneThatTheFirstDeliversIntact() { // pitfall 5
        try (var world = new TestWorld();
                var mostlyGood = ScriptedServer.relay(
                        world.server,
                        reply -> reply.getQuestion().getName().toString().startsWith("alias.")
                                ? ForgeryTest.withoutSignatures(reply)
                                : reply);
                var spoiling = ScriptedServer.relay(world.server, ForgeryTest::withoutSignatures);
                var resolver = world.resolver(mostlyGood.address(), spoiling.address())) {
            assertThat(failure(resolver.a(name("alias.good.test"))).reason()).isEqualTo(Reason.BOGUS);

            for (int i = 0; i < 5; i++) {
                assertThat(resolver.a(name("host" + i + ".wild.good.test")).status())
                        .isEqualTo(DnssecStatus.SECURE);
            }
        }
    }

    @Test
    void oneBadReplyAboutTheRootHoldsUpNothing() {
        var keys = new AtomicInteger();
        try (var world = new TestWorld();
                var stumbling = ScriptedServer.relay(
                        world.server,
                        reply -> reply.getQuestion().getType() == Type.DNSKEY && keys.getAndIncrement() == 0
                                ? ForgeryTest.withoutSignatures(reply)
                                : reply);
                var resolver = world.resolver(stumbling.address())) {
            assertThat(resolver.a(name("mx.good.test")).status()).isEqualTo(DnssecStatus.SECURE);
        }
    }

    /// Honest signatures use up the bound on work; that says nothing of the zone in which it runs out.
    @ParameterizedTest
    @ValueSource(ints = {8, 9, 10, 11, 12})
    void aLongChainOfAliasesBreaksNobodyElsesZone(int links) throws Exception {
        var clock = new FakeClock();
        var builder = SignedWorld.builder(clock).signedZone(name("good.test")).signedZone(name("evil.test"));
        builder.add("mx.good.test. 300 IN A 127.0.0.5");
        for (int i = 0; i < links; i++) {
            builder.add("*.w" + i + ".evil.test. 300 IN CNAME x.w" + (i + 1) + ".evil.test.");
        }
        SignedWorld zones = builder.build();
        try (var server = TestWorld.start(zones);
                var resolver = new ValidatingResolver(new ResolverOptions(
                        List.of(server.address()),
                        new TrustAnchor(List.of(zones.trustAnchor())),
                        TestWorld.PATIENT,
                        TestWorld.PATIENT,
                        100,
                        clock))) {
            assertThat(resolver.aaaa(name("mx.good.test")).status()).isEqualTo(DnssecStatus.SECURE);

            resolver.a(name("x.w0.evil.test"));

            assertThat(resolver.a(name("mx.good.test")).status()).isEqualTo(DnssecStatus.SECURE);
        }
    }
}
