// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// Finds the answer to one question the way a recursive resolver would: across zones, along aliases,
/// with the proofs of RFC 4035 §3.1.3 for what does not exist. Used once, by one thread.
final class Lookup {
    private static final int MAX_ALIASES = 12;

    private final SignedWorld world;
    private final TamperingTable tamperings;
    private final List<RRset> answer = new ArrayList<>();
    private final List<RRset> authority = new ArrayList<>();

    Lookup(SignedWorld world, TamperingTable tamperings) {
        this.world = world;
        this.tamperings = tamperings;
    }

    /// What goes into a reply.
    ///
    /// @param code the reply code's number
    record Found(int code, List<RRset> answer, List<RRset> authority) {
        Found {
            answer = List.copyOf(answer);
            authority = List.copyOf(authority);
        }

        static Found error(int code) {
            return new Found(code, List.of(), List.of());
        }
    }

    /// Empty when the question is to stay without a reply.
    Optional<Found> answer(Name question, int type) {
        Name name = question;
        for (int aliases = 0; aliases <= MAX_ALIASES; aliases++) {
            Optional<Tampering> tampering = tamperings.find(name, type);
            if (tampering.isPresent() && endsLookup(tampering.get(), type)) {
                return tamperedEnd(tampering.get(), type);
            }
            int before = answer.size();
            int beforeAuthority = authority.size();
            Zone zone = world.zoneOf(name, type);
            int code = step(zone, name, type);
            tampering.ifPresent(t -> {
                spoil(t, zone, answer.subList(before, answer.size()));
                spoil(t, zone, authority.subList(beforeAuthority, authority.size()));
            });
            Optional<Name> target = aliasTarget(before, type);
            if (target.isEmpty()) {
                return Optional.of(new Found(code, answer, authority));
            }
            name = target.get();
        }
        return Optional.of(Found.error(Rcode.SERVFAIL));
    }

    private static boolean endsLookup(Tampering tampering, int type) {
        return switch (tampering) {
            case Tampering.Forged forged -> !forgedSet(forged, type).isEmpty();
            case Tampering.ErrorReply _, Tampering.Silence _, Tampering.DenialWithoutProof _ -> true;
            case Tampering.SignaturesStripped _, Tampering.SignaturesCorrupted _, Tampering.SignaturesExpired _ ->
                false;
        };
    }

    private Optional<Found> tamperedEnd(Tampering tampering, int type) {
        return switch (tampering) {
            case Tampering.Forged forged -> {
                answer.add(forgedSet(forged, type));
                yield Optional.of(new Found(Rcode.NOERROR, answer, authority));
            }
            case Tampering.ErrorReply error ->
                Optional.of(Found.error(error.code().number()));
            case Tampering.DenialWithoutProof _ -> Optional.of(new Found(Rcode.NXDOMAIN, answer, List.of()));
            case Tampering.Silence _,
                    Tampering.SignaturesStripped _,
                    Tampering.SignaturesCorrupted _,
                    Tampering.SignaturesExpired _ -> Optional.empty();
        };
    }

    private static RRset forgedSet(Tampering.Forged forged, int type) {
        var set = new RRset();
        forged.records().stream()
                .map(ZoneFileText::parse)
                .filter(record -> record.getType() == type)
                .forEach(set::addRR);
        return set;
    }

    private static void spoil(Tampering tampering, Zone zone, List<RRset> sets) {
        sets.replaceAll(set -> switch (tampering) {
            case Tampering.SignaturesStripped _ -> resigned(set, List.of());
            case Tampering.SignaturesCorrupted _ ->
                resigned(set, set.sigs().stream().map(Lookup::corrupt).toList());
            case Tampering.SignaturesExpired _ ->
                zone.sign(resigned(set, List.of()), zone.validity().past());
            case Tampering.Forged _, Tampering.ErrorReply _, Tampering.Silence _, Tampering.DenialWithoutProof _ -> set;
        });
    }

    private static RRset resigned(RRset set, List<RRSIGRecord> signatures) {
        var copy = new RRset();
        set.rrs(false).forEach(copy::addRR);
        signatures.forEach(copy::addRR);
        return copy;
    }

    private static RRSIGRecord corrupt(RRSIGRecord s) {
        byte[] signature = s.getSignature().clone();
        signature[signature.length / 2] ^= 0x55;
        return new RRSIGRecord(
                s.getName(),
                DClass.IN,
                s.getTTL(),
                s.getTypeCovered(),
                s.getAlgorithm(),
                s.getOrigTTL(),
                s.getExpire(),
                s.getTimeSigned(),
                s.getFootprint(),
                s.getSigner(),
                signature);
    }

    private Optional<Name> aliasTarget(int from, int type) {
        return answer.subList(from, answer.size()).stream()
                .filter(set -> set.getType() == Type.CNAME && type != Type.CNAME)
                .map(set -> ((CNAMERecord) set.first()).getTarget())
                .findFirst();
    }

    /// Adds what one zone says of one name; returns the reply code.
    private int step(Zone zone, Name name, int type) {
        Optional<RRset> redirection = zone.redirection(name);
        if (redirection.isPresent()) {
            return redirect(redirection.get(), name);
        }
        if (zone.exists(name)) {
            if (!addFound(zone, name, name, type)) {
                addDenial(zone, name);
            }
            return Rcode.NOERROR;
        }
        Name wildcard = Zone.concatenate("*", zone.closestEncloser(name));
        if (!zone.exists(wildcard)) {
            addDenial(zone, name);
            addProof(zone, wildcard);
            return Rcode.NXDOMAIN;
        }
        if (addFound(zone, wildcard, name, type)) {
            // RFC 4035 §3.1.3.3: prove that no closer name exists.
            addProof(zone, name);
        } else {
            addDenial(zone, name);
            addProof(zone, wildcard);
        }
        return Rcode.NOERROR;
    }

    /// RFC 6672 §3.2: the DNAME, and an unsigned CNAME made from it.
    private int redirect(RRset redirection, Name name) {
        answer.add(redirection);
        try {
            Name target = name.fromDNAME((DNAMERecord) redirection.first());
            answer.add(new RRset(new CNAMERecord(name, DClass.IN, redirection.getTTL(), target)));
            return Rcode.NOERROR;
        } catch (NameTooLongException e) {
            return Rcode.YXDOMAIN;
        }
    }

    private boolean addFound(Zone zone, Name source, Name owner, int type) {
        Optional<RRset> found = zone.find(source, type).or(() -> zone.find(source, Type.CNAME));
        found.map(set -> source.equals(owner) ? set : owned(set, owner)).ifPresent(answer::add);
        return found.isPresent();
    }

    private static RRset owned(RRset set, Name owner) {
        var expanded = new RRset();
        set.rrs(false).forEach(record -> expanded.addRR(owned(record, owner)));
        set.sigs().forEach(signature -> expanded.addRR(owned(signature, owner)));
        return expanded;
    }

    private static Record owned(Record record, Name owner) {
        return Record.newRecord(
                owner, record.getType(), record.getDClass(), record.getTTL(), record.rdataToWireCanonical());
    }

    private void addDenial(Zone zone, Name name) {
        authority.add(zone.startOfAuthority());
        addProof(zone, name);
    }

    private void addProof(Zone zone, Name name) {
        zone.denial(name).stream().filter(proof -> !authority.contains(proof)).forEach(authority::add);
    }
}
