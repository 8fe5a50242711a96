// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import org.xbill.DNS.dnssec.ValidatingResolver;

/// The server's answers as an independent validator sees them.
class DnsServerTest {
    private static final DomainName MX = DomainName.parse("mx.good.test");

    private SignedWorld world = world(SigningAlgorithm.ECDSAP256SHA256);
    private DnsServer server = start(world);

    private static SignedWorld world(SigningAlgorithm algorithm) {
        return SignedWorld.builder(InstantSource.system())
                .algorithm(algorithm)
                .signedZone(DomainName.parse("good.test"))
                .unsignedZone(DomainName.parse("plain.test"))
                .signedZone(DomainName.parse("deep.in.good.test"))
                .add("good.test. IN MX 10 mx.good.test.")
                .add("mx.good.test. IN A 127.0.0.5")
                .add("_25._tcp.mx.good.test. IN TLSA 3 1 1 " + "ab".repeat(32))
                .add("alias.good.test. IN CNAME mx.good.test.")
                .add("away.good.test. IN CNAME mx.plain.test.")
                .add("dangling.good.test. IN CNAME nothing.good.test.")
                .add("*.wild.good.test. IN A 127.0.0.6")
                .add("mx.plain.test. IN A 127.0.0.7")
                .add("host.deep.in.good.test. IN A 127.0.0.8")
                .add("big.good.test. IN TXT \"" + "x".repeat(250) + "\" \"" + "y".repeat(250) + "\" \""
                        + "z".repeat(250) + "\" \"" + "w".repeat(250) + "\" \"" + "v".repeat(250) + "\"")
                .build();
    }

    private static DnsServer start(SignedWorld world) {
        try {
            return DnsServer.start(world, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void startsWithoutTampering() {
        server.restore();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private SimpleResolver plain() {
        var resolver = new SimpleResolver(server.address());
        resolver.setTimeout(Duration.ofSeconds(5));
        return resolver;
    }

    private Message ask(String name, int type) throws IOException {
        var validating = new ValidatingResolver(plain());
        validating.loadTrustAnchors(
                new ByteArrayInputStream((world.trustAnchor() + "\n").getBytes(StandardCharsets.US_ASCII)));
        return validating.send(query(name, type));
    }

    private static Message query(String name, int type) throws IOException {
        return Message.newQuery(Record.newRecord(Name.fromString(name + "."), type, DClass.IN));
    }

    private static String data(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .filter(record -> record.getType() != Type.RRSIG)
                .map(Record::rdataToString)
                .collect(Collectors.joining(", "));
    }

    private static void assertSecure(Message message, int code) {
        assertThat(Rcode.string(message.getRcode())).isEqualTo(Rcode.string(code));
        assertThat(message.getHeader().getFlag(Flags.AD))
                .as("AD in %s", message)
                .isTrue();
    }

    private static void assertInsecure(Message message, int code) {
        assertThat(Rcode.string(message.getRcode())).isEqualTo(Rcode.string(code));
        assertThat(message.getHeader().getFlag(Flags.AD))
                .as("AD in %s", message)
                .isFalse();
    }

    private static void assertBogus(Message message) {
        assertThat(Rcode.string(message.getRcode())).isEqualTo("SERVFAIL");
    }

    @ParameterizedTest
    @EnumSource(SigningAlgorithm.class)
    void answersOfASignedZoneAreSecureWithEveryAlgorithm(SigningAlgorithm algorithm) throws IOException {
        world = world(algorithm);
        server.serve(world);

        Message answer = ask("good.test", Type.MX);

        assertSecure(answer, Rcode.NOERROR);
        assertThat(data(answer)).isEqualTo("10 mx.good.test.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"mx.good.test", "_tcp.mx.good.test", "in.good.test", "good.test", "nic.test", "x.wild.good.test"
            })
    void aTypeThatDoesNotExistIsSecurelyDenied(String name) throws IOException {
        world = SignedWorld.builder(InstantSource.system())
                .signedZone(DomainName.parse("good.test"))
                .signedZone(DomainName.parse("deep.in.good.test"))
                .add("mx.good.test. IN A 127.0.0.5")
                .add("_25._tcp.mx.good.test. IN TLSA 3 1 1 " + "ab".repeat(32))
                .add("*.wild.good.test. IN A 127.0.0.6")
                .add("nic.test. IN A 127.0.0.6")
                .build();
        server.serve(world);

        Message answer = ask(name, Type.AAAA);

        assertSecure(answer, Rcode.NOERROR);
        assertThat(data(answer)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing.good.test", "_26._tcp.mx.good.test", "a.b.c.good.test", "nothing.example"})
    void aNameThatDoesNotExistIsSecurelyDenied(String name) throws IOException {
        assertSecure(ask(name, Type.TLSA), Rcode.NXDOMAIN);
    }

    @Test
    void anUnsignedDelegationIsProvenInsecure() throws IOException {
        Message answer = ask("mx.plain.test", Type.A);

        assertInsecure(answer, Rcode.NOERROR);
        assertThat(data(answer)).isEqualTo("127.0.0.7");
        assertInsecure(ask("nothing.plain.test", Type.A), Rcode.NXDOMAIN);
    }

    @Test
    void aZoneBelowAnEmptyNameIsSecure() throws IOException {
        assertSecure(ask("host.deep.in.good.test", Type.A), Rcode.NOERROR);
    }

    @Test
    void aliasesAreFollowedInsideAndAcrossZones() throws IOException {
        Message inside = ask("alias.good.test", Type.A);
        assertSecure(inside, Rcode.NOERROR);
        assertThat(data(inside)).isEqualTo("mx.good.test., 127.0.0.5");

        Message across = ask("away.good.test", Type.A);
        assertInsecure(across, Rcode.NOERROR);
        assertThat(data(across)).isEqualTo("mx.plain.test., 127.0.0.7");

        assertSecure(ask("away.good.test", Type.CNAME), Rcode.NOERROR);
        assertSecure(ask("dangling.good.test", Type.A), Rcode.NXDOMAIN);
    }

    @Test
    void aWildcardIsExpandedWithItsProof() throws IOException {
        Message answer = ask("any.thing.wild.good.test", Type.A);

        assertSecure(answer, Rcode.NOERROR);
        assertThat(data(answer)).isEqualTo("127.0.0.6");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mx.good.test", "nothing.good.test", "alias.good.test"})
    void spoiledSignaturesAreBogus(String name) throws IOException {
        DomainName tampered = DomainName.parse(name);
        for (Tampering tampering : List.of(
                new Tampering.SignaturesStripped(),
                new Tampering.SignaturesCorrupted(),
                new Tampering.SignaturesExpired())) {
            server.tamper(tampered, "A", tampering);
            assertBogus(ask(name, Type.A));
        }
        server.restore();
        assertThat(ask(name, Type.A).getHeader().getFlag(Flags.AD)).isTrue();
    }

    @Test
    void spoiledTargetOfAnAliasSpoilsTheAnswer() throws IOException {
        server.tamper(MX, new Tampering.SignaturesCorrupted());

        assertBogus(ask("alias.good.test", Type.A));
        assertSecure(ask("alias.good.test", Type.CNAME), Rcode.NOERROR);
    }

    @Test
    void forgedRecordsAreBogusInASignedZoneAndBelievedInAnUnsignedOne() throws IOException {
        server.tamper(MX, "A", new Tampering.Forged(List.of("mx.good.test. IN A 127.6.6.6")));
        assertBogus(ask("mx.good.test", Type.A));
        assertThat(data(plain().send(query("mx.good.test", Type.A)))).isEqualTo("127.6.6.6");

        server.tamper(
                DomainName.parse("mx.plain.test"), new Tampering.Forged(List.of("mx.plain.test. IN A 127.6.6.6")));
        assertThat(data(ask("mx.plain.test", Type.A))).isEqualTo("127.6.6.6");
    }

    @Test
    void aDenialWithoutProofIsBogus() throws IOException {
        server.tamper(MX, "A", new Tampering.DenialWithoutProof());

        assertThat(plain().send(query("mx.good.test", Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertBogus(ask("mx.good.test", Type.A));
    }

    @ParameterizedTest
    @EnumSource(Tampering.ErrorCode.class)
    void errorRepliesAreSentAsTold(Tampering.ErrorCode code) throws IOException {
        server.tamper(MX, "A", new Tampering.ErrorReply(code));

        assertThat(plain().send(query("mx.good.test", Type.A)).getRcode()).isEqualTo(code.number());
        assertSecure(ask("good.test", Type.MX), Rcode.NOERROR);
    }

    @Test
    @Timeout(20)
    void aSilencedQuestionGetsNoReply() throws Exception {
        server.tamper(MX, "A", new Tampering.Silence());
        try (var socket = new java.net.DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
            socket.connect(server.address());
            send(socket, query("mx.good.test", Type.A));
            while (!server.questions().contains(new Asked("mx.good.test", "A", false))) {
                Thread.sleep(1);
            }
            Message next = query("good.test", Type.MX);
            send(socket, next);
            var packet = new java.net.DatagramPacket(new byte[4096], 4096);
            socket.receive(packet);

            assertThat(new Message(java.util.Arrays.copyOf(packet.getData(), packet.getLength()))
                            .getHeader()
                            .getID())
                    .isEqualTo(next.getHeader().getID());
        }
    }

    private static void send(java.net.DatagramSocket socket, Message message) throws IOException {
        byte[] octets = message.toWire();
        socket.send(new java.net.DatagramPacket(octets, octets.length));
    }

    @Test
    void anAnswerTooLargeForUdpIsTruncatedAndWholeOverTcp() throws IOException {
        var udpOnly = plain();
        udpOnly.setIgnoreTruncation(true);
        Message truncated = udpOnly.send(query("big.good.test", Type.TXT));
        assertThat(truncated.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(truncated.getSection(Section.ANSWER)).isEmpty();

        assertThat(plain().send(query("big.good.test", Type.TXT)).getSection(Section.ANSWER))
                .hasSize(1);
        assertThat(server.questions())
                .containsExactly(
                        new Asked("big.good.test", "TXT", false),
                        new Asked("big.good.test", "TXT", false),
                        new Asked("big.good.test", "TXT", true));
    }

    @Test
    void signaturesComeOnlyWhenAskedFor() throws IOException {
        assertThat(plain().send(query("mx.good.test", Type.A)).getSection(Section.ANSWER))
                .allMatch(record -> record.getType() == Type.A);
        assertThat(plain().send(query("x.good.test", Type.A)).getSection(Section.AUTHORITY))
                .allMatch(record -> record.getType() == Type.SOA);
    }
}
