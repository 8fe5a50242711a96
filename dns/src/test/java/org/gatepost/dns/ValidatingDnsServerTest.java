// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gatepost.dns.TestWorld.name;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.gatepost.zones.Tampering;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/// What a client of the diagnosing resolver sees.
class ValidatingDnsServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    private static final int NO_EDNS = -1;

    private final TestWorld world = new TestWorld();
    private ValidatingDnsServer server;

    @BeforeEach
    void start() throws IOException {
        server = ValidatingDnsServer.start(world.options(), rules(), ANY_PORT);
    }

    @AfterEach
    void close() {
        server.close();
        world.close();
    }

    private DiagnosisRules rules() {
        return new DiagnosisRules(List.of(world.zones.trustAnchor()), Set.of(), Set.of(), List.of(), false);
    }

    private static Message query(String question, int ednsFlags) {
        String[] words = question.split(" ", 2);
        var query = new Message(4711);
        query.getHeader().setFlag(Flags.RD);
        query.addRecord(
                Record.newRecord(Name.fromConstantString(words[0] + "."), Type.value(words[1]), DClass.IN),
                Section.QUESTION);
        if (ednsFlags != NO_EDNS) {
            query.addRecord(new OPTRecord(1232, 0, 0, ednsFlags), Section.ADDITIONAL);
        }
        return query;
    }

    private Message ask(Message query) throws IOException {
        return ask(query, false);
    }

    private Message ask(Message query, boolean tcp) throws IOException {
        var client = new SimpleResolver(server.address());
        client.setTimeout(Duration.ofSeconds(20));
        client.setTCP(tcp);
        client.setIgnoreTruncation(true);
        client.setEDNS(-1);
        return client.send(query);
    }

    private static List<String> data(Message reply, int section) {
        return reply.getSection(section).stream()
                .map(r -> Type.string(r.getType()) + " " + r.rdataToString())
                .toList();
    }

    private void tamper(String question, Tampering tampering) {
        String[] words = question.split(" ", 2);
        world.server.tamper(name(words[0]), words[1], tampering);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSecureAnswerHasTheAdBitOverUdpAndTcp(boolean tcp) throws IOException {
        Message reply = ask(query("mx.good.test A", ExtendedFlags.DO), tcp);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getHeader().getFlag(Flags.AD)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.RA)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.AA)).isFalse();
        assertThat(data(reply, Section.ANSWER)).hasSize(2).contains("A 127.0.0.5");
        assertThat(reply.getSection(Section.ANSWER)).anyMatch(r -> r.getType() == Type.RRSIG);
    }

    @Test
    void withoutDoThereAreNoSignaturesAndWithoutAdNoAdBit() throws IOException {
        Message plain = ask(query("mx.good.test A", NO_EDNS));

        assertThat(data(plain, Section.ANSWER)).containsExactly("A 127.0.0.5");
        assertThat(plain.getHeader().getFlag(Flags.AD)).isFalse();
        assertThat(plain.getOPT()).isNull();

        Message query = query("mx.good.test A", NO_EDNS);
        query.getHeader().setFlag(Flags.AD);
        Message asking = ask(query);

        assertThat(data(asking, Section.ANSWER)).containsExactly("A 127.0.0.5");
        assertThat(asking.getHeader().getFlag(Flags.AD)).isTrue();
    }

    @Test
    void anUnsignedZonesAnswerHasNoAdBit() throws IOException {
        Message reply = ask(query("plain.test MX", ExtendedFlags.DO));

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getHeader().getFlag(Flags.AD)).isFalse();
        assertThat(data(reply, Section.ANSWER)).containsExactly("MX 10 mx.plain.test.");
    }

    @Test
    void aSecureDenialShowsItsProofToThoseWhoAsk() throws IOException {
        Message proven = ask(query("none.good.test MX", ExtendedFlags.DO));
        Message plain = ask(query("none.good.test MX", 0));

        assertThat(proven.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(proven.getHeader().getFlag(Flags.AD)).isTrue();
        assertThat(proven.getSection(Section.AUTHORITY)).anyMatch(r -> r.getType() == Type.RRSIG);
        assertThat(plain.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(plain.getSection(Section.AUTHORITY))
                .extracting(Record::getType)
                .containsOnly(Type.SOA);
    }

    @Test
    void aTypeThatMailNeverAsksForIsValidatedToo() throws IOException {
        Message reply = ask(query("good.test DNSKEY", ExtendedFlags.DO));

        assertThat(reply.getHeader().getFlag(Flags.AD)).isTrue();
        assertThat(reply.getSection(Section.ANSWER)).anyMatch(r -> r.getType() == Type.DNSKEY);
    }

    @Test
    void aSecureAnswerIsKeptWhileItHoldsAndAFailureIsNot() throws IOException {
        tamper("good.test MX", new Tampering.ErrorReply(Tampering.ErrorCode.SERVFAIL));
        assertThat(ask(query("good.test MX", 0)).getRcode()).isEqualTo(Rcode.SERVFAIL);
        world.server.restore();
        Message first = ask(query("good.test MX", ExtendedFlags.DO));
        world.server.forgetQuestions();

        world.clock.advance(Duration.ofSeconds(100));
        Message second = ask(query("good.test MX", ExtendedFlags.DO));

        assertThat(world.server.questions()).isEmpty();
        assertThat(data(second, Section.ANSWER)).isEqualTo(data(first, Section.ANSWER));
        assertThat(second.getHeader().getFlag(Flags.AD)).isTrue();
        assertThat(first.getSection(Section.ANSWER)).allMatch(r -> r.getTTL() == 600);
        assertThat(second.getSection(Section.ANSWER)).allMatch(r -> r.getTTL() == 500);

        world.clock.advance(Duration.ofSeconds(500));
        ask(query("good.test MX", ExtendedFlags.DO));

        assertThat(world.server.questions()).isNotEmpty();
    }

    @Test
    void digSeesTheAdBit() throws IOException, InterruptedException {
        var dig = Path.of("/usr/bin/dig");
        if (!Files.isExecutable(dig)) {
            System.out.println("dig is not installed: it was not asked");
            return;
        }
        Process process = new ProcessBuilder(
                        dig.toString(),
                        "@" + server.address().getAddress().getHostAddress(),
                        "-p",
                        Integer.toString(server.address().getPort()),
                        "+dnssec",
                        "mx.good.test",
                        "A")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("status: NOERROR").contains("127.0.0.5").containsPattern("flags: [a-z ]*\\bad\\b");
    }

    @Test
    void aBogusAnswerIsServfailWithTheReason() throws IOException {
        tamper("mx.good.test A", new Tampering.SignaturesStripped());

        Message reply = ask(query("mx.good.test A", ExtendedFlags.DO));

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(extendedError(reply).getText()).contains("mx.good.test. A");
    }

    @Test
    void aClientWithoutEdnsGetsPlainServfail() throws IOException {
        tamper("mx.good.test A", new Tampering.SignaturesStripped());

        Message reply = ask(query("mx.good.test A", NO_EDNS));

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(reply.getOPT()).isNull();
    }

    @Test
    void whoeverChecksForThemselvesGetsWhatThereIsWithoutAdBit() throws IOException {
        tamper("mx.good.test A", new Tampering.SignaturesStripped());
        Message query = query("mx.good.test A", ExtendedFlags.DO);
        query.getHeader().setFlag(Flags.CD);

        Message reply = ask(query);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getHeader().getFlag(Flags.CD)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.AD)).isFalse();
        assertThat(data(reply, Section.ANSWER)).contains("A 127.0.0.5");
    }

    @Test
    void anUpstreamsFailureIsServfailWithAnExtendedErrorThatIsNotBogus() throws IOException {
        tamper("mx.good.test A", new Tampering.ErrorReply(Tampering.ErrorCode.SERVFAIL));

        Message reply = ask(query("mx.good.test A", 0));

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(extendedError(reply).getErrorCode()).isNotEqualTo(ExtendedErrorCodeOption.DNSSEC_BOGUS);
        assertThat(extendedError(reply).getText()).contains("SERVFAIL");
    }

    @Test
    void aLongAnswerIsCutOverUdpAndWholeOverTcp() throws IOException {
        Message cut = ask(query("big.good.test TXT", ExtendedFlags.DO));
        Message whole = ask(query("big.good.test TXT", ExtendedFlags.DO), true);

        assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(cut.numBytes()).isLessThanOrEqualTo(1232);
        assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(whole.getSection(Section.ANSWER)).anyMatch(r -> r.getType() == Type.TXT);
    }

    @Test
    void theQuestionComesBackAsItWasSpelled() throws IOException {
        Message reply = ask(query("mX.gOOd.tEst A", 0));

        assertThat(reply.getQuestion().getName()).hasToString("mX.gOOd.tEst.");
        assertThat(reply.getHeader().getID()).isEqualTo(4711);
    }

    @Test
    void whatIsNoOrdinaryQuestionIsRefused() throws IOException {
        Message update = query("good.test SOA", 0);
        update.getHeader().setOpcode(Opcode.NOTIFY);
        Message none = new Message(1);
        Message chaos = new Message(1);
        chaos.addRecord(Record.newRecord(Name.root, Type.TXT, DClass.CHAOS), Section.QUESTION);
        Message newer = query("good.test SOA", NO_EDNS);
        newer.addRecord(new OPTRecord(1232, 0, 1), Section.ADDITIONAL);

        assertThat(exchange(update.toWire()).getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(exchange(none.toWire()).getRcode()).isEqualTo(Rcode.FORMERR);
        assertThat(exchange(chaos.toWire()).getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(exchange(newer.toWire()).getRcode()).isEqualTo(Rcode.BADVERS);
        assertThat(exchange(query("good.test AXFR", 0).toWire()).getRcode()).isEqualTo(Rcode.NOTIMP);
    }

    @Test
    void unreadableOctetsAreAFormatErrorAndRepliesGetNone() throws IOException {
        byte[] unreadable = ByteBuffer.allocate(14).putShort((short) 99).array();
        unreadable[5] = 1;
        Message aReply = query("mx.good.test A", 0);
        aReply.getHeader().setFlag(Flags.QR);
        try (var socket = new DatagramSocket()) {
            socket.connect(server.address());
            socket.setSoTimeout(20_000);
            for (byte[] octets : List.of(new byte[3], aReply.toWire(), unreadable)) {
                socket.send(new DatagramPacket(octets, octets.length));
            }

            var packet = new DatagramPacket(new byte[4096], 4096);
            socket.receive(packet);
            var reply = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));

            assertThat(reply.getHeader().getID()).isEqualTo(99);
            assertThat(reply.getRcode()).isEqualTo(Rcode.FORMERR);
        }
    }

    @Test
    void oneConnectionTakesQuestionAfterQuestion() throws IOException {
        try (var socket =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            socket.setSoTimeout(20_000);
            for (String question : List.of("mx.good.test A", "plain.test MX", "none.good.test A")) {
                byte[] octets = query(question, 0).toWire();
                socket.getOutputStream()
                        .write(ByteBuffer.allocate(2 + octets.length)
                                .putShort((short) octets.length)
                                .put(octets)
                                .array());
                var in = new DataInputStream(socket.getInputStream());
                byte[] reply = new byte[in.readUnsignedShort()];
                in.readFully(reply);

                assertThat(new Message(reply).getQuestion().getName()).hasToString(question.split(" ", 2)[0] + ".");
            }
        }
    }

    @Test
    void anAddressThatOthersCanReachIsRefusedUnlessWanted() {
        var anywhere = new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);

        assertThatThrownBy(() -> ValidatingDnsServer.start(world.options(), rules(), anywhere))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a loopback address");
    }

    @Test
    void aDomainTakenAsInsecureIsNotBogus() throws IOException {
        tamper("mx.good.test A", new Tampering.SignaturesStripped());
        var lenient = new DiagnosisRules(
                List.of(world.zones.trustAnchor()), Set.of(), Set.of(), List.of(name("good.test")), false);
        try (var other = ValidatingDnsServer.start(world.options(), lenient, ANY_PORT)) {
            var client = new SimpleResolver(other.address());

            Message reply = client.send(query("mx.good.test A", ExtendedFlags.DO));

            assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(reply.getHeader().getFlag(Flags.AD)).isFalse();
        }
    }

    @Test
    void onlySha1CanBeAddedToTheAlgorithms() {
        assertThatThrownBy(() -> new DiagnosisRules(List.of(), Set.of(3), Set.of(), List.of(), false))
                .hasMessageContaining("[5, 7]");
        assertThatThrownBy(() -> new DiagnosisRules(List.of(), Set.of(), Set.of(5), List.of(), false))
                .hasMessageContaining("13");
    }

    private Message exchange(byte[] octets) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(server.address());
            socket.setSoTimeout(20_000);
            socket.send(new DatagramPacket(octets, octets.length));
            var packet = new DatagramPacket(new byte[4096], 4096);
            socket.receive(packet);
            return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        }
    }

    private static ExtendedErrorCodeOption extendedError(Message reply) {
        return (ExtendedErrorCodeOption) reply.getOPT().getOptions().getFirst();
    }
}
