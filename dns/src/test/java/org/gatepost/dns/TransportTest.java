// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.gatepost.dns.DnsFailure.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// What goes over the wire to upstream servers, and what of their replies is believed.
class TransportTest {
    private static final Duration PATIENT = Duration.ofSeconds(20);
    private static final Duration IMPATIENT = Duration.ofSeconds(1);
    private static final WireQuestion QUESTION = new WireQuestion(Name.fromConstantString("Mx.Good.test."), Type.A);

    private final FakeClock clock = new FakeClock();

    private Reply ask(Duration tryTimeout, InetSocketAddress... servers) {
        var client = new UpstreamClient(new Upstreams(List.of(servers), clock), tryTimeout);
        return client.ask(QUESTION, lookup(tryTimeout.multipliedBy(8)));
    }

    private static Lookup lookup(Duration time) {
        return new Lookup(Deadline.in(time), Set.of());
    }

    private static DnsFailure missing(Reply reply) {
        if (reply instanceof Reply.Missing(DnsFailure failure)) {
            return failure;
        }
        throw new AssertionError("expected no reply, but got " + reply);
    }

    private static String address(Reply reply) {
        if (reply instanceof Reply.Received(Message message, InetSocketAddress _)) {
            return message.getSection(Section.ANSWER).getFirst().rdataToString();
        }
        throw new AssertionError("expected a reply, but got " + reply);
    }

    private static Message answer(Message query, String address) {
        Name owner = query.getQuestion().getName();
        return ScriptedServer.reply(
                query, Rcode.NOERROR, new ARecord(owner, DClass.IN, 300, InetAddress.ofLiteral(address)));
    }

    private static Message truncated(Message query) {
        Message reply = ScriptedServer.reply(query, Rcode.NOERROR);
        reply.getHeader().setFlag(Flags.TC);
        return reply;
    }

    @Test
    void aQuestionAsksForRecursionForSignaturesAndAgainstTheUpstreamsOwnJudgement() {
        try (var server =
                ScriptedServer.start(query -> List.of(answer(query, "192.0.2.1").toWire()))) {
            assertThat(address(ask(PATIENT, server.address()))).isEqualTo("192.0.2.1");

            Message query = server.queries().getFirst();
            assertThat(query.getHeader().getFlag(Flags.RD)).isTrue();
            assertThat(query.getHeader().getFlag(Flags.CD)).isTrue();
            assertThat(query.getOPT().getFlags() & ExtendedFlags.DO).isEqualTo(ExtendedFlags.DO);
            assertThat(query.getOPT().getPayloadSize()).isEqualTo(1232);
        }
    }

    @Test
    void everyQuestionHasARandomIdAndAPortOfItsOwn() {
        try (var server =
                ScriptedServer.start(query -> List.of(answer(query, "192.0.2.1").toWire()))) {
            for (int i = 0; i < 20; i++) {
                ask(PATIENT, server.address());
            }

            assertThat(new HashSet<>(server.ids())).hasSizeGreaterThan(15);
            assertThat(new HashSet<>(server.sourcePorts())).hasSizeGreaterThan(15);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "name", "type", "query", "garbage"})
    void aForgedReplyIsIgnoredAndTheTrueOneAwaited(String kind) {
        try (var server = ScriptedServer.start(
                query -> List.of(forged(query, kind), answer(query, "192.0.2.1").toWire()))) {
            assertThat(address(ask(PATIENT, server.address()))).isEqualTo("192.0.2.1");
        }
    }

    private static byte[] forged(Message query, String kind) {
        Message reply = answer(query, "192.0.2.66");
        switch (kind) {
            case "id" -> reply.getHeader().setID(query.getHeader().getID() ^ 1);
            case "query" -> reply.getHeader().unsetFlag(Flags.QR);
            case "name" -> replaceQuestion(reply, Name.fromConstantString("other.test."), Type.A);
            case "type" -> replaceQuestion(reply, QUESTION.name(), Type.MX);
            default -> {
                return new byte[] {1, 2, 3};
            }
        }
        return reply.toWire();
    }

    private static void replaceQuestion(Message reply, Name name, int type) {
        reply.removeAllRecords(Section.QUESTION);
        reply.addRecord(Record.newRecord(name, type, DClass.IN), Section.QUESTION);
    }

    @Test
    void aReplyFromAnotherAddressIsIgnored() throws Exception {
        try (var stranger = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
                var silent = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            var forger = Thread.ofVirtual().start(() -> {
                try {
                    var packet = new java.net.DatagramPacket(new byte[4096], 4096);
                    silent.receive(packet);
                    byte[] reply = answer(
                                    new Message(java.util.Arrays.copyOf(packet.getData(), packet.getLength())),
                                    "192.0.2.66")
                            .toWire();
                    stranger.send(new java.net.DatagramPacket(reply, reply.length, packet.getSocketAddress()));
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });

            Reply reply = ask(IMPATIENT, (InetSocketAddress) silent.getLocalSocketAddress());

            forger.join();
            assertThat(missing(reply).reason()).isEqualTo(Reason.TIMED_OUT);
        }
    }

    @Test
    void aTruncatedAnswerIsAskedForAgainOverTcp() {
        try (var server = ScriptedServer.start(
                query -> List.of(truncated(query).toWire()),
                query -> List.of(answer(query, "192.0.2.2").toWire()))) {
            assertThat(address(ask(PATIENT, server.address()))).isEqualTo("192.0.2.2");
        }
    }

    @Test
    void longAnswersShareAConnection() { // RFC 7766 §6.2.1
        try (var server = ScriptedServer.start(
                        query -> List.of(truncated(query).toWire()),
                        query -> List.of(answer(query, "192.0.2.2").toWire()));
                var client = new UpstreamClient(new Upstreams(List.of(server.address()), clock), PATIENT)) {
            for (int i = 0; i < 10; i++) {
                assertThat(address(client.ask(QUESTION, lookup(PATIENT)))).isEqualTo("192.0.2.2");
            }

            assertThat(server.tcpConnections()).isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatTheServerHasClosedIsReplaced() { // RFC 7766 §6.2.4
        try (var server = ScriptedServer.start(
                                query -> List.of(truncated(query).toWire()),
                                query -> List.of(answer(query, "192.0.2.2").toWire()))
                        .closingAfter(1);
                var client = new UpstreamClient(new Upstreams(List.of(server.address()), clock), PATIENT)) {
            for (int i = 0; i < 5; i++) {
                assertThat(address(client.ask(QUESTION, lookup(PATIENT)))).isEqualTo("192.0.2.2");
            }

            assertThat(server.tcpConnections()).isEqualTo(5);
        }
    }

    @Test
    void manyLongAnswersAtOnceTakeABoundedNumberOfConnections() throws Exception {
        try (var server = ScriptedServer.start(
                        query -> List.of(truncated(query).toWire()),
                        query -> List.of(answer(query, "192.0.2.2").toWire()));
                var client = new UpstreamClient(new Upstreams(List.of(server.address()), clock), PATIENT);
                var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            var asked = java.util.stream.IntStream.range(0, 100)
                    .mapToObj(_ -> threads.submit(() -> address(client.ask(QUESTION, lookup(PATIENT)))))
                    .toList();

            for (var answer : asked) {
                assertThat(answer.get()).isEqualTo("192.0.2.2");
            }
            assertThat(server.tcpConnections()).isBetween(1, TcpConnections.MAX_OPEN);
        }
    }

    @Test
    void anAnswerToAnEarlierQuestionOnTheConnectionIsNotTakenForThisOnes() {
        try (var server = ScriptedServer.start(query -> List.of(truncated(query).toWire()), query -> {
                    byte[] octets = answer(query, "192.0.2.2").toWire();
                    return List.of(octets, octets);
                });
                var client = new UpstreamClient(new Upstreams(List.of(server.address()), clock), PATIENT)) {
            assertThat(address(client.ask(QUESTION, lookup(PATIENT)))).isEqualTo("192.0.2.2");

            Reply second =
                    client.ask(new WireQuestion(Name.fromConstantString("other.test."), Type.A), lookup(PATIENT));

            assertThat(second).isInstanceOf(Reply.Received.class);
            assertThat(((Reply.Received) second).message().getQuestion().getName())
                    .isEqualTo(Name.fromConstantString("other.test."));
        }
    }

    @Test
    void whoIsSilentOverUdpIsAskedOverTcp() {
        try (var server = ScriptedServer.start(
                query -> List.of(), query -> List.of(answer(query, "192.0.2.6").toWire()))) {
            assertThat(address(ask(IMPATIENT, server.address()))).isEqualTo("192.0.2.6");
        }
    }

    @Test
    void someoneWhoGuessesAtIdsIsEscapedByTcp() { // RFC 5452 §9.3
        try (var server = ScriptedServer.start(
                query -> java.util.stream.IntStream.range(0, 40)
                        .mapToObj(_ -> forged(query, "id"))
                        .toList(),
                query -> List.of(answer(query, "192.0.2.7").toWire()))) {
            assertThat(address(ask(PATIENT, server.address()))).isEqualTo("192.0.2.7");
        }
    }

    @Test
    void inMixedCaseAnAnswerInOtherCaseIsNotBelievedOverUdp() {
        try (var server = ScriptedServer.start(
                        query -> {
                            Message reply = answer(query, "192.0.2.66");
                            replaceQuestion(reply, query.getQuestion().getName().canonicalize(), Type.A);
                            return List.of(reply.toWire());
                        },
                        query -> List.of(answer(query, "192.0.2.8").toWire()));
                var client = new UpstreamClient(new Upstreams(List.of(server.address()), clock), PATIENT, true)) {
            var question = new WireQuestion(Name.fromConstantString("a".repeat(60) + ".good.test."), Type.A);

            assertThat(address(client.ask(question, lookup(PATIENT)))).isEqualTo("192.0.2.8");

            Name asked = server.queries().getFirst().getQuestion().getName();
            assertThat(asked.toString())
                    .isNotEqualTo(question.name().toString())
                    .isEqualToIgnoringCase(question.name().toString());
        }
    }

    @Test
    void anUpstreamWhoseTcpFailsGivesWayToTheNext() { // pitfall 5
        try (var broken = ScriptedServer.start(query -> List.of(truncated(query).toWire()), query -> List.of());
                var good = ScriptedServer.start(
                        query -> List.of(answer(query, "192.0.2.3").toWire()))) {
            assertThat(address(ask(IMPATIENT, broken.address(), good.address())))
                    .isEqualTo("192.0.2.3");
        }
    }

    @Test
    void aSilentUpstreamGivesWayToTheNextAndIsThenTriedLastForAWhile() {
        try (var silent = ScriptedServer.start(query -> List.of());
                var good = ScriptedServer.start(
                        query -> List.of(answer(query, "192.0.2.3").toWire()))) {
            var client = new UpstreamClient(new Upstreams(List.of(silent.address(), good.address()), clock), IMPATIENT);

            assertThat(address(client.ask(QUESTION, lookup(PATIENT)))).isEqualTo("192.0.2.3");
            assertThat(address(client.ask(QUESTION, lookup(PATIENT)))).isEqualTo("192.0.2.3");
            assertThat(silent.queries()).hasSize(1);

            clock.advance(Upstreams.PENALTY.plusSeconds(1));
            assertThat(address(client.ask(QUESTION, lookup(PATIENT)))).isEqualTo("192.0.2.3");
            assertThat(silent.queries()).hasSize(2);
        }
    }

    @Test
    void anErrorCodeSaysMoreThanSilence() {
        try (var silent = ScriptedServer.start(query -> List.of());
                var failing = ScriptedServer.start(query ->
                        List.of(ScriptedServer.reply(query, Rcode.SERVFAIL).toWire()))) {
            DnsFailure failure = missing(ask(IMPATIENT, failing.address(), silent.address()));

            assertThat(failure.reason()).isEqualTo(Reason.SERVER_FAILURE);
            assertThat(failure.detail())
                    .isEqualTo("127.0.0.1:" + failing.address().getPort() + " answered SERVFAIL to mx.good.test. A");
        }
    }

    @Test
    void aLostDatagramIsSentAgain() {
        var seen = new java.util.concurrent.atomic.AtomicInteger();
        try (var lossy = ScriptedServer.start(query -> seen.incrementAndGet() < 2
                ? List.of()
                : List.of(answer(query, "192.0.2.4").toWire()))) {
            assertThat(address(ask(IMPATIENT, lossy.address()))).isEqualTo("192.0.2.4");
        }
    }

    @Test
    void whoGaveWrongDataForAQuestionIsAskedAgainAfterThoseThatWereSlow() {
        var liar = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1);
        var slow = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 2);
        var good = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 3);
        var upstreams = new Upstreams(List.of(liar, slow, good), clock);
        upstreams.failed(slow);

        assertThat(upstreams.inOrder(Set.of(liar))).containsExactly(good, slow, liar);
        assertThat(upstreams.inOrder(Set.of())).containsExactly(liar, good, slow);
    }

    @Test
    void aClosedPortIsUnreachable() throws Exception {
        InetSocketAddress closed;
        try (var socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            closed = (InetSocketAddress) socket.getLocalSocketAddress();
        }

        assertThat(missing(ask(Duration.ofSeconds(2), closed)).reason()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void upstreamsMayHaveIpv6Addresses() {
        try (var server = ScriptedServer.startAt(
                "::1", query -> List.of(answer(query, "192.0.2.5").toWire()))) {
            assertThat(address(ask(PATIENT, server.address()))).isEqualTo("192.0.2.5");
            assertThat(Upstreams.text(server.address())).startsWith("[0:0:0:0:0:0:0:1]:");
        }
    }

    @Test
    void anUpstreamGivenByNameIsRefused() {
        var byName = InetSocketAddress.createUnresolved("resolver.example", 53);

        org.assertj.core.api.Assertions.assertThatThrownBy(() -> new Upstreams(List.of(byName), clock))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an upstream is given by its IP address, not by the name resolver.example");
    }
}
