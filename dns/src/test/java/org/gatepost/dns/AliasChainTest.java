// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Type;

class AliasChainTest {
    private static final WireQuestion QUESTION = new WireQuestion(name("start.test."), Type.A);

    private static Name name(String text) {
        return Name.fromConstantString(text);
    }

    private static RRset cname(String owner, String target) {
        return new RRset(new CNAMERecord(name(owner), DClass.IN, 300, name(target)));
    }

    private static RRset dname(String owner, String target) {
        return new RRset(new DNAMERecord(name(owner), DClass.IN, 300, name(target)));
    }

    private static RRset address(String owner) {
        return new RRset(new ARecord(name(owner), DClass.IN, 300, InetAddress.ofLiteral("192.0.2.1")));
    }

    @Test
    void linksAreFollowedInWhateverOrderTheyCome() throws Exception {
        var chain = AliasChain.follow(
                QUESTION, List.of(address("c.test."), cname("b.test.", "c.test."), cname("start.test.", "b.test.")));

        assertThat(chain.names()).containsExactly(name("start.test."), name("b.test."), name("c.test."));
        assertThat(chain.data()).isPresent();
    }

    @Test
    void recordsOffTheChainAreLeftOut() throws Exception {
        var chain = AliasChain.follow(QUESTION, List.of(address("other.test."), cname("x.test.", "y.test.")));

        assertThat(chain.sets()).isEmpty();
        assertThat(chain.end()).isEqualTo(name("start.test."));
    }

    @Test
    void aDnameMakesTheCnameWhateverTheReplySays() throws Exception { // RFC 6672 §5.3.1
        var question = new WireQuestion(name("mx.old.test."), Type.A);
        var chain = AliasChain.follow(
                question,
                List.of(
                        dname("old.test.", "new.test."),
                        cname("mx.old.test.", "evil.test."),
                        address("evil.test."),
                        address("mx.new.test.")));

        assertThat(chain.end()).isEqualTo(name("mx.new.test."));
        assertThat(chain.data().orElseThrow().getName()).isEqualTo(name("mx.new.test."));
    }

    @Test
    void aQuestionForTheAliasItselfIsNotFollowed() throws Exception {
        var question = new WireQuestion(name("start.test."), Type.CNAME);
        var chain = AliasChain.follow(question, List.of(cname("start.test.", "b.test."), cname("b.test.", "c.test.")));

        assertThat(chain.links()).isEmpty();
        assertThat(chain.data().orElseThrow().first().rdataToString()).isEqualTo("b.test.");
    }

    @Test
    void loopsAreRefused() {
        assertThatThrownBy(() -> AliasChain.follow(
                        QUESTION, List.of(cname("start.test.", "b.test."), cname("b.test.", "START.test."))))
                .isInstanceOf(MalformedReplyException.class)
                .hasMessageContaining("loop");
    }

    @Test
    void sixteenLinksAreFollowedAndSeventeenRefused() throws Exception {
        assertThat(AliasChain.follow(QUESTION, chain(16)).links()).hasSize(16);
        assertThatThrownBy(() -> AliasChain.follow(QUESTION, chain(17)))
                .isInstanceOf(MalformedReplyException.class)
                .hasMessage("start.test. A has a chain of more than 16 aliases");
    }

    private static List<RRset> chain(int links) {
        var sets = new ArrayList<RRset>();
        String owner = "start.test.";
        for (int i = 1; i <= links; i++) {
            String target = "n" + i + ".test.";
            sets.add(cname(owner, target));
            owner = target;
        }
        return sets;
    }

    @Test
    void twoCnamesAtOneNameAreRefused() {
        RRset two = cname("start.test.", "b.test.");
        two.addRR(cname("start.test.", "c.test.").first());

        assertThatThrownBy(() -> AliasChain.follow(QUESTION, List.of(two))).isInstanceOf(MalformedReplyException.class);
    }
}
