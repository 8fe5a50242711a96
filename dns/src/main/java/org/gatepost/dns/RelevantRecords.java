// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// A reply cut down to what bears on its question, in the order of the alias chain.
///
/// Everything else in a reply can only mislead the validator: records of other names, signatures of other
/// zones, a start of authority of an unrelated unsigned zone (which would make a signed name's denial
/// look insecure), name servers and additional records (among which the validator's own remarks must not
/// be forged).
///
/// @param authority the proofs: NSEC and NSEC3 of zones on the way and, without data, the SOA of the
///     end's zone
/// @param rcode NOERROR or NXDOMAIN
record RelevantRecords(AliasChain chain, List<RRset> authority, int rcode) {
    /// Each record set may cost signature checks (KeyTrap, CVE-2023-50387); real replies stay far below.
    private static final int MAX_SETS = 64;

    private static final int MAX_SIGNATURES = 128;

    RelevantRecords {
        authority = List.copyOf(authority);
    }

    /// @throws MalformedReplyException when aliases loop or there is more in it than any honest reply holds
    static RelevantRecords of(WireQuestion question, Message reply) throws MalformedReplyException {
        return of(question, sets(reply, Section.ANSWER), sets(reply, Section.AUTHORITY), reply.getRcode());
    }

    private static RelevantRecords of(WireQuestion question, List<RRset> answer, List<RRset> authority, int rcode)
            throws MalformedReplyException {
        int signatures = Stream.concat(answer.stream(), authority.stream())
                .mapToInt(RRset::sigSize)
                .sum();
        if (answer.size() + authority.size() > MAX_SETS || signatures > MAX_SIGNATURES) {
            throw new MalformedReplyException("the reply to " + question + " holds too many record sets or signatures");
        }
        AliasChain chain = AliasChain.follow(question, answer);
        List<RRset> relevant =
                authority.stream().filter(set -> isRelevant(set, chain)).toList();
        return new RelevantRecords(chain, relevant, chain.data().isPresent() ? Rcode.NOERROR : rcode);
    }

    /// This reply continued by the one to a question for its chain's end.
    RelevantRecords continuedBy(WireQuestion question, RelevantRecords next) throws MalformedReplyException {
        var answer =
                Stream.concat(chain.sets().stream(), next.chain.sets().stream()).toList();
        var proofs = Stream.concat(authority.stream(), next.authority.stream()).toList();
        return of(question, answer, proofs, next.rcode);
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
        chain.sets().forEach(set -> add(message, set, Section.ANSWER));
        authority.forEach(set -> add(message, set, Section.AUTHORITY));
        if (chain.data().isEmpty() && authority.isEmpty()) {
            add(message, new RRset(placeholder(chain.end())), Section.AUTHORITY);
        }
        return message;
    }

    /// An unsigned SOA at the denied name itself, for a denial that brings none: it makes the validator
    /// ask whether the name is signed, and holds for insecure names only. Its zero TTL keeps it out of
    /// caches (RFC 2308 §5).
    private static SOARecord placeholder(Name denied) {
        return new SOARecord(denied, DClass.IN, 0, Name.root, Name.root, 0, 0, 0, 0, 0);
    }

    private static void add(Message message, RRset set, int section) {
        set.rrs(false).forEach(data -> message.addRecord(data, section));
        set.sigs().forEach(signature -> message.addRecord(signature, section));
    }

    private static List<RRset> sets(Message reply, int section) {
        return reply.getSectionRRsets(section).stream()
                .filter(set -> set.size() > 0 && set.getDClass() == DClass.IN)
                .map(AliasChain::withOwnSignatures)
                .toList();
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
