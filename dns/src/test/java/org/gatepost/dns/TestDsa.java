// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.DSAPublicKeySpec;
import java.util.Arrays;
import java.util.Set;

/// DSA (algorithms 3 and 6), which is not validated in production, for the many old scenarios that are
/// signed with it.
final class TestDsa {
    /// SHA-1 and DSA beside what is validated in production.
    static final AlgorithmPolicy POLICY = new AlgorithmPolicy(
            Set.of(3, 5, 6, 7, 8, 10, 13, 14, 15, 16),
            AlgorithmPolicy.WITH_SHA1.digests(),
            AlgorithmPolicy.WITH_SHA1.minimumRsaBits(),
            TestDsa::verify);

    private TestDsa() {}

    private static boolean verify(int algorithm, byte[] key, byte[] signature, byte[] data) throws InvalidKeyException {
        if (algorithm != 3 && algorithm != 6) {
            return SignatureAlgorithms.FASTEST.verify(algorithm, key, signature, data);
        }
        try {
            // Some signatures are in the form of RFC 2536 §3 (T, R, S), others in DER.
            boolean isPlain = signature.length == 41;
            Signature verifier = Signature.getInstance(isPlain ? "SHA1withDSAinP1363Format" : "SHA1withDSA");
            verifier.initVerify(KeyFactory.getInstance("DSA").generatePublic(key(key)));
            verifier.update(data);
            return verifier.verify(isPlain ? Arrays.copyOfRange(signature, 1, 41) : signature);
        } catch (SignatureException e) {
            return false;
        } catch (InvalidKeyException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new InvalidKeyException(e);
        }
    }

    /// RFC 2536 §2: T, Q, P, G, Y.
    private static DSAPublicKeySpec key(byte[] key) throws InvalidKeyException {
        int length = 64 + 8 * Byte.toUnsignedInt(key[0]);
        if (key.length != 21 + 3 * length) {
            throw new InvalidKeyException("length");
        }
        return new DSAPublicKeySpec(
                number(key, 21 + 2 * length, length),
                number(key, 21, length),
                number(key, 1, 20),
                number(key, 21 + length, length));
    }

    private static BigInteger number(byte[] octets, int from, int length) {
        return new BigInteger(1, Arrays.copyOfRange(octets, from, from + length));
    }
}
