// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

/// Whether a zone's key set is vouched for by DS records of its parent, or by a trust anchor. Pure but for
/// the budget it spends.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035 §5.2
record KeySetCheck(AlgorithmPolicy policy, SignatureCheck signatures, Name zone) {
    /// The vouchers that count: none means that the zone is insecure (RFC 4035 §5.2).
    ///
    /// SHA-1 digests count only when nothing stronger is there (RFC 4509 §3).
    List<Record> usable(Collection<? extends Record> vouchers) {
        List<Record> supported = new ArrayList<>();
        for (Record voucher : vouchers) {
            switch (voucher) {
                case DSRecord ds
                when policy.validates(ds.getAlgorithm()) && policy.digests().contains(ds.getDigestID()) ->
                    supported.add(ds);
                case DNSKEYRecord key when policy.validates(key.getAlgorithm()) -> supported.add(key);
                default -> {}
            }
        }
        boolean stronger = supported.stream().anyMatch(voucher -> !isSha1(voucher));
        return supported.stream()
                .filter(voucher -> !stronger || !isSha1(voucher))
                .toList();
    }

    private static boolean isSha1(Record voucher) {
        return voucher instanceof DSRecord ds && ds.getDigestID() == AlgorithmPolicy.SHA1_DIGEST;
    }

    /// @param keys the zone's DNSKEY set with its signatures
    /// @param vouchers DS records or trusted keys
    /// @param expires when the vouchers do
    /// @return secure with the zone's keys; insecure when no voucher counts; else bogus
    Standing<ZoneKeys> check(RRset keys, Collection<? extends Record> vouchers, Instant expires) {
        List<Record> usable = usable(vouchers);
        if (usable.isEmpty()) {
            return new Standing.Insecure<>(unsupported(vouchers));
        }
        List<DNSKEYRecord> vouched = keys.rrs(false).stream()
                .map(DNSKEYRecord.class::cast)
                .filter(ZoneKeys::isZoneKey)
                .filter(key -> !ZoneKeys.isRevoked(key))
                .filter(key -> usable.stream().anyMatch(voucher -> vouches(voucher, key)))
                .toList();
        if (vouched.isEmpty()) {
            return new Standing.Bogus<>(mismatch(keys, usable));
        }
        if (vouched.stream().allMatch(this::isShort)) {
            return new Standing.Insecure<>(unsupported(vouchers));
        }
        Standing<RRSIGRecord> signed = signatures.check(keys, new ZoneKeys(zone, vouched, expires));
        return signed.then(signature -> new Standing.Secure<>(new ZoneKeys(
                zone,
                keys.rrs(false).stream().map(DNSKEYRecord.class::cast).toList(),
                Expiry.earlier(expires, Expiry.of(keys, signature, signatures.now())))));
    }

    private boolean isShort(DNSKEYRecord key) {
        try {
            return SignatureAlgorithms.isRsa(key.getAlgorithm())
                    && SignatureAlgorithms.rsaBits(key.getKey()) < policy.minimumRsaBits();
        } catch (InvalidKeyException e) {
            return false;
        }
    }

    static boolean vouches(Record voucher, DNSKEYRecord key) {
        return switch (voucher) {
            case DSRecord ds ->
                ds.getFootprint() == key.getFootprint()
                        && ds.getAlgorithm() == key.getAlgorithm()
                        && MessageDigest.isEqual(ds.getDigest(), digest(ds.getDigestID(), key));
            case DNSKEYRecord trusted ->
                trusted.getAlgorithm() == key.getAlgorithm() && MessageDigest.isEqual(trusted.getKey(), key.getKey());
            default -> false;
        };
    }

    /// RFC 4034 §5.1.4: over owner and data of the key.
    private static byte[] digest(int type, DNSKEYRecord key) {
        String name = switch (type) {
            case AlgorithmPolicy.SHA1_DIGEST -> "SHA-1";
            case 2 -> "SHA-256";
            case 4 -> "SHA-384";
            default -> throw new IllegalArgumentException("no such digest: " + type);
        };
        try {
            MessageDigest digest = MessageDigest.getInstance(name);
            digest.update(key.getName().toWireCanonical());
            return digest.digest(key.rdataToWireCanonical());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no " + name, e);
        }
    }

    ValidationReason unsupported(Collection<? extends Record> vouchers) {
        return new ValidationReason(
                Kind.CHAIN_UNSUPPORTED,
                zone,
                "zone " + zone + " has only keys or digests that are not validated here: " + describe(vouchers));
    }

    private ValidationReason mismatch(RRset keys, List<Record> usable) {
        String present = keys.rrs(false).stream()
                .map(DNSKEYRecord.class::cast)
                .map(key -> ZoneKeys.describe(key.getFootprint(), key.getAlgorithm()))
                .limit(4)
                .collect(Collectors.joining(", "));
        return new ValidationReason(
                Kind.DS_MISMATCH,
                zone,
                "no key of the zone matches the parent's DS record or the trust anchor, which is for "
                        + describe(usable) + "; " + new WireQuestion(keys.getName(), keys.getType()) + " has "
                        + present);
    }

    private static String describe(Collection<? extends Record> vouchers) {
        return vouchers.stream().map(KeySetCheck::describe).distinct().limit(4).collect(Collectors.joining(", "));
    }

    private static String describe(Record voucher) {
        return switch (voucher) {
            case DSRecord ds ->
                ZoneKeys.describe(ds.getFootprint(), ds.getAlgorithm()) + " by digest type " + ds.getDigestID();
            case DNSKEYRecord key -> ZoneKeys.describe(key.getFootprint(), key.getAlgorithm());
            default -> "";
        };
    }
}
