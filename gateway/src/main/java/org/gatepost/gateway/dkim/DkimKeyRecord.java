// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/// A public key as published in DNS (RFC 6376 §3.6.1), fit for verifying TLS reports.
final class DkimKeyRecord {
    /// RFC 8301 §3.2: verifiers take 1024 to 4096 bits; larger ones may be refused.
    private static final int LEAST_BITS = 1024;

    private static final int MOST_BITS = 8192;

    /// What stands before the 32 octets of an Ed25519 key in X.509 form (RFC 8410 §4).
    private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final int ED25519_OCTETS = 32;

    private final PublicKey key;
    private final boolean strict;

    private DkimKeyRecord(PublicKey key, boolean strict) {
        this.key = key;
        this.strict = strict;
    }

    /// @param keyType what the signature was made with
    static DkimKeyRecord parse(String text, String keyType) throws InvalidSignature {
        DkimTags tags = DkimTags.parse(text);
        if (!tags.value("v").orElse("DKIM1").equals("DKIM1")) {
            throw new InvalidSignature("the key record is of another version (RFC 6376 section 3.6.1)");
        }
        if (!tags.value("k").orElse("rsa").toLowerCase(Locale.ROOT).equals(keyType)) {
            throw new InvalidSignature("the key is not of the signature's algorithm (RFC 6376 section 3.6.1)");
        }
        if (!tags.list("h", "sha256").contains("sha256")) {
            throw new InvalidSignature("the key is not for SHA-256 (RFC 6376 section 3.6.1)");
        }
        List<String> services = tags.list("s", "*");
        // RFC 8460 §3: reports signed with a key for other services may be ignored; RFC 6376 §3.6.1 says must.
        if (!services.contains("*") && !services.contains("tlsrpt")) {
            throw new InvalidSignature("the key is not for the service type tlsrpt (RFC 8460 section 3)");
        }
        String published = tags.value("p").orElse("").replaceAll("\\s", "");
        if (published.isEmpty()) {
            throw new InvalidSignature("the key is revoked (RFC 6376 section 3.6.1)");
        }
        List<String> flags = tags.list("t", "");
        if (flags.contains("y")) {
            throw new InvalidSignature("the key is for tests, so the message is as unsigned (RFC 6376 section 3.6.1)");
        }
        return new DkimKeyRecord(key(keyType, published), flags.contains("s"));
    }

    private static PublicKey key(String keyType, String base64) throws InvalidSignature {
        try {
            byte[] octets = Base64.getDecoder().decode(base64);
            if (keyType.equals("ed25519")) {
                return ed25519(octets);
            }
            PublicKey key = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(octets));
            int bits = ((RSAPublicKey) key).getModulus().bitLength();
            if (bits < LEAST_BITS || bits > MOST_BITS) {
                throw new InvalidSignature("an RSA key of " + bits + " bits proves nothing (RFC 8301 section 3.2)");
            }
            return key;
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw new InvalidSignature("the published key is damaged (RFC 6376 section 3.6.1)");
        }
    }

    private static PublicKey ed25519(byte[] octets) throws GeneralSecurityException, InvalidSignature {
        if (octets.length != ED25519_OCTETS) {
            throw new InvalidSignature("an Ed25519 key has 32 octets (RFC 8463 section 4)");
        }
        byte[] encoded = java.util.Arrays.copyOf(ED25519_PREFIX, ED25519_PREFIX.length + ED25519_OCTETS);
        System.arraycopy(octets, 0, encoded, ED25519_PREFIX.length, ED25519_OCTETS);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }

    /// @throws InvalidSignature when the signature is not of these octets
    void verify(DkimSignature signature, byte[] signed) throws InvalidSignature {
        if (strict && !signature.strictIdentity()) {
            throw new InvalidSignature("the key is for its own domain only, i= is below (RFC 6376 section 3.6.1)");
        }
        try {
            boolean edwards = signature.keyType().equals("ed25519");
            Signature verifier = Signature.getInstance(edwards ? "Ed25519" : "SHA256withRSA");
            verifier.initVerify(key);
            // RFC 8463 §3: Ed25519 signs the hash.
            verifier.update(edwards ? MessageDigest.getInstance("SHA-256").digest(signed) : signed);
            if (!verifier.verify(signature.signatureOctets())) {
                throw new InvalidSignature("the header was changed, or signed with another key");
            }
        } catch (GeneralSecurityException e) {
            throw new InvalidSignature("the signature is damaged");
        }
    }
}
