// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/// Verifies signatures through the JCA: the one place that knows how DNSSEC's algorithm numbers, keys and
/// signatures look there.
///
/// @param fast the provider asked for every part that it offers, once there is one; the JDK's own do the rest
record SignatureAlgorithms(Supplier<Optional<Provider>> fast) implements SignatureVerifier {
    /// With the fastest sound provider on this machine.
    static final SignatureAlgorithms FASTEST = new SignatureAlgorithms(NativeProvider.loading());

    static final SignatureAlgorithms JDK_ALONE = new SignatureAlgorithms(Optional::empty);

    private static final int MAX_RSA_BITS = 4096;

    /// No one needs more than 65537; long exponents only cost time.
    private static final int MAX_EXPONENT_BITS = 64;

    // What stands before the bare key in its X.509 form, in hexadecimal (RFC 5480 §2, RFC 8410 §4).
    private static final String P256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    private static final String P384 = "3076301006072a8648ce3d020106052b8104002203620004";
    private static final String ED25519 = "302a300506032b6570032100";
    private static final String ED448 = "3043300506032b6571033a00";

    /// Whether the signature fits data and key.
    ///
    /// @param algorithm one of 5, 7, 8, 10, 13, 14, 15, 16
    /// @throws InvalidKeyException when the key is not one of this algorithm
    /// @throws IllegalArgumentException for other algorithms
    @Override
    public boolean verify(int algorithm, byte[] key, byte[] signature, byte[] data) throws InvalidKeyException {
        Form form = form(algorithm);
        Optional<Provider> provider = fast.get();
        try {
            Signature verifier = signature(form.signature(), provider);
            verifier.initVerify(publicKey(form, key, provider));
            verifier.update(data);
            return verifier.verify(signature);
        } catch (SignatureException e) {
            // A signature of the wrong length or form: it does not fit.
            return false;
        } catch (InvalidKeyException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new InvalidKeyException(e);
        }
    }

    /// @param keys the JCA's name of the key's kind
    /// @param keyOctets the bare key's length; 0 for RSA
    private record Form(String signature, String keys, String prefix, int keyOctets) {}

    private static Form form(int algorithm) {
        return switch (algorithm) {
            case 5, 7 -> new Form("SHA1withRSA", "RSA", "", 0);
            case 8 -> new Form("SHA256withRSA", "RSA", "", 0);
            case 10 -> new Form("SHA512withRSA", "RSA", "", 0);
            case 13 -> new Form("SHA256withECDSAinP1363Format", "EC", P256, 64);
            case 14 -> new Form("SHA384withECDSAinP1363Format", "EC", P384, 96);
            case 15 -> new Form("Ed25519", "Ed25519", ED25519, 32);
            case 16 -> new Form("Ed448", "Ed448", ED448, 57);
            default -> throw new IllegalArgumentException("no such algorithm: " + algorithm);
        };
    }

    private static Signature signature(String name, Optional<Provider> fast) throws GeneralSecurityException {
        Optional<Provider> provider = offering("Signature", name, fast);
        return provider.isPresent() ? Signature.getInstance(name, provider.get()) : Signature.getInstance(name);
    }

    private static KeyFactory keyFactory(String name, Optional<Provider> fast) throws GeneralSecurityException {
        Optional<Provider> provider = offering("KeyFactory", name, fast);
        return provider.isPresent() ? KeyFactory.getInstance(name, provider.get()) : KeyFactory.getInstance(name);
    }

    private static Optional<Provider> offering(String kind, String name, Optional<Provider> fast) {
        return fast.filter(provider -> provider.getService(kind, name) != null);
    }

    private static PublicKey publicKey(Form form, byte[] key, Optional<Provider> fast) throws GeneralSecurityException {
        KeyFactory factory = keyFactory(form.keys(), fast);
        if (form.keyOctets() == 0) {
            RSAPublicKeySpec rsa = rsa(key);
            if (rsa.getModulus().bitLength() > MAX_RSA_BITS
                    || rsa.getPublicExponent().bitLength() > MAX_EXPONENT_BITS) {
                throw new InvalidKeyException("RSA key too long");
            }
            return factory.generatePublic(rsa);
        }
        if (key.length != form.keyOctets()) {
            throw new InvalidKeyException("length");
        }
        byte[] encoded = HexFormat.of().parseHex(form.prefix() + HexFormat.of().formatHex(key));
        return factory.generatePublic(new X509EncodedKeySpec(encoded));
    }

    static boolean isRsa(int algorithm) {
        return algorithm == 5 || algorithm == 7 || algorithm == 8 || algorithm == 10;
    }

    /// The modulus' length.
    static int rsaBits(byte[] key) throws InvalidKeyException {
        return rsa(key).getModulus().bitLength();
    }

    /// RFC 3110 §2: the exponent's length in one octet or in three, the exponent, the modulus.
    private static RSAPublicKeySpec rsa(byte[] key) throws InvalidKeyException {
        boolean isLong = key.length > 0 && key[0] == 0;
        int start = isLong ? 3 : 1;
        if (key.length < start) {
            throw new InvalidKeyException("RSA key too short");
        }
        int length =
                isLong ? (Byte.toUnsignedInt(key[1]) << 8) | Byte.toUnsignedInt(key[2]) : Byte.toUnsignedInt(key[0]);
        int end = start + length;
        if (length == 0 || end >= key.length) {
            throw new InvalidKeyException("RSA key too short");
        }
        return new RSAPublicKeySpec(
                new BigInteger(1, Arrays.copyOfRange(key, end, key.length)),
                new BigInteger(1, Arrays.copyOfRange(key, start, end)));
    }
}
