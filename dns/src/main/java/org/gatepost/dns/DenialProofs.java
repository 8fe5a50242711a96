// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// What one zone's signed proofs of absence say, be they NSEC or NSEC3.
sealed interface DenialProofs permits NsecProofs, Nsec3Proofs {
    /// The name does not exist, and no wildcard stands in for it.
    Proof nameError(Name name);

    /// The name, or the wildcard that stands in for it, has neither records of the type nor an alias.
    Proof noData(Name name, int type);

    /// No name nearer than the wildcard stands in for the name, which does not exist itself.
    Proof noCloserMatch(Name name, Name wildcard);

    /// What a missing DS record at the name means.
    Delegation delegation(Name name);

    /// Those of the records that stand at the name, at a name above it or at a wildcard there, or span one of these.
    List<Record> about(Name name);

    /// The names down from the zone to the given one, with the wildcards that could stand in.
    static List<Name> around(Name name, Name zone) {
        return IntStream.rangeClosed(zone.labels(), name.labels())
                .mapToObj(labels -> Names.suffix(name, labels))
                .flatMap(at -> Stream.of(at, Names.wildcardBelow(at)))
                .toList();
    }

    /// Whether a bitmap denies the type at its name: it must be one of the right side of a zone cut
    /// (RFC 4035 §5.4, RFC 6840 §4.1), and an alias would have been an answer (RFC 6840 §4.3).
    static boolean lacks(IntPredicate has, Name name, int type) {
        if (has.test(type) || has.test(Type.CNAME)) {
            return false;
        }
        if (type == Type.DS) {
            return !has.test(Type.SOA) || name.equals(Name.root);
        }
        return !has.test(Type.NS) || has.test(Type.SOA);
    }
}
