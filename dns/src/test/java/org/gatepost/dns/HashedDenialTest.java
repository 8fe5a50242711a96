// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestWorld.ask;
import static org.gatepost.dns.TestWorld.name;

import java.time.Duration;
import java.util.List;
import org.gatepost.zones.DenialStyle;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Tampering;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whole worlds that deny by NSEC3, with and without opt-out.
class HashedDenialTest {
    private final FakeClock clock = new FakeClock();

    private interface Use {
        void use(DnsServer server, Resolver resolver);
    }

    private void inWorld(DenialStyle style, Use use) {
        SignedWorld world = SignedWorld.builder(clock)
                .denial(style)
                .signedZone(name("good.test"))
                .unsignedZone(name("plain.good.test"))
                .unsignedZone(name("plain.test"))
                .add("good.test. IN MX 10 mx.good.test.")
                .add("mx.good.test. IN A 127.0.0.5")
                .add("deep.empty.good.test. IN A 127.0.0.5")
                .add("*.wild.good.test. IN A 127.0.0.6")
                .add("walias.good.test. IN CNAME any.wild.good.test.")
                .add("mx.plain.good.test. IN A 127.0.0.7")
                .add("mx.plain.test. IN A 127.0.0.8")
                .build();
        var server = TestWorld.start(world);
        var options = new ResolverOptions(
                List.of(server.address()),
                new TrustAnchor(List.of(world.trustAnchor())),
                Duration.ofSeconds(5),
                TestWorld.PATIENT,
                100,
                clock);
        try (server;
                var resolver = new ValidatingResolver(options)) {
            use.use(server, resolver);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "mx.good.test A, SECURE",
        "mx.good.test TLSA, SECURE",
        "empty.good.test A, SECURE",
        "_25._tcp.mx.good.test TLSA, SECURE",
        "a.b.none.good.test MX, SECURE",
        "none.test MX, SECURE",
        "any.wild.good.test A, SECURE",
        "walias.good.test A, SECURE",
        "any.wild.good.test MX, SECURE",
        "mx.plain.good.test A, INSECURE",
        "mx.plain.good.test TLSA, INSECURE",
        "mx.plain.test A, INSECURE",
        "none.plain.test MX, INSECURE",
    })
    void answersAndDenialsStandAsWithNsec(String question, DnssecStatus status) {
        inWorld(DenialStyle.NSEC3, (_, resolver) -> {
            Answer<?> answer = ask(resolver, question);

            assertThat(answer.status()).as("%s", answer).isEqualTo(status);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "mx.good.test A, SECURE",
        "mx.good.test TLSA, SECURE",
        "any.wild.good.test A, INSECURE",
        "none.good.test MX, INSECURE",
        "_25._tcp.mx.good.test TLSA, INSECURE",
        "mx.plain.good.test A, INSECURE",
        "mx.plain.test A, INSECURE",
    })
    void whereUnsignedNamesAreLeftOutAbsenceIsInsecure(String question, DnssecStatus status) { // RFC 5155 §9.2
        inWorld(DenialStyle.NSEC3_OPT_OUT, (_, resolver) -> {
            Answer<?> answer = ask(resolver, question);

            assertThat(answer.status()).as("%s", answer).isEqualTo(status);
        });
    }

    @ParameterizedTest
    @CsvSource({"NSEC3", "NSEC3_OPT_OUT"})
    void strippedAndForgedAnswersOfSignedNamesAreBogusWithOptOutToo(DenialStyle style) {
        inWorld(style, (server, resolver) -> {
            server.tamper(name("mx.good.test"), "A", new Tampering.Forged(List.of("mx.good.test. A 127.0.0.66")));
            server.tamper(name("good.test"), "MX", new Tampering.SignaturesStripped());
            server.tamper(name("mx.good.test"), "TLSA", new Tampering.SignaturesStripped());

            for (String question : List.of("mx.good.test A", "good.test MX", "mx.good.test TLSA")) {
                assertThat(ask(resolver, question).status()).as(question).isEqualTo(DnssecStatus.BOGUS);
            }
        });
    }
}
