// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.zones.DenialStyle;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Validity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// What proofs held lately spare, and that they prove no more than they did.
class DenialMemoryTest {
    private final FakeClock clock = new FakeClock();
    private final List<String> asked = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    /// A resolver as the diagnosing server has it.
    private record Subject(ValidatingResolver resolver, VerdictMemory memory, DenialMemory denials) {
        Verdict.Usable ask(String question) {
            String[] words = question.split(" ", 2);
            var wire = new WireQuestion(TestKey.name(words[0]), Type.value(words[1]));
            if (memory.verdict(wire, resolver::verdict) instanceof Verdict.Usable usable) {
                return usable;
            }
            throw new AssertionError("no usable verdict on " + question);
        }
    }

    private Subject subject(DenialStyle style, String... insecure) {
        Instant now = clock.instant();
        SignedWorld world = SignedWorld.builder(clock)
                .denial(style)
                .validity(new Validity(now.minus(Duration.ofHours(1)), now.plus(Duration.ofHours(9))))
                .signedZone(DomainName.parse("good.test"))
                .add("mx.good.test. IN A 127.0.0.5")
                .add("zz.good.test. IN A 127.0.0.5")
                .build();
        DnsServer server = TestWorld.start(world);
        var options = new ResolverOptions(
                List.of(server.address()),
                new TrustAnchor(List.of(world.trustAnchor())),
                Duration.ofSeconds(5),
                TestWorld.PATIENT,
                100,
                clock);
        ValidationOptions rules = ValidationOptions.of(options.anchor())
                .withInsecureDomains(
                        List.of(insecure).stream().map(DomainName::parse).toList());
        var client = new UpstreamClient(new Upstreams(options.upstreams(), clock), options.tryTimeout());
        Upstream source = (question, lookup) -> {
            asked.add(question.toString());
            return client.ask(question, lookup);
        };
        var denials = new DenialMemory(source, Anchors.of(rules), clock);
        var resolver = new ValidatingResolver(options, rules, denials);
        open.add(server);
        open.add(resolver);
        return new Subject(resolver, new VerdictMemory(100, denials, clock), denials);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private static void assertDenied(Verdict.Usable verdict, int rcode) {
        assertThat(verdict.status()).isEqualTo(DnssecStatus.SECURE);
        assertThat(verdict.message().getRcode()).isEqualTo(rcode);
    }

    @ParameterizedTest
    @EnumSource(names = {"NSEC", "NSEC3"})
    void whatAProofDeniesIsNotAskedForAgain(DenialStyle style) { // RFC 8198 §5.1, RFC 8198 §5.2
        Subject subject = subject(style);
        assertDenied(subject.ask("na.good.test. A"), Rcode.NXDOMAIN);
        assertDenied(subject.ask("mx.good.test. TXT"), Rcode.NOERROR);
        asked.clear();

        assertDenied(subject.ask("x.na.good.test. MX"), Rcode.NXDOMAIN);
        assertDenied(subject.ask("mx.good.test. TLSA"), Rcode.NOERROR);
        assertThat(asked).isEmpty();
        assertThat(subject.ask("mx.good.test. A").message().getSection(Section.ANSWER))
                .isNotEmpty();
        assertThat(asked).contains("mx.good.test. A");
    }

    @Test
    void anotherNameInTheSameSpanIsDenied() {
        Subject subject = subject(DenialStyle.NSEC);
        subject.ask("na.good.test. A");
        asked.clear();

        assertDenied(subject.ask("nb.good.test. A"), Rcode.NXDOMAIN);
        assertThat(asked).isEmpty();
        subject.ask("zzz.good.test. A");
        assertThat(asked).contains("zzz.good.test. A");
    }

    @Test
    void proofsWithOptOutAreNotKept() {
        Subject subject = subject(DenialStyle.NSEC3_OPT_OUT);
        subject.ask("na.good.test. A");
        asked.clear();

        subject.ask("x.na.good.test. A");
        assertThat(asked).contains("x.na.good.test. A");
    }

    @Test
    void proofsEndWithTheDenialTheyCameWith() { // RFC 9077 §3
        Subject subject = subject(DenialStyle.NSEC);
        subject.ask("na.good.test. A");
        asked.clear();

        clock.advance(Duration.ofMinutes(15));
        assertDenied(subject.ask("nb.good.test. A"), Rcode.NXDOMAIN);
        assertThat(asked).contains("nb.good.test. A");
    }

    @Test
    void noProofSpeaksForADomainDeclaredInsecure() {
        Subject subject = subject(DenialStyle.NSEC, "nb.good.test");
        subject.ask("na.good.test. A");
        asked.clear();

        assertThat(subject.ask("x.nb.good.test. A").status()).isEqualTo(DnssecStatus.INSECURE);
        assertThat(asked).contains("x.nb.good.test. A");
    }

    @Test
    void aForgedProofThatWasKeptCostsNoMoreThanAQuestion() {
        Subject subject = subject(DenialStyle.NSEC);
        TestKey forger = TestKey.of("good.test.");
        var message = new Message();
        for (String text :
                List.of("good.test. SOA good.test. good.test. 1 2 3 4 300", "good.test. NSEC good.test. SOA")) {
            RRset set = forger.signed(TestKey.rr(text));
            message.addRecord(set.first(), Section.AUTHORITY);
            set.sigs().forEach(signature -> message.addRecord(signature, Section.AUTHORITY));
        }
        subject.denials().remember(message, clock.instant().plusSeconds(60));

        Verdict.Usable verdict = subject.ask("mx.good.test. A");
        assertThat(verdict.status()).isEqualTo(DnssecStatus.SECURE);
        assertThat(verdict.message().getSection(Section.ANSWER)).isNotEmpty();
    }
}
