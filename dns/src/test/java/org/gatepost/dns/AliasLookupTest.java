// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestWorld.failure;
import static org.gatepost.dns.TestWorld.name;

import org.gatepost.dns.DnsFailure.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Aliases as upstreams deliver them: cut short, or in a loop.
class AliasLookupTest {
    private final TestWorld world = new TestWorld();

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void anAliasWhoseTargetTheUpstreamLeavesOutIsFollowedHere() {
        try (var terse = ScriptedServer.relay(world.server, AliasLookupTest::upToFirstAlias);
                var resolver = world.resolver(terse.address())) {
            assertThat(resolver.a(name("alias.good.test")).status()).isEqualTo(DnssecStatus.SECURE);
            assertThat(resolver.a(name("away.good.test")).status()).isEqualTo(DnssecStatus.INSECURE);
            assertThat(resolver.a(name("dangling.good.test")))
                    .isInstanceOf(Answer.Denied.class)
                    .extracting(Answer::status)
                    .isEqualTo(DnssecStatus.SECURE);
        }
    }

    /// Only the alias and its signature, without what it leads to.
    private static Message upToFirstAlias(Message reply) {
        boolean aliased = reply.getSection(Section.ANSWER).stream().anyMatch(r -> r.getType() == Type.CNAME);
        if (!aliased) {
            return reply;
        }
        Name asked = reply.getQuestion().getName();
        var terse = ScriptedServer.reply(reply, Rcode.NOERROR);
        for (Record record : reply.getSection(Section.ANSWER)) {
            if (record.getName().equals(asked)) {
                terse.addRecord(record, Section.ANSWER);
            }
        }
        return terse;
    }

    @Test
    void aLoopOfAliasesIsMalformed() {
        try (var looping = ScriptedServer.relay(world.server, AliasLookupTest::withLoop);
                var resolver = world.resolver(looping.address())) {
            DnsFailure failure = failure(resolver.a(name("mx.plain.test")));

            assertThat(failure.reason()).isEqualTo(Reason.MALFORMED);
            assertThat(failure.detail()).isEqualTo("mx.plain.test. A has aliases that loop at mx.plain.test.");
        }
    }

    private static Message withLoop(Message reply) {
        Name asked = reply.getQuestion().getName();
        if (reply.getQuestion().getType() != Type.A) {
            return reply;
        }
        Name other = Name.fromConstantString("other.plain.test.");
        return ScriptedServer.reply(
                reply,
                Rcode.NOERROR,
                new CNAMERecord(asked, DClass.IN, 300, other),
                new CNAMERecord(other, DClass.IN, 300, asked));
    }

    @Test
    void aChainWithoutEndIsGivenUp() {
        var count = new java.util.concurrent.atomic.AtomicInteger();
        try (var endless = ScriptedServer.relay(world.server, reply -> {
                    if (reply.getQuestion().getType() != Type.A) {
                        return reply;
                    }
                    Name next = Name.fromConstantString("n" + count.incrementAndGet() + ".plain.test.");
                    return ScriptedServer.reply(
                            reply,
                            Rcode.NOERROR,
                            new CNAMERecord(reply.getQuestion().getName(), DClass.IN, 300, next));
                });
                var resolver = world.resolver(endless.address())) {
            assertThat(failure(resolver.a(name("n0.plain.test"))).reason()).isEqualTo(Reason.MALFORMED);
            assertThat(count.get()).isLessThan(20);
        }
    }
}
