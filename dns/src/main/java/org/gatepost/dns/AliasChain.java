// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Type;

/// The way from a question's name over CNAME and DNAME links to the records asked for, or to where they
/// are missing.
///
/// @param links in the order followed
/// @param data the records asked for, which belong to [#end]
record AliasChain(Name start, List<Link> links, Optional<RRset> data) {
    static final int MAX_LINKS = 16;

    /// One step: the DNAME with the CNAME made from it, or the CNAME alone.
    record Link(List<RRset> sets, Name target) {}

    AliasChain {
        links = List.copyOf(links);
    }

    /// The name that owns the records, or that would if there were any.
    Name end() {
        return links.isEmpty() ? start : links.getLast().target();
    }

    /// Every name on the way, the question's own first.
    List<Name> names() {
        var names = new ArrayList<Name>();
        names.add(start);
        links.forEach(link -> names.add(link.target()));
        return names;
    }

    /// Every record set on the way, in the order in which a validator must see them.
    List<RRset> sets() {
        var sets = new ArrayList<RRset>();
        links.forEach(link -> sets.addAll(link.sets()));
        data.ifPresent(sets::add);
        return sets;
    }

    /// Every record set on the way that must be signed: not the CNAMEs made here from a DNAME.
    List<RRset> signedSets() {
        var sets = new ArrayList<RRset>();
        links.forEach(link -> sets.add(link.sets().getFirst()));
        boolean made = data.isPresent()
                && data.get().getType() == Type.CNAME
                && !links.isEmpty()
                && links.getLast().target().equals(data.get().getName())
                && links.getLast().sets().size() == 1
                && links.getLast().sets().getFirst().getType() == Type.DNAME;
        if (!made) {
            data.ifPresent(sets::add);
        }
        return sets;
    }

    /// Follows the aliases within one answer section.
    ///
    /// @throws MalformedReplyException when they loop, are more than [#MAX_LINKS], or contradict themselves
    static AliasChain follow(WireQuestion question, List<RRset> answer) throws MalformedReplyException {
        var links = new ArrayList<Link>();
        var seen = new HashSet<Name>();
        Name at = question.name();
        while (seen.add(at.canonicalize())) {
            if (links.size() > MAX_LINKS) {
                throw new MalformedReplyException(question + " has a chain of more than " + MAX_LINKS + " aliases");
            }
            Optional<Link> link = linkAt(at, answer);
            Optional<RRset> data = find(at, question.type(), answer);
            if (question.type() == Type.CNAME && link.isPresent()) {
                var sets = new ArrayList<>(link.get().sets());
                RRset alias = sets.removeLast();
                // The DNAME behind a CNAME asked for is evidence for it, not a step beyond it.
                return sets.isEmpty()
                        ? new AliasChain(question.name(), links, Optional.of(alias))
                        : new AliasChain(question.name(), List.of(new Link(sets, at)), Optional.of(alias));
            }
            if (data.isPresent() || link.isEmpty()) {
                return new AliasChain(question.name(), links, data);
            }
            links.add(link.get());
            at = link.get().target();
        }
        throw new MalformedReplyException(question + " has aliases that loop at " + at);
    }

    private static Optional<Link> linkAt(Name at, List<RRset> answer) throws MalformedReplyException {
        Optional<RRset> cname = find(at, Type.CNAME, answer);
        Optional<RRset> dname = answer.stream()
                .filter(set -> set.getType() == Type.DNAME && Names.isBelow(at, set.getName()))
                .findFirst();
        if (dname.isPresent() && (cname.isEmpty() || cname.get().sigs().isEmpty())) {
            return Optional.of(synthesized(at, dname.get()));
        }
        if (cname.isEmpty()) {
            return Optional.empty();
        }
        if (cname.get().size() != 1) {
            throw new MalformedReplyException(at + " has more than one CNAME record (RFC 2181 §10.1)");
        }
        return Optional.of(
                new Link(List.of(cname.get()), ((CNAMERecord) cname.get().first()).getTarget()));
    }

    /// The CNAME is always made anew from the DNAME, as the one received carries no signature (RFC 6672
    /// §5.3.1).
    private static Link synthesized(Name at, RRset dname) throws MalformedReplyException {
        if (dname.size() != 1) {
            throw new MalformedReplyException(dname.getName() + " has more than one DNAME record (RFC 6672 §2.4)");
        }
        try {
            Name target = at.fromDNAME((DNAMERecord) dname.first());
            return new Link(List.of(dname, new RRset(new CNAMERecord(at, DClass.IN, dname.getTTL(), target))), target);
        } catch (NameTooLongException e) {
            throw new MalformedReplyException("the DNAME at " + dname.getName() + " makes too long a name of " + at);
        }
    }

    private static Optional<RRset> find(Name owner, int type, List<RRset> sets) {
        return sets.stream()
                .filter(set -> set.getType() == type && set.getName().equals(owner))
                .findFirst();
    }
}
