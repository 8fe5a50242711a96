// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/// Judges one record set of a reply, or the denial in it, by the zone it belongs to.
record RecordJudge(ChainOfTrust chain, RelevantRecords reply, Lookup lookup) {
    /// Who signed a record set.
    private record Signed(ZoneKeys zone, RRSIGRecord signature) {}

    /// A set with records. One that was made from a wildcard needs a proof that the wildcard applies (RFC 4035
    /// §5.3.4).
    Standing<Name> records(RRset set) {
        return signed(set).then(signed -> {
            int labels = signed.signature().getLabels();
            if (labels == CanonicalForm.labels(set.getName())) {
                return new Standing.Secure<>(signed.zone().zone());
            }
            return chain.denial(reply.authority(), signed.zone(), lookup).expansion(set.getName(), labels);
        });
    }

    private Standing<Signed> signed(RRset set) {
        Name home = home(set.getName(), set.getType());
        Name below = deepestSigner(Stream.of(set), home).orElse(home);
        return chain.zoneOf(home, below, lookup)
                .then(zone -> chain.check(lookup)
                        .check(set, zone)
                        .then(signature -> new Standing.Secure<>(new Signed(zone, signature))));
    }

    /// The name whose zone must sign; DS records belong to the zone above (RFC 4035 §2.4).
    private static Name home(Name owner, int type) {
        return type == Type.DS && !owner.equals(Name.root) ? new Name(owner, 1) : owner;
    }

    /// How far down to look for the zone. A signer that is not a zone, or not above the data, is no harm: the
    /// zone found is then another one, and only that one's signatures count (RFC 4035 §5.3.1).
    private static Optional<Name> deepestSigner(Stream<RRset> sets, Name home) {
        return sets.flatMap(set -> set.sigs().stream())
                .map(RRSIGRecord::getSigner)
                .filter(home::subdomain)
                .max(Comparator.comparingInt(Name::labels));
    }

    /// The denial of the type at the end of the chain, or of that name.
    Standing<Name> denial(int type) {
        Name name = reply.chain().end();
        Name home = home(name, type);
        Name below = deepestSigner(proofs().stream(), home).orElse(home);
        Standing<Name> standing = chain.zoneOf(home, below, lookup).then(zone -> denied(name, type, zone));
        if (standing instanceof Standing.Bogus<Name> && !below.equals(home)) {
            // Proofs by a zone further up: perhaps what they do not prove lies in an unsigned zone (RFC 4035 §5.2).
            Standing<ZoneKeys> nearest = chain.zoneOf(home, home, lookup);
            return nearest instanceof Standing.Insecure<ZoneKeys>(ValidationReason why)
                    ? new Standing.Insecure<>(why)
                    : byHigherAnchor(name, type, below).orElse(standing);
        }
        return standing;
    }

    /// A zone above the nearest anchor may prove that all below it does not exist, the anchor's zone with it: any
    /// success counts (RFC 6840 Appendix C.2).
    private Optional<Standing<Name>> byHigherAnchor(Name name, int type, Name signer) {
        if (chain.haveSameAnchor(home(name, type), signer)) {
            return Optional.empty();
        }
        return Optional.of(chain.zoneOf(signer, signer, lookup).then(zone -> denied(name, type, zone)))
                .filter(Standing.Secure.class::isInstance);
    }

    private List<RRset> proofs() {
        return reply.authority().stream()
                .filter(set -> set.getType() == Type.NSEC || set.getType() == Type.NSEC3)
                .toList();
    }

    private Standing<Name> denied(Name name, int type, ZoneKeys zone) {
        CheckedDenial denial = chain.denial(reply.authority(), zone, lookup);
        boolean nameError = reply.rcode() == Rcode.NXDOMAIN;
        String lacking = nameError ? name + " does not exist" : name + " has no " + Type.string(type);
        Proof proof = denial.proof(proofs -> nameError ? proofs.nameError(name) : proofs.noData(name, type), lacking);
        if (proof instanceof Proof.Unproven
                && !nameError
                && !reply.chain().links().isEmpty()) {
            // Some servers keep NOERROR when an alias leads to a name that does not exist (RFC 2308 §2.1).
            Proof other = denial.proof(proofs -> proofs.nameError(name), lacking);
            proof = other instanceof Proof.Unproven ? proof : other;
        }
        Optional<Name> cut = proof instanceof Proof.Unproven ? unsignedCut(home(name, type), denial) : Optional.empty();
        if (cut.isPresent()) {
            return new Standing.Insecure<>(CheckedDenial.unsigned(Kind.UNSIGNED_DELEGATION, denial.zone(), cut.get()));
        }
        return denial.settled(proof, name, Kind.DENIAL_UNPROVEN).then(this::withStartOfAuthority);
    }

    /// The proofs may not deny the records and yet show that they lie in an unsigned zone (RFC 4035 §5.2).
    private static Optional<Name> unsignedCut(Name home, CheckedDenial denial) {
        return IntStream.rangeClosed(denial.zone().labels() + 1, home.labels())
                .mapToObj(labels -> Names.suffix(home, labels))
                .filter(name -> denial.delegation(name) instanceof Delegation.Unsigned(Kind kind)
                        && kind == Kind.UNSIGNED_DELEGATION)
                .findFirst();
    }

    /// The SOA tells how long the denial holds: one that is there must be genuine too.
    private Standing<Name> withStartOfAuthority(Name zone) {
        for (RRset set : reply.authority()) {
            if (set.getType() == Type.SOA && signed(set) instanceof Standing.Bogus<Signed>(ValidationReason why)) {
                return new Standing.Bogus<>(why);
            }
        }
        return new Standing.Secure<>(zone);
    }
}
