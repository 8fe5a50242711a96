// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.dns.DnsFailure.Reason;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class FetcherTest {
    private static final InetSocketAddress SERVER = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53);
    private static final WireQuestion QUESTION = new WireQuestion(Name.fromConstantString("a.test."), Type.A);

    private final Lookup lookup = new Lookup(Deadline.in(Duration.ofSeconds(20)), Set.of());

    private static Message reply(int sets) {
        var reply = new Message(1);
        for (int i = 0; i < sets; i++) {
            Record record = new ARecord(
                    Name.fromConstantString("n" + i + ".test."), DClass.IN, 300, InetAddress.ofLiteral("192.0.2.1"));
            reply.addRecord(record, Section.ANSWER);
        }
        return reply;
    }

    @Test
    void oneQuestionMayNotLeadToQuestionsWithoutLimit() throws Exception {
        var asked = new AtomicInteger();
        var fetcher = new Fetcher((_, _) -> {
            asked.incrementAndGet();
            return new Reply.Received(reply(1), SERVER);
        });
        for (int i = 0; i < WorkLimits.STANDARD.questions(); i++) {
            fetcher.sections(QUESTION, lookup);
        }

        assertThatThrownBy(() -> fetcher.sections(QUESTION, lookup))
                .isInstanceOf(UnavailableException.class)
                .hasMessage("more DNS questions than allowed are needed, stopped at a.test. A");
        assertThat(asked).hasValue(WorkLimits.STANDARD.questions());
    }

    @Test
    void aReplyStuffedWithRecordSetsIsRefused() throws Exception {
        assertThat(new Fetcher((_, _) -> new Reply.Received(reply(64), SERVER))
                        .sections(QUESTION, lookup)
                        .answer())
                .hasSize(64);
        assertThatThrownBy(
                        () -> new Fetcher((_, _) -> new Reply.Received(reply(65), SERVER)).sections(QUESTION, lookup))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("too many records");
    }

    @Test
    void whyThereIsNoReplyIsHandedOn() {
        var failure = new DnsFailure(Reason.SERVER_FAILURE, "a server said SERVFAIL");

        assertThatThrownBy(() -> new Fetcher((_, _) -> new Reply.Missing(failure)).sections(QUESTION, lookup))
                .isInstanceOfSatisfying(
                        UnavailableException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }
}
