// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// What a forwarder that validates nothing would answer in a replay scenario at one step: the entries of all
/// servers taken together, referrals followed, aliases joined.
///
/// @param live the servers that answer at the step
/// @param forwards whether the one server is itself a forwarder, whose answers are final
record ReplayUpstream(List<ReplayScenario.Range> live, boolean forwards) {
    private static final int MAX_LINKS = 12;

    /// What a forwarder sends: its answer and authority sections with a response code.
    record Flat(int rcode, List<Record> answer, List<Record> authority) {
        Flat {
            answer = List.copyOf(answer);
            authority = List.copyOf(authority);
        }

        static Flat failure() {
            return new Flat(Rcode.SERVFAIL, List.of(), List.of());
        }
    }

    static ReplayUpstream at(ReplayScenario scenario, long step) {
        return new ReplayUpstream(
                scenario.ranges().stream().filter(range -> range.isLive(step)).toList(),
                scenario.config().option("forward-addr").isPresent());
    }

    /// The forwarder's message for a query.
    Message reply(Message query) {
        Record asked = query.getQuestion();
        Flat flat = answer(new WireQuestion(asked.getName(), asked.getType()));
        var reply = new Message(query.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setFlag(Flags.RD);
        reply.getHeader().setFlag(Flags.RA);
        reply.getHeader().setRcode(flat.rcode());
        reply.addRecord(asked, Section.QUESTION);
        flat.answer().stream().distinct().forEach(r -> reply.addRecord(r, Section.ANSWER));
        flat.authority().stream().distinct().forEach(r -> reply.addRecord(r, Section.AUTHORITY));
        return reply;
    }

    Flat answer(WireQuestion asked) {
        Flat first = once(asked).orElseGet(Flat::failure);
        var answer = new ArrayList<>(first.answer());
        var authority = new ArrayList<>(first.authority());
        int rcode = first.rcode();
        Name at = asked.name();
        for (int links = 0; links < MAX_LINKS; links++) {
            Optional<Name> target = aliasAt(at, asked.type(), answer);
            if (target.isEmpty()) {
                break;
            }
            at = target.get();
            if (has(answer, at, asked.type()) || has(answer, at, Type.CNAME)) {
                continue;
            }
            Optional<Flat> rest = once(new WireQuestion(at, asked.type()));
            if (rest.isEmpty()) {
                return denies(first) ? first : Flat.failure();
            }
            answer.addAll(rest.get().answer());
            authority.addAll(rest.get().authority());
            // The code speaks of the last name (RFC 6604 §3).
            rcode = rest.get().rcode();
        }
        return new Flat(rcode, answer, authority);
    }

    private static boolean has(List<Record> records, Name owner, int type) {
        return records.stream().anyMatch(r -> r.getName().equals(owner) && r.getType() == type);
    }

    private static boolean denies(Flat flat) {
        return flat.authority().stream().anyMatch(ReplayUpstream::isProof);
    }

    private static Optional<Name> aliasAt(Name at, int type, List<Record> answer) {
        if (type == Type.CNAME || type == Type.DNSKEY || type == Type.ANY) {
            return Optional.empty();
        }
        if (answer.stream().anyMatch(r -> r.getName().equals(at) && r.getType() == type)) {
            return Optional.empty();
        }
        for (Record record : answer) {
            if (record instanceof CNAMERecord cname && cname.getName().equals(at)) {
                return Optional.of(cname.getTarget());
            }
        }
        for (Record record : answer) {
            if (record instanceof DNAMERecord dname && at.subdomain(dname.getName()) && !at.equals(dname.getName())) {
                try {
                    return Optional.of(at.fromDNAME(dname));
                } catch (NameTooLongException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /// The answer of the server that has it, without following aliases any further.
    private Optional<Flat> once(WireQuestion asked) {
        Optional<ReplayEntry> entry = live.stream()
                .flatMap(range -> firstMatching(range, asked).stream())
                .filter(e -> (forwards || !e.isReferral()) && !e.isChildsDenialOfDs(asked))
                .min(Comparator.comparingInt(e -> rank(e, asked)));
        if (entry.isPresent()) {
            if (entry.get().unreadable()) {
                return Optional.of(Flat.failure());
            }
            return entry.map(ReplayUpstream::tidied);
        }
        return asked.type() == Type.DS ? fromReferral(asked).or(() -> fromElsewhere(asked)) : fromElsewhere(asked);
    }

    /// Signatures that stand apart from what they cover join it.
    private static Flat tidied(ReplayEntry entry) {
        var answer = new ArrayList<>(entry.answer());
        var authority = new ArrayList<>(entry.authority());
        for (int section : new int[] {Section.AUTHORITY, Section.ADDITIONAL}) {
            for (Record record : entry.section(section)) {
                if (record instanceof RRSIGRecord signature
                        && entry.answer().stream().anyMatch(r -> covers(signature, r))) {
                    answer.add(signature);
                    authority.remove(signature);
                }
            }
        }
        return new Flat(entry.rcode(), answer, authority);
    }

    private static boolean covers(RRSIGRecord signature, Record record) {
        return record.getName().equals(signature.getName()) && record.getType() == signature.getTypeCovered();
    }

    private static Optional<ReplayEntry> firstMatching(ReplayScenario.Range range, WireQuestion asked) {
        return range.entries().stream().filter(e -> e.answers(asked)).findFirst();
    }

    /// The first server that answers, from the root down, ends the search; a bare or failing one does not.
    private static int rank(ReplayEntry entry, WireQuestion asked) {
        boolean proven = entry.authority().stream().anyMatch(ReplayUpstream::isProof);
        if (entry.isPositiveFor(asked) || (proven && entry.rcode() == Rcode.NXDOMAIN)) {
            return 0;
        }
        if (entry.rcode() == Rcode.NOERROR || entry.rcode() == Rcode.NXDOMAIN) {
            return proven ? 1 : 2;
        }
        return 3;
    }

    private static boolean isProof(Record record) {
        return record.getType() == Type.SOA || record.getType() == Type.NSEC || record.getType() == Type.NSEC3;
    }

    /// A referral to the zone carries its DS records or their denial.
    private Optional<Flat> fromReferral(WireQuestion asked) {
        List<ReplayEntry> referrals = live.stream()
                .flatMap(range -> range.entries().stream())
                .filter(e -> e.isReferral()
                        && e.authority().stream()
                                .anyMatch(r ->
                                        r.getType() == Type.NS && r.getName().equals(asked.name())))
                .toList();
        for (ReplayEntry referral : referrals) {
            List<Record> records = withSignatures(referral.authority(), asked.name(), Type.DS);
            if (!records.isEmpty()) {
                return Optional.of(new Flat(Rcode.NOERROR, records, List.of()));
            }
        }
        for (ReplayEntry referral : referrals) {
            List<Record> proofs = referral.authority().stream()
                    .filter(r -> isOf(r, Type.NSEC) || isOf(r, Type.NSEC3))
                    .toList();
            if (!proofs.isEmpty()) {
                return Optional.of(new Flat(Rcode.NOERROR, List.of(), proofs));
            }
        }
        return Optional.empty();
    }

    /// What the answer to another question shows: the set, an alias at the name or above it, or that there is no
    /// such name (RFC 2308 §5: for no type).
    private Optional<Flat> fromElsewhere(WireQuestion asked) {
        return fromAnswers(asked.name(), asked.type())
                .or(() -> asked.type() == Type.DNSKEY ? Optional.empty() : fromAnswers(asked.name(), Type.CNAME))
                .or(() -> dnameAbove(asked))
                .or(() -> nameError(asked.name()));
    }

    private Optional<Flat> nameError(Name name) {
        return live.stream()
                .flatMap(range -> range.entries().stream())
                .filter(e -> e.rcode() == Rcode.NXDOMAIN
                        && e.answer().isEmpty()
                        && e.question().filter(q -> q.getName().equals(name)).isPresent()
                        && e.authority().stream().anyMatch(ReplayUpstream::isProof))
                .findFirst()
                .map(ReplayUpstream::tidied);
    }

    private Optional<Flat> fromAnswers(Name name, int type) {
        return live.stream()
                .flatMap(range -> range.entries().stream())
                .filter(e -> e.rcode() == Rcode.NOERROR)
                .map(e -> withSignatures(e.answer(), name, type))
                .filter(records -> has(records, name, type))
                .findFirst()
                .map(records -> new Flat(Rcode.NOERROR, records, List.of()));
    }

    private Optional<Flat> dnameAbove(WireQuestion asked) {
        for (int cut = 1; cut < asked.name().labels(); cut++) {
            Optional<Flat> dname = fromAnswers(new Name(asked.name(), cut), Type.DNAME);
            if (dname.isPresent()) {
                return dname;
            }
        }
        return Optional.empty();
    }

    private static List<Record> withSignatures(List<Record> records, Name owner, int type) {
        return records.stream()
                .filter(r -> r.getName().equals(owner) && r.getDClass() == DClass.IN && isOf(r, type))
                .toList();
    }

    private static boolean isOf(Record record, int type) {
        return record.getType() == type || (record instanceof RRSIGRecord sig && sig.getTypeCovered() == type);
    }
}
