// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.xbill.DNS.Name;

/// Hashed owner names (RFC 5155 §5) in base32 with extended hex alphabet, lower case: their order as text
/// is the order of the hashes.
final class Nsec3Hash {
    static final int SHA1_OCTETS = 20;
    private static final int DIGITS = 32;

    private Nsec3Hash() {}

    static String of(Name name, byte[] salt, int iterations) {
        MessageDigest sha1 = sha1();
        sha1.update(name.toWireCanonical());
        byte[] hash = sha1.digest(salt);
        for (int i = 0; i < iterations; i++) {
            sha1.update(hash);
            hash = sha1.digest(salt);
        }
        return text(hash);
    }

    /// @param hash 20 octets
    static String text(byte[] hash) {
        String digits = new BigInteger(1, hash).toString(DIGITS);
        return "0".repeat(DIGITS - digits.length()) + digits;
    }

    /// The hash that an NSEC3 record's owner begins with, whatever it looks like.
    static String ofOwner(Name owner) {
        return owner.getLabelString(0).toLowerCase(Locale.ROOT);
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no SHA-1", e);
        }
    }
}
