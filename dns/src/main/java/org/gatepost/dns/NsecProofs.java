// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// What NSEC records of one zone prove. Pure.
///
/// @param records their signatures checked, none expanded from a wildcard
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035 §5.4
/// @spec https://www.rfc-editor.org/rfc/rfc6840 RFC 6840 §4: records that must not be used
record NsecProofs(Name zone, List<NSECRecord> records) implements DenialProofs {
    NsecProofs {
        // RFC 4034 §4.1.1: the next name is one of the zone. A record that leaves it would span what is not the zone's.
        records =
                records.stream().filter(nsec -> nsec.getNext().subdomain(zone)).toList();
    }

    @Override
    public Proof nameError(Name name) {
        Optional<NSECRecord> cover = covering(name);
        if (cover.isEmpty() || cover.get().getNext().subdomain(name)) {
            return new Proof.Unproven(name + " does not exist");
        }
        Name wildcard = Names.wildcardBelow(closestEncloser(cover.get(), name));
        return Proof.provenIf(
                covering(wildcard)
                        .filter(nsec -> !nsec.getNext().subdomain(wildcard))
                        .isPresent(),
                "there is no wildcard " + wildcard);
    }

    @Override
    public Proof noData(Name name, int type) {
        Optional<NSECRecord> match = matching(name);
        if (match.isPresent()) {
            return Proof.provenIf(lacks(match.get(), name, type), name + " has no " + Type.string(type));
        }
        Optional<NSECRecord> cover = covering(name);
        if (cover.isEmpty()) {
            return new Proof.Unproven(name + " has no " + Type.string(type));
        }
        if (cover.get().getNext().subdomain(name)) {
            return new Proof.Proven();
        }
        Name wildcard = Names.wildcardBelow(closestEncloser(cover.get(), name));
        return Proof.provenIf(
                matching(wildcard).filter(nsec -> lacks(nsec, wildcard, type)).isPresent(),
                "the wildcard " + wildcard + " has no " + Type.string(type));
    }

    @Override
    public Proof noCloserMatch(Name name, Name wildcard) {
        Name encloser = new Name(wildcard, 1);
        return Proof.provenIf(
                covering(name)
                        .filter(nsec -> !nsec.getNext().subdomain(name))
                        .filter(nsec -> closestEncloser(nsec, name).equals(encloser))
                        .isPresent(),
                "the wildcard " + wildcard + " applies to " + name);
    }

    @Override
    public Delegation delegation(Name name) {
        Optional<NSECRecord> match = matching(name);
        if (match.isPresent()) {
            NSECRecord nsec = match.get();
            if (nsec.hasType(Type.SOA) || nsec.hasType(Type.DS)) {
                return new Delegation.Unproven();
            }
            return nsec.hasType(Type.NS) ? new Delegation.Unsigned(Kind.UNSIGNED_DELEGATION) : new Delegation.None();
        }
        return covering(name)
                .<Delegation>map(
                        nsec -> nsec.getNext().subdomain(name) ? new Delegation.None() : new Delegation.NothingBelow())
                .orElseGet(Delegation.Unproven::new);
    }

    @Override
    public List<Record> about(Name name) {
        List<Name> names = DenialProofs.around(name, zone);
        return records.stream()
                .filter(nsec -> names.stream().anyMatch(at -> nsec.getName().equals(at) || spans(nsec, at)))
                .<Record>map(nsec -> nsec)
                .toList();
    }

    private Optional<NSECRecord> matching(Name name) {
        return records.stream().filter(nsec -> nsec.getName().equals(name)).findFirst();
    }

    /// The record in whose span the name lies, if it can speak for it.
    private Optional<NSECRecord> covering(Name name) {
        return records.stream()
                .filter(nsec -> spans(nsec, name) && !isCutAbove(nsec, name))
                .findFirst();
    }

    private boolean spans(NSECRecord nsec, Name name) {
        boolean after = nsec.getName().compareTo(name) < 0;
        boolean last = nsec.getNext().equals(zone);
        return name.subdomain(zone) && after && (last || name.compareTo(nsec.getNext()) < 0);
    }

    /// RFC 6840 §4.1: below a delegation or a DNAME, this zone says nothing.
    private static boolean isCutAbove(NSECRecord nsec, Name name) {
        boolean delegates = nsec.hasType(Type.NS) && !nsec.hasType(Type.SOA);
        return name.subdomain(nsec.getName()) && (delegates || nsec.hasType(Type.DNAME));
    }

    private static boolean lacks(NSECRecord nsec, Name name, int type) {
        return DenialProofs.lacks(nsec::hasType, name, type);
    }

    /// The longest name above the denied one that the record shows to exist.
    private static Name closestEncloser(NSECRecord nsec, Name name) {
        return Stream.of(nsec.getName(), nsec.getNext())
                .map(other -> Names.commonAncestor(name, other))
                .max((one, other) -> Integer.compare(one.labels(), other.labels()))
                .orElseThrow();
    }
}
