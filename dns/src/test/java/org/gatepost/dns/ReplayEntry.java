// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// One entry of a replay scenario: a message, and how it is to be matched or adjusted.
///
/// @param match the words after MATCH, lower case
/// @param adjust the words after ADJUST, lower case
/// @param flags the flags after REPLY, upper case
/// @param rcode the response code after REPLY
/// @param question at most one
/// @param sections records by dnsjava's section number
/// @param unreadable whether a record is malformed on purpose, so that no client can read the message
record ReplayEntry(
        Set<String> match,
        Set<String> adjust,
        Set<String> flags,
        int rcode,
        Optional<Record> question,
        Map<Integer, List<Record>> sections,
        boolean unreadable) {

    ReplayEntry {
        match = Set.copyOf(match);
        adjust = Set.copyOf(adjust);
        flags = Set.copyOf(flags);
        sections = Map.copyOf(sections);
    }

    List<Record> section(int section) {
        return sections.getOrDefault(section, List.of());
    }

    List<Record> answer() {
        return section(Section.ANSWER);
    }

    List<Record> authority() {
        return section(Section.AUTHORITY);
    }

    /// Whether a server that holds this entry sends it for the question.
    boolean answers(WireQuestion asked) {
        if (adjust.contains("do_not_answer") || flags.contains("TC") || question.isEmpty()) {
            return false;
        }
        if (match.contains("tcp") || match.contains("noedns")) {
            return false;
        }
        Record own = question.get();
        boolean whole = match.contains("question") || match.contains("qcase");
        if ((whole || match.contains("qtype")) && own.getType() != asked.type()) {
            return false;
        }
        if ((whole || match.contains("qname")) && !own.getName().equals(asked.name())) {
            return false;
        }
        return !match.contains("subdomain") || asked.name().subdomain(own.getName());
    }

    /// Whether it only names the servers of a zone further down. Some do so with AA; then the name servers are
    /// unsigned, as only a delegation's are, though there are proofs about it.
    boolean isReferral() {
        return rcode == Rcode.NOERROR
                && answer().isEmpty()
                && authority().stream().anyMatch(r -> r.getType() == Type.NS)
                && authority().stream().noneMatch(r -> r.getType() == Type.SOA)
                && (!flags.contains("AA") || isDelegation());
    }

    private boolean isDelegation() {
        boolean signed = authority().stream()
                .anyMatch(r -> r instanceof RRSIGRecord signature && signature.getTypeCovered() == Type.NS);
        boolean proven = authority().stream()
                .anyMatch(r -> r.getType() == Type.DS || r.getType() == Type.NSEC || r.getType() == Type.NSEC3);
        return proven && !signed;
    }

    /// Whether the answer section has the records asked for, or an alias to them.
    boolean isPositiveFor(WireQuestion asked) {
        return answer().stream().anyMatch(r -> isAnswerTo(r, asked));
    }

    private static boolean isAnswerTo(Record record, WireQuestion asked) {
        Name owner = record.getName();
        if (owner.equals(asked.name())) {
            int type = record.getType();
            return type == asked.type() || type == Type.CNAME || asked.type() == Type.ANY;
        }
        return record instanceof DNAMERecord && asked.name().subdomain(owner);
    }

    /// Whether the zone itself denies its DS record, which only the parent can.
    boolean isChildsDenialOfDs(WireQuestion asked) {
        return asked.type() == Type.DS
                && !isPositiveFor(asked)
                && authority().stream()
                        .anyMatch(r -> r.getType() == Type.SOA
                                && r.getName().equals(asked.name())
                                && r.getName().labels() > 1);
    }
}
