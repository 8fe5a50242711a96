// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// Arbitrary octets as a message: as the reply to every question that the resolver sends, and as a query to the
/// diagnosing resolver. Nothing is thrown, nothing becomes secure, no question costs more than its bounds.
class DnsMessageFuzz {
    private static final InetSocketAddress PLACE = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53);
    private static final FuzzWorld WORLD = FuzzWorld.ALL.getFirst();
    private static final int HEADER_OCTETS = 12;

    private static final DenialMemory DENIALS =
            new DenialMemory(DnsMessageFuzz::honest, Anchors.of(WORLD.options()), clock());
    private static final ValidatingResolver HONEST = resolver(DENIALS);
    private static final DnsResponder RESPONDER = new DnsResponder(
            HONEST, new VerdictMemory(1000, DENIALS, clock()), DnsMessageFuzz::honest, Duration.ofSeconds(20));

    static {
        CountedHashes.install();
    }

    private static InstantSource clock() {
        return InstantSource.fixed(FuzzWorld.NOW);
    }

    private static ValidatingResolver resolver(Upstream upstream) {
        var options = new ResolverOptions(
                List.of(PLACE), TrustAnchor.builtIn(), Duration.ofHours(1), Duration.ofHours(1), 100, clock());
        return new ValidatingResolver(options, WORLD.options(), upstream);
    }

    private static Reply honest(WireQuestion question, Lookup lookup) {
        return new Reply.Received(WORLD.reply(question), PLACE);
    }

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        asReply(octets);
        asQuery(octets);
    }

    /// A message without any true signature proves nothing, whatever it says.
    private static void asReply(byte[] octets) {
        Optional<Message> message = message(octets);
        if (message.isEmpty()) {
            return;
        }
        int[] asked = new int[1];
        Upstream upstream = (_, _) -> {
            asked[0]++;
            return message.<Reply>map(m -> new Reply.Received(m, PLACE)).orElseThrow();
        };
        for (WireQuestion question : questions(message.get())) {
            asked[0] = 0;
            int hashes = CountedHashes.soFar();
            Verdict verdict = new Validator(upstream, WORLD.options(), clock())
                    .validate(question, Lookup.first(Deadline.in(Duration.ofHours(1)), WorkLimits.STANDARD));
            assertThat(asked[0]).as("questions").isLessThanOrEqualTo(WorkLimits.STANDARD.questions());
            assertThat(CountedHashes.soFar() - hashes).isLessThanOrEqualTo(WorkLimits.STANDARD.nsec3Hashes());
            boolean isJudged = question.type() != org.xbill.DNS.Type.RRSIG;
            assertThat(verdict instanceof Verdict.Usable && isJudged)
                    .as("%s: %s", question, verdict)
                    .isFalse();
        }
        DomainName name = DomainName.parse("mx.good.test");
        try (var resolver = resolver(upstream)) {
            assertThat(resolver.a(name)).isInstanceOf(Answer.Failed.class);
            assertThat(resolver.tlsa(name)).isInstanceOf(Answer.Failed.class);
        }
    }

    /// The usual one, and the one that the message itself repeats.
    private static List<WireQuestion> questions(Message message) {
        var questions = new ArrayList<WireQuestion>();
        questions.add(FuzzWorld.ALL.getFirst().questions().getFirst().question());
        Record own = message.getQuestion();
        if (own != null) {
            questions.add(new WireQuestion(own.getName(), own.getType()));
        }
        return questions;
    }

    /// As Exchange reads it; what it cannot read it ignores.
    private static Optional<Message> message(byte[] octets) {
        try {
            var message = new Message(octets);
            int code = message.getRcode();
            return code == 0 || code == 3 ? Optional.of(message) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private static void asQuery(byte[] octets) {
        for (boolean overTcp : new boolean[] {false, true}) {
            Optional<byte[]> reply = RESPONDER.reply(octets, overTcp);
            boolean isQuery = octets.length >= HEADER_OCTETS && (octets[2] & 0x80) == 0;
            assertThat(reply.isPresent()).as("replies").isEqualTo(isQuery);
            reply.ifPresent(sent -> assertIsReply(octets, sent, overTcp));
        }
    }

    private static void assertIsReply(byte[] query, byte[] reply, boolean overTcp) {
        Header header;
        try {
            header = new Message(reply).getHeader();
        } catch (IOException e) {
            throw new AssertionError("the reply cannot be read", e);
        }
        assertThat(header.getID()).isEqualTo(((query[0] & 0xff) << 8) | (query[1] & 0xff));
        assertThat(header.getFlag(Flags.QR)).isTrue();
        assertThat(reply.length).isLessThanOrEqualTo(overTcp ? Message.MAXLENGTH : Query.UDP_PAYLOAD);
    }

    /// Every true reply and the query for it.
    private static List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (FuzzWorld world : FuzzWorld.ALL) {
            for (FuzzWorld.Asked asked : world.questions()) {
                byte[] reply = world.reply(asked.question()).toWire();
                seeds.add(reply);
                seeds.add(query(asked.question()));
            }
        }
        return seeds;
    }

    private static byte[] query(WireQuestion question) {
        var query = new Message(4711);
        query.addRecord(Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
        query.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        return query.toWire();
    }

    @Test
    void octetsFromOutsideNeitherBreakNorProveAnything() {
        FuzzCases.run(DnsMessageFuzz::fuzzerTestOneInput, seeds(), 500);
    }

    @Test
    @Tag("slow")
    void octetsFromOutsideNeitherBreakNorProveAnythingInManyMutations() {
        FuzzCases.run(DnsMessageFuzz::fuzzerTestOneInput, seeds(), 20_000);
    }
}
