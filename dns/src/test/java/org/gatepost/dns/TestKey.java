// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

/// A key pair of a zone, for signing in tests.
record TestKey(DNSKEYRecord record, KeyPair pair) {
    static final int ZONE = 0x0100;
    static final int ZONE_REVOKED = 0x0180;
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    static Name name(String text) {
        return Name.fromConstantString(text);
    }

    /// A P-256 key.
    static TestKey of(String zone) {
        return of(zone, 13, 256, ZONE);
    }

    static TestKey of(String zone, int algorithm, int bits, int flags) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind(algorithm));
            if (bits > 0) {
                generator.initialize(bits);
            }
            KeyPair pair = generator.generateKeyPair();
            byte[] key = octets(algorithm, pair);
            return new TestKey(new DNSKEYRecord(name(zone), DClass.IN, 300, flags, 3, algorithm, key), pair);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The same key with other flags, hence another tag.
    TestKey withFlags(int flags) {
        return new TestKey(
                new DNSKEYRecord(record.getName(), DClass.IN, 300, flags, 3, record.getAlgorithm(), record.getKey()),
                pair);
    }

    private static String kind(int algorithm) {
        return switch (algorithm) {
            case 5, 7, 8, 10 -> "RSA";
            case 13, 14 -> "EC";
            case 15 -> "Ed25519";
            default -> "Ed448";
        };
    }

    private static String signature(int algorithm) {
        return switch (algorithm) {
            case 5, 7 -> "SHA1withRSA";
            case 8 -> "SHA256withRSA";
            case 10 -> "SHA512withRSA";
            case 13 -> "SHA256withECDSAinP1363Format";
            case 14 -> "SHA384withECDSAinP1363Format";
            case 15 -> "Ed25519";
            default -> "Ed448";
        };
    }

    private static byte[] octets(int algorithm, KeyPair pair) {
        if (pair.getPublic() instanceof RSAPublicKey rsa) {
            var out = new DNSOutput();
            byte[] exponent = unsigned(rsa.getPublicExponent());
            out.writeU8(exponent.length);
            out.writeByteArray(exponent);
            out.writeByteArray(unsigned(rsa.getModulus()));
            return out.toByteArray();
        }
        int length = switch (algorithm) {
            case 13 -> 64;
            case 14 -> 96;
            case 15 -> 32;
            default -> 57;
        };
        byte[] encoded = pair.getPublic().getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - length, encoded.length);
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] octets = number.toByteArray();
        return octets[0] == 0 ? Arrays.copyOfRange(octets, 1, octets.length) : octets;
    }

    byte[] sign(byte[] data) {
        try {
            Signature signer = Signature.getInstance(signature(record.getAlgorithm()));
            signer.initSign(pair.getPrivate());
            signer.update(data);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    ZoneKeys alone() {
        return new ZoneKeys(record.getName(), java.util.List.of(record), Instant.MAX);
    }

    DSRecord ds(int digest) {
        return new DSRecord(record.getName(), DClass.IN, 300, digest, record);
    }

    /// A signature that is in force for an hour on either side of [#NOW].
    RRSIGRecord signature(RRset set) {
        return signature(set, NOW.minus(Duration.ofHours(1)), NOW.plus(Duration.ofHours(1)));
    }

    RRSIGRecord signature(RRset set, Instant from, Instant until) {
        var blank = new RRSIGRecord(
                set.getName(),
                DClass.IN,
                set.getTTL(),
                set.getType(),
                record.getAlgorithm(),
                set.getTTL(),
                until,
                from,
                record.getFootprint(),
                record.getName(),
                new byte[0]);
        return with(blank, sign(CanonicalForm.signedOctets(set, blank)));
    }

    static RRSIGRecord with(RRSIGRecord s, byte[] octets) {
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
                octets);
    }

    /// The records as one set, signed.
    RRset signed(Record... records) {
        var set = new RRset(records);
        set.addRR(signature(set));
        return set;
    }

    /// The set that a server makes of a signed wildcard for a name.
    static RRset expanded(RRset wildcard, String owner) {
        var set = new RRset();
        for (Record record : wildcard.rrs(false)) {
            set.addRR(record.withName(name(owner)));
        }
        for (RRSIGRecord signature : wildcard.sigs()) {
            set.addRR(signature.withName(name(owner)));
        }
        return set;
    }

    /// A record in zone-file form: owner, type, data; its TTL is 300.
    static Record rr(String text) {
        String[] words = text.split(" ", 3);
        try {
            return Record.fromString(
                    name(words[0]), org.xbill.DNS.Type.value(words[1]), DClass.IN, 300, words[2], Name.root);
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
