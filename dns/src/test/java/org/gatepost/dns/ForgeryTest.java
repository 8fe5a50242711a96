// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestWorld.ask;
import static org.gatepost.dns.TestWorld.failure;
import static org.gatepost.dns.TestWorld.name;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.dns.UpstreamHealth.Finding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/// Replies that an attacker makes up to have signed data pass for unsigned, and upstreams that spoil what they pass.
class ForgeryTest {
    private static final Name PLAIN = Name.fromConstantString("plain.test.");

    private final TestWorld world = new TestWorld();

    @AfterEach
    void close() {
        world.close();
    }

    /// The reply to one question goes through the forger's hands, all others are honest.
    private Answer<?> askForger(String question, UnaryOperator<Message> forger) {
        String[] words = question.split(" ", 2);
        try (var server =
                        ScriptedServer.relay(world.server, reply -> isFor(reply, words) ? forger.apply(reply) : reply);
                var resolver = world.resolver(server.address())) {
            return ask(resolver, question);
        }
    }

    private static boolean isFor(Message reply, String[] words) {
        Record asked = reply.getQuestion();
        return asked.getName().toString(true).equals(words[0])
                && Type.string(asked.getType()).equals(words[1]);
    }

    private static Message emptied(Message reply) {
        Message forged = ScriptedServer.reply(reply, Rcode.NOERROR);
        forged.getHeader().setID(reply.getHeader().getID());
        return forged;
    }

    private RRSIGRecord signatureOf(Name signer, Name owner, int type) {
        var now = world.clock.instant();
        return new RRSIGRecord(
                owner,
                DClass.IN,
                300,
                type,
                13,
                300,
                now.plus(Duration.ofDays(1)),
                now.minus(Duration.ofDays(1)),
                4711,
                signer,
                new byte[64]);
    }

    @Test
    void aSignatureThatNamesAnUnsignedZoneElsewhereDoesNotMakeSignedDataInsecure() throws Exception {
        Name owner = Name.fromConstantString("mx.good.test.");
        Answer<?> answer = askForger("mx.good.test A", reply -> {
            Message forged = emptied(reply);
            forged.addRecord(new ARecord(owner, DClass.IN, 300, java.net.InetAddress.ofLiteral("127.0.0.66")), 1);
            forged.addRecord(signatureOf(PLAIN, owner, Type.A), Section.ANSWER);
            return forged;
        });

        assertThat(failure(answer).reason()).isEqualTo(Reason.BOGUS);
    }

    @Test
    void aDenialWithTheStartOfAuthorityOfAnUnsignedZoneElsewhereIsNotInsecure() {
        Answer<?> answer = askForger("_25._tcp.mx.good.test TLSA", reply -> {
            Message forged = emptied(reply);
            forged.addRecord(new SOARecord(PLAIN, DClass.IN, 300, PLAIN, PLAIN, 1, 1, 1, 1, 300), Section.AUTHORITY);
            return forged;
        });

        assertThat(failure(answer).reason()).isEqualTo(Reason.BOGUS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"any.wild.good.test A", "walias.good.test A"})
    void aWildcardAnswerWithoutProofThatTheWildcardAppliesIsBogus(String question) { // pitfall 6
        Answer<?> answer = askForger(question, reply -> {
            reply.removeAllRecords(Section.AUTHORITY);
            return reply;
        });

        assertThat(failure(answer).reason()).isEqualTo(Reason.BOGUS);
        assertThat(failure(answer).detail())
                .contains(
                        "zone good.test. does not prove that the wildcard *.wild.good.test. applies to any.wild.good");
    }

    @Test
    void anEmptyReplyIsADenialInAnUnsignedZoneOnly() {
        Answer<?> signed = askForger("_25._tcp.mx.good.test TLSA", ForgeryTest::emptied);
        Answer<?> unsigned = askForger("_25._tcp.mx.plain.test TLSA", ForgeryTest::emptied);

        assertThat(failure(signed).reason()).isEqualTo(Reason.BOGUS);
        assertThat(unsigned).isInstanceOf(Answer.Denied.class);
        assertThat(unsigned.status()).isEqualTo(DnssecStatus.INSECURE);
    }

    @Test
    void theUpstreamsAuthenticDataBitAndRemarksCountForNothing() {
        Answer<?> answer = askForger("mx.plain.test A", reply -> {
            reply.getHeader().setFlag(Flags.AD);
            reply.addRecord(new TXTRecord(Name.root, 65280, 0, "forged remark"), Section.ADDITIONAL);
            return reply;
        });

        assertThat(answer.status()).isEqualTo(DnssecStatus.INSECURE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mx.good.test A", "none.good.test TLSA", "plain.test MX"})
    void anUpstreamThatStripsAllSignaturesMakesDomainsBogusAndNeverInsecure(String question) { // pitfall 4
        try (var stripping = ScriptedServer.relay(world.server, ForgeryTest::withoutSignatures);
                var resolver = world.resolver(stripping.address())) {
            assertThat(failure(ask(resolver, question)).reason()).isEqualTo(Reason.BOGUS);
        }
    }

    @Test
    void aSecondUpstreamSavesWhatTheFirstStrips() { // pitfalls 4 and 5
        try (var stripping = ScriptedServer.relay(world.server, ForgeryTest::withoutSignatures);
                var resolver = world.resolver(stripping.address(), world.server.address())) {
            assertThat(resolver.mx(name("good.test")).status()).isEqualTo(DnssecStatus.SECURE);
        }
    }

    @Test
    void theProbeTellsHealthyStrippingRefusingAndSilentUpstreamsApart() { // pitfall 4
        try (var stripping = ScriptedServer.relay(world.server, ForgeryTest::withoutSignatures);
                var refusing = ScriptedServer.start(ScriptedServer::refuse);
                var noTcp = ScriptedServer.start(query -> udpCopy(query), query -> List.of());
                var silent = ScriptedServer.start(query -> List.of());
                var resolver = new ValidatingResolver(world.impatient(
                        Duration.ofSeconds(2),
                        world.server.address(),
                        stripping.address(),
                        refusing.address(),
                        noTcp.address(),
                        silent.address()))) {
            UpstreamHealth health = resolver.probe();

            assertThat(health.upstreams())
                    .extracting(UpstreamHealth.Upstream::finding)
                    .containsExactly(
                            Finding.HEALTHY,
                            Finding.STRIPS_SIGNATURES,
                            Finding.REFUSES,
                            Finding.NO_TCP,
                            Finding.SILENT);
            assertThat(health.upstreams())
                    .allSatisfy(u -> assertThat(u.explanation())
                            .startsWith("127.0.0.1:" + u.address().getPort() + ": ")
                            .matches("[ -~]+"));
            assertThat(health.canValidate()).isTrue();
        }
    }

    @Test
    void anUpstreamThatVouchesForWhatDoesNotValidateIsToldToTheOperator() {
        try (var lying = ScriptedServer.relay(world.server, reply -> {
                    Message changed = reply.getQuestion().getType() == Type.MX ? withoutSignatures(reply) : reply;
                    changed.getHeader().setFlag(Flags.AD);
                    return changed;
                });
                var resolver = world.resolver(lying.address())) {
            assertThat(resolver.a(name("mx.good.test")).status()).isEqualTo(DnssecStatus.SECURE);
            assertThat(resolver.probe().upstreams().getFirst().finding()).isEqualTo(Finding.HEALTHY);

            assertThat(failure(resolver.mx(name("good.test"))).reason()).isEqualTo(Reason.BOGUS);

            UpstreamHealth health = resolver.probe();
            assertThat(health.upstreams().getFirst().finding()).isEqualTo(Finding.DISAGREES);
            assertThat(health.upstreams().getFirst().explanation())
                    .contains("set AD on an answer that does not validate here")
                    .contains("good.test. MX");
            assertThat(health.canValidate()).isTrue();
            world.clock.advance(java.time.Duration.ofMinutes(16));
            assertThat(resolver.probe().upstreams().getFirst().finding()).isEqualTo(Finding.HEALTHY);
        }
    }

    private List<byte[]> udpCopy(Message query) {
        try {
            var relay = new org.xbill.DNS.SimpleResolver(world.server.address());
            relay.setEDNS(0, 1232, org.xbill.DNS.ExtendedFlags.DO);
            return List.of(relay.send(query).toWire());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theProbeTellsOfATrustAnchorThatDoesNotFit() {
        try (var other = new TestWorld()) {
            var options = new ResolverOptions(
                    List.of(world.server.address()),
                    other.anchor(),
                    TestWorld.PATIENT,
                    TestWorld.PATIENT,
                    10,
                    world.clock);

            UpstreamHealth health = new ValidatingResolver(options).probe();

            assertThat(health.upstreams().getFirst().finding()).isEqualTo(Finding.UNTRUSTED_KEYS);
            assertThat(health.canValidate()).isFalse();
        }
    }

    static Message withoutSignatures(Message reply) {
        var stripped = ScriptedServer.reply(reply, reply.getRcode());
        stripped.getHeader().setID(reply.getHeader().getID());
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            reply.getSection(section).stream()
                    .filter(r -> r.getType() != Type.RRSIG && r.getType() != Type.NSEC)
                    .forEach(r -> stripped.addRecord(r, section));
        }
        return stripped;
    }
}
