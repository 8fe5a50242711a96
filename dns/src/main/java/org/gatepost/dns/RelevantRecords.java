// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// A reply cut down to what bears on its question, in the order of the alias chain.
///
/// Records of other names, starts of authority of unrelated zones, proofs by zones elsewhere, name servers
/// and additional records are left out: they are neither judged nor handed on.
///
/// @param all every record set of the name when the question is for ANY, else empty
/// @param authority the proofs: signed NSEC and NSEC3 of zones on the way and, without data, the SOA of the
///     end's zone
/// @param rcode NOERROR or NXDOMAIN
record RelevantRecords(AliasChain chain, List<RRset> all, List<RRset> authority, int rcode) {
    RelevantRecords {
        all = List.copyOf(all);
        authority = List.copyOf(authority);
    }

    /// @throws MalformedReplyException when aliases loop
    static RelevantRecords of(WireQuestion question, Sections reply) throws MalformedReplyException {
        AliasChain chain = AliasChain.follow(question, reply.answer());
        List<RRset> relevant =
                reply.authority().stream().filter(set -> isRelevant(set, chain)).toList();
        List<RRset> all = question.type() == Type.ANY ? reply.answers(question.name()) : List.of();
        return new RelevantRecords(chain, all, relevant, chain.data().isPresent() ? Rcode.NOERROR : reply.rcode());
    }

    RelevantRecords withRcode(int other) {
        return new RelevantRecords(chain, all, authority, other);
    }

    /// Every record set that must be signed.
    List<RRset> signedSets() {
        return all.isEmpty() ? chain.signedSets() : all;
    }

    boolean hasData() {
        return chain.data().isPresent() || !all.isEmpty();
    }

    /// This reply continued by the one to a question for its chain's end.
    RelevantRecords continuedBy(WireQuestion question, RelevantRecords next) throws MalformedReplyException {
        var answer =
                Stream.concat(chain.sets().stream(), next.chain.sets().stream()).toList();
        var proofs = Stream.concat(authority.stream(), next.authority.stream()).toList();
        return of(question, new Sections(answer, proofs, next.rcode));
    }

    /// Whether the reply stops at an alias and neither shows nor denies what the alias leads to.
    boolean stopsAtAlias() {
        return !chain.links().isEmpty()
                && chain.data().isEmpty()
                && rcode == Rcode.NOERROR
                && authority.stream().noneMatch(set -> set.getType() == Type.SOA);
    }

    Message toMessage(WireQuestion question) {
        var message = new Message();
        message.getHeader().setFlag(Flags.QR);
        message.getHeader().setFlag(Flags.RA);
        message.getHeader().setRcode(rcode);
        message.addRecord(Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
        (all.isEmpty() ? chain.sets() : all).forEach(set -> add(message, set, Section.ANSWER));
        authority.forEach(set -> add(message, set, Section.AUTHORITY));
        return message;
    }

    private static void add(Message message, RRset set, int section) {
        set.rrs(false).forEach(data -> message.addRecord(data, section));
        set.sigs().forEach(signature -> message.addRecord(signature, section));
    }

    private static boolean isRelevant(RRset set, AliasChain chain) {
        return switch (set.getType()) {
            case Type.SOA -> chain.data().isEmpty() && chain.end().subdomain(set.getName());
            case Type.NSEC, Type.NSEC3 ->
                !set.sigs().isEmpty()
                        && chain.names().stream()
                                .anyMatch(name -> set.sigs().stream()
                                        .allMatch(signature -> name.subdomain(signature.getSigner())));
            default -> false;
        };
    }
}
