// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// The record sets of a reply with their signatures, which count in whatever section they stand; other additional
/// records are never looked at.
///
/// @param rcode NOERROR or NXDOMAIN
record Sections(List<RRset> answer, List<RRset> authority, int rcode) {
    /// Each record set may cost signature checks (KeyTrap, CVE-2023-50387); real replies stay far below.
    private static final int MAX_SETS = 64;

    private static final int MAX_SIGNATURES = 128;

    /// Beside the above: sets are made of records at a cost that grows with their square.
    private static final int MAX_RECORDS = 1000;

    Sections {
        answer = List.copyOf(answer);
        authority = List.copyOf(authority);
    }

    /// @throws MalformedReplyException when there is more in it than any honest reply holds
    static Sections of(WireQuestion question, Message reply) throws MalformedReplyException {
        requireFew(question, reply);
        var sections = new Sections(sets(reply, Section.ANSWER), sets(reply, Section.AUTHORITY), reply.getRcode());
        List<RRset> all = Stream.concat(sections.answer.stream(), sections.authority.stream())
                .toList();
        joinSignatures(all, reply);
        if (all.size() > MAX_SETS) {
            throw tooMany(question);
        }
        return sections;
    }

    private static void requireFew(WireQuestion question, Message reply) throws MalformedReplyException {
        int records = 0;
        int signatures = 0;
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
            for (Record record : reply.getSection(section)) {
                records++;
                signatures += record instanceof RRSIGRecord ? 1 : 0;
            }
        }
        if (records > MAX_RECORDS || signatures > MAX_SIGNATURES) {
            throw tooMany(question);
        }
    }

    private static MalformedReplyException tooMany(WireQuestion question) {
        return new MalformedReplyException("the reply to " + question + " holds too many records or signatures");
    }

    private static List<RRset> sets(Message reply, int section) {
        return reply.getSectionRRsets(section).stream()
                .filter(set -> set.size() > 0 && set.getDClass() == DClass.IN)
                .toList();
    }

    /// A server puts signatures beside what they cover (RFC 4035 §3.1.1). Some do not, and where one stands changes
    /// nothing about what it proves.
    private static void joinSignatures(List<RRset> sets, Message reply) {
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
            for (Record record : reply.getSection(section)) {
                if (record instanceof RRSIGRecord signature) {
                    sets.stream().filter(set -> isOver(signature, set)).forEach(set -> set.addRR(signature));
                }
            }
        }
    }

    private static boolean isOver(RRSIGRecord signature, RRset set) {
        return signature.getTypeCovered() == set.getType()
                && signature.getDClass() == set.getDClass()
                && signature.getName().equals(set.getName())
                && !set.sigs().contains(signature);
    }

    List<RRset> answers(Name owner) {
        return answer.stream().filter(set -> set.getName().equals(owner)).toList();
    }

    Optional<RRset> answer(Name owner, int type) {
        return find(answer, owner, type);
    }

    Optional<RRset> authority(Name owner, int type) {
        return find(authority, owner, type);
    }

    private static Optional<RRset> find(List<RRset> sets, Name owner, int type) {
        return sets.stream()
                .filter(set -> set.getType() == type && set.getName().equals(owner))
                .findFirst();
    }
}
