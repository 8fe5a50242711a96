// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.DnsFailure.Reason;
import org.xbill.DNS.Message;

/// An upstream that does to replies what a fuzzer's input says.
///
/// For each reply the input says how many edits it suffers, mostly none, and which; input used up means an
/// honest upstream.
final class Attacker implements Upstream {
    private static final InetSocketAddress PLACE = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53);
    static final List<ReplyEdit> EDITS = List.of(ReplyEdit.values());
    private static final int MOST_EDITS = 4;

    private final FuzzWorld world;
    private final List<WireQuestion> questions;
    private final Choices choices;
    private int asked;
    private boolean honest;

    Attacker(FuzzWorld world, Choices choices) {
        this.world = world;
        this.questions =
                world.questions().stream().map(FuzzWorld.Asked::question).toList();
        this.choices = choices;
    }

    void turnHonest() {
        honest = true;
    }

    int asked() {
        return asked;
    }

    @Override
    public Reply ask(WireQuestion question, Lookup lookup) {
        asked++;
        int hashes = CountedHashes.soFar();
        Reply reply = reply(question);
        CountedHashes.resetTo(hashes);
        return reply;
    }

    private Reply reply(WireQuestion question) {
        Message reply = world.reply(question);
        int edits = honest ? 0 : choices.below(MOST_EDITS + 1);
        if (edits == 0) {
            return new Reply.Received(reply, PLACE);
        }
        var draft = new DraftReply(reply, new DraftReply.Surroundings(world, questions, question));
        for (int i = 0; i < edits; i++) {
            choices.of(EDITS).apply(draft, choices);
        }
        Optional<Message> received = draft.received();
        return received.<Reply>map(message -> new Reply.Received(message, PLACE))
                .orElseGet(() -> Reply.missing(Reason.MALFORMED, "nothing readable"));
    }
}
