// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// The proofs of absence in a reply that one zone has really signed.
///
/// Those whose signature is wrong are left out, so that they neither help nor harm; the first such fault is
/// kept, to be told when the rest does not prove enough.
///
/// @param expires when the first of the signatures or TTLs ends
record CheckedDenial(Name zone, List<DenialProofs> proofs, Optional<ValidationReason> fault, Instant expires) {
    /// A denial takes two or three, each wildcard on an alias chain one or two more. What comes beyond is not looked
    /// at: so many signatures of the dearest kind are what one reply may cost.
    static final int MAX_PROOFS = 12;

    CheckedDenial {
        proofs = List.copyOf(proofs);
    }

    static CheckedDenial of(List<RRset> authority, ZoneKeys zone, SignatureCheck check, int maxIterations) {
        var nsec = new ArrayList<NSECRecord>();
        var nsec3 = new ArrayList<NSEC3Record>();
        Optional<ValidationReason> fault = Optional.empty();
        Instant expires = zone.expires();
        List<RRset> candidates = authority.stream()
                .filter(set -> isProof(set) && set.getName().subdomain(zone.zone()))
                .limit(MAX_PROOFS)
                .toList();
        for (RRset set : candidates) {
            switch (check.check(set, zone)) {
                case Standing.Secure<RRSIGRecord>(RRSIGRecord signature) when isExpanded(set, signature) -> {}
                case Standing.Secure<RRSIGRecord>(RRSIGRecord signature) -> {
                    expires = Expiry.earlier(expires, Expiry.of(set, signature, check.now()));
                    set.rrs(false).forEach(proof -> sort(proof, nsec, nsec3));
                }
                case Standing.Bogus<RRSIGRecord>(ValidationReason why) -> fault = fault.or(() -> Optional.of(why));
                case Standing.Insecure<RRSIGRecord> _,
                        Standing.Unknown<RRSIGRecord> _,
                        Standing.Unanchored<RRSIGRecord> _ -> {}
            }
        }
        var proofs = new ArrayList<DenialProofs>();
        if (!nsec.isEmpty()) {
            proofs.add(new NsecProofs(zone.zone(), nsec));
        }
        if (!nsec3.isEmpty()) {
            proofs.add(new Nsec3Proofs(zone.zone(), nsec3, maxIterations, check.budget()));
        }
        return new CheckedDenial(zone.zone(), proofs, fault, expires);
    }

    private static boolean isProof(RRset set) {
        return set.getType() == Type.NSEC || set.getType() == Type.NSEC3;
    }

    /// A proof made from a wildcard would speak for names that it does not stand at.
    private static boolean isExpanded(RRset set, RRSIGRecord signature) {
        return signature.getLabels() < CanonicalForm.labels(set.getName());
    }

    private static void sort(Record proof, List<NSECRecord> nsec, List<NSEC3Record> nsec3) {
        switch (proof) {
            case NSECRecord record -> nsec.add(record);
            case NSEC3Record record -> nsec3.add(record);
            default -> {}
        }
    }

    /// The best that any of the proofs can do.
    Proof proof(Function<DenialProofs, Proof> question, String lacking) {
        Proof best = new Proof.Unproven(lacking);
        for (DenialProofs each : proofs) {
            switch (question.apply(each)) {
                case Proof.Proven proven -> {
                    return proven;
                }
                case Proof.Unsigned unsigned -> best = unsigned;
                case Proof.Unproven unproven -> best = best instanceof Proof.Unsigned ? best : unproven;
            }
        }
        return best;
    }

    /// Whether the wildcard that a signature's label count tells of stands in for the name (RFC 4035 §5.3.4).
    Standing<Name> expansion(Name name, int labels) {
        Name wildcard = CanonicalForm.signedOwner(name, labels);
        String applies = "the wildcard " + wildcard + " applies to " + name;
        return settled(proof(each -> each.noCloserMatch(name, wildcard), applies), name, Kind.WILDCARD_UNPROVEN);
    }

    /// What a proof about the name makes of a reply.
    Standing<Name> settled(Proof proof, Name name, Kind lack) {
        return switch (proof) {
            case Proof.Proven _ -> new Standing.Secure<>(zone);
            case Proof.Unsigned(Kind kind) -> new Standing.Insecure<>(unsigned(kind, zone, name));
            case Proof.Unproven(String lacking) -> new Standing.Bogus<>(unproven(lack, lacking));
        };
    }

    Delegation delegation(Name name) {
        return proofs.stream()
                .map(each -> each.delegation(name))
                .filter(delegation -> !(delegation instanceof Delegation.Unproven))
                .findFirst()
                .orElseGet(Delegation.Unproven::new);
    }

    /// Says that the proofs are not enough, and why.
    ValidationReason unproven(Kind kind, String lacking) {
        String rest = fault.map(why -> ": " + why.sentence())
                .orElse(proofs.isEmpty() ? ": it sent no signed NSEC or NSEC3 record" : "");
        return new ValidationReason(
                fault.map(ValidationReason::kind).orElse(kind),
                zone,
                "zone " + zone + " does not prove that " + lacking + rest);
    }

    /// Says why what is denied here is not signed.
    static ValidationReason unsigned(Kind kind, Name zone, Name name) {
        String why = switch (kind) {
            case OPT_OUT -> "zone " + zone + " leaves unsigned names out of its NSEC3 records around " + name;
            case NSEC3_ITERATIONS -> "zone " + zone + " uses more NSEC3 iterations than are accepted (RFC 9276)";
            default -> "zone " + zone + " proves that " + name + " is delegated without keys";
        };
        return new ValidationReason(kind, zone, why);
    }
}
