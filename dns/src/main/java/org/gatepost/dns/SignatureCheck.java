// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.security.InvalidKeyException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Type;

/// Whether a record set is signed by one of a zone's keys. Pure but for the budget it spends.
///
/// One signature that holds is enough (RFC 6840 §5.11); of those that do not, the most telling fault is
/// reported.
///
/// @param now signatures hold, or do not, at this time
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035 §5.3
record SignatureCheck(AlgorithmPolicy policy, Instant now, WorkBudget budget) {
    /// @return secure with the signature that holds, or bogus
    Standing<RRSIGRecord> check(RRset set, ZoneKeys zone) {
        ValidationReason worst = new Fault(set, zone.zone())
                .because(Kind.SIGNATURE_MISSING, " has no signature though its zone " + zone.zone() + " is signed");
        for (RRSIGRecord signature : set.sigs()) {
            Optional<ValidationReason> fault = fault(set, signature, zone);
            if (fault.isEmpty()) {
                return new Standing.Secure<>(signature);
            }
            if (fault.get().kind().compareTo(worst.kind()) < 0) {
                worst = fault.get();
            }
        }
        return new Standing.Bogus<>(worst);
    }

    private Optional<ValidationReason> fault(RRset set, RRSIGRecord signature, ZoneKeys zone) {
        var fault = new Fault(set, zone.zone());
        if (!signature.getSigner().equals(zone.zone())) {
            return Optional.of(
                    fault.of(signature, Kind.SIGNER_WRONG, "is not by the zone of the records, " + zone.zone()));
        }
        if (!policy.validates(signature.getAlgorithm())) {
            return Optional.of(
                    fault.of(signature, Kind.ALGORITHM_UNSUPPORTED, "has an algorithm that is not validated here"));
        }
        return formFault(set, signature, fault)
                .or(() -> timeFault(signature, fault))
                .or(() -> keyFault(set, signature, zone, fault));
    }

    private static Optional<ValidationReason> formFault(RRset set, RRSIGRecord signature, Fault fault) {
        if (signature.getLabels() > CanonicalForm.labels(set.getName())) {
            return Optional.of(fault.of(signature, Kind.SIGNATURE_MALFORMED, "counts more labels than the name has"));
        }
        Name owner = CanonicalForm.signedOwner(set.getName(), signature.getLabels());
        if (!owner.subdomain(signature.getSigner())) {
            return Optional.of(fault.of(signature, Kind.SIGNATURE_MALFORMED, "counts fewer labels than its zone has"));
        }
        boolean expanded = signature.getLabels() < CanonicalForm.labels(set.getName());
        if (expanded && standsForItselfOnly(set.getType())) {
            return Optional.of(
                    fault.of(signature, Kind.SIGNATURE_MALFORMED, "makes of a wildcard what none may stand for"));
        }
        return Optional.empty();
    }

    /// A zone's own records, and DNAME: what a wildcard one redirects is not defined (RFC 6672 §3.3).
    private static boolean standsForItselfOnly(int type) {
        return type == Type.DS || type == Type.DNSKEY || type == Type.NSEC3 || type == Type.DNAME;
    }

    private Optional<ValidationReason> timeFault(RRSIGRecord signature, Fault fault) {
        Instant end = nearNow(signature.getExpire());
        Instant begin = nearNow(signature.getTimeSigned());
        if (end.isBefore(begin)) {
            return Optional.of(fault.of(signature, Kind.SIGNATURE_MALFORMED, "ends before it begins"));
        }
        if (now.isAfter(end)) {
            return Optional.of(fault.of(signature, Kind.SIGNATURE_EXPIRED, "expired at " + end));
        }
        if (now.isBefore(begin)) {
            return Optional.of(fault.of(signature, Kind.SIGNATURE_NOT_YET_VALID, "is not valid before " + begin));
        }
        return Optional.empty();
    }

    /// RFC 4034 §3.1.5: the 32 bits of a signature's times mean the point nearest to now.
    private Instant nearNow(Instant time) {
        Instant second = now.truncatedTo(ChronoUnit.SECONDS);
        int distance = (int) (time.getEpochSecond() - second.getEpochSecond());
        return second.plusSeconds(distance);
    }

    private Optional<ValidationReason> keyFault(RRset set, RRSIGRecord signature, ZoneKeys zone, Fault fault) {
        List<DNSKEYRecord> named = zone.keys().stream()
                .filter(key -> key.getAlgorithm() == signature.getAlgorithm()
                        && key.getFootprint() == signature.getFootprint())
                .toList();
        if (named.isEmpty()) {
            return Optional.of(fault.of(signature, Kind.KEY_MISSING, "is by a key that the zone does not have"));
        }
        List<DNSKEYRecord> usable =
                named.stream().filter(key -> maySign(key, set)).toList();
        if (usable.isEmpty()) {
            return Optional.of(fault.of(
                    signature, Kind.KEY_UNUSABLE, "is by a key that may not sign records: no zone key, or revoked"));
        }
        Optional<ValidationReason> worst = Optional.empty();
        for (DNSKEYRecord key : usable.subList(0, Math.min(usable.size(), budget.keysOfOneTag()))) {
            Optional<ValidationReason> tried = tried(set, signature, key, fault);
            if (tried.isEmpty()) {
                return Optional.empty();
            }
            worst = Stream.concat(worst.stream(), tried.stream()).min(Comparator.comparing(ValidationReason::kind));
        }
        return worst;
    }

    private static boolean maySign(DNSKEYRecord key, RRset set) {
        boolean itself = set.getType() == Type.DNSKEY && set.getName().equals(key.getName());
        return ZoneKeys.isZoneKey(key) && (!ZoneKeys.isRevoked(key) || itself);
    }

    private Optional<ValidationReason> tried(RRset set, RRSIGRecord signature, DNSKEYRecord key, Fault fault) {
        if (!budget.spendSignature()) {
            return Optional.of(
                    fault.of(signature, Kind.WORK_BOUND, "was not checked: too many signatures are wrong or needed"));
        }
        try {
            if (isShort(key)) {
                String what = "is by an RSA key of less than " + policy.minimumRsaBits() + " bits";
                return Optional.of(fault.of(signature, Kind.ALGORITHM_UNSUPPORTED, what));
            }
            byte[] data = CanonicalForm.signedOctets(set, signature);
            if (policy.verifier().verify(key.getAlgorithm(), key.getKey(), signature.getSignature(), data)) {
                return Optional.empty();
            }
        } catch (InvalidKeyException e) {
            budget.signatureFailed();
            return Optional.of(fault.of(signature, Kind.KEY_UNUSABLE, "is by a key that is malformed"));
        }
        budget.signatureFailed();
        return Optional.of(fault.of(signature, Kind.SIGNATURE_WRONG, "does not match the records"));
    }

    private boolean isShort(DNSKEYRecord key) throws InvalidKeyException {
        return SignatureAlgorithms.isRsa(key.getAlgorithm())
                && SignatureAlgorithms.rsaBits(key.getKey()) < policy.minimumRsaBits();
    }

    /// Words a fault of a record set of a zone.
    private record Fault(RRset set, Name zone) {
        ValidationReason because(Kind kind, String what) {
            return new ValidationReason(kind, zone, new WireQuestion(set.getName(), set.getType()) + what);
        }

        ValidationReason of(RRSIGRecord signature, Kind kind, String what) {
            String by = " by zone " + signature.getSigner() + " "
                    + ZoneKeys.describe(signature.getFootprint(), signature.getAlgorithm());
            String over = "the signature over " + new WireQuestion(set.getName(), set.getType());
            return new ValidationReason(kind, zone, over + by + " " + what);
        }
    }
}
