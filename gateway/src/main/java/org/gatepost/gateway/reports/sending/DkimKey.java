// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import org.gatepost.names.DomainName;
import org.gatepost.tls.PemFileException;
import org.gatepost.tls.PemPrivateKey;

/// A key that signs mail, and the TXT record that lets others verify it.
///
/// @param domain what signatures name as `d=`
/// @param selector where below `_domainkey` of the domain the record stands; one or more labels
/// @spec https://www.rfc-editor.org/rfc/rfc6376 RFC 6376 §3.6.1
/// @spec https://www.rfc-editor.org/rfc/rfc8301 RFC 8301: sizes of RSA keys
/// @spec https://www.rfc-editor.org/rfc/rfc8463 RFC 8463: Ed25519
public record DkimKey(DomainName domain, String selector, Algorithm algorithm, PrivateKey key, PublicKey publicKey) {
    private static final int LEAST_RSA_BITS = 2048;
    private static final int MOST_RSA_BITS = 4096;
    private static final int CHARACTER_STRING = 255;

    /// How it signs.
    public enum Algorithm {
        RSA_SHA256("rsa-sha256", "rsa"),
        ED25519_SHA256("ed25519-sha256", "ed25519");

        private final String term;
        private final String keyType;

        Algorithm(String term, String keyType) {
            this.term = term;
            this.keyType = keyType;
        }

        /// As the tag `a=` spells it.
        @Override
        public String toString() {
            return term;
        }
    }

    /// @throws PemFileException when the file holds no RSA key of 2048 to 4096 bits (RFC 8301 §3.2) and no
    /// Ed25519 key
    public static DkimKey read(DomainName domain, String selector, Path file) {
        PrivateKey key = PemPrivateKey.read(file);
        try {
            return switch (key) {
                case RSAPrivateCrtKey rsa
                when isOfGoodSize(rsa.getModulus()) ->
                    checked(new DkimKey(domain, selector, Algorithm.RSA_SHA256, rsa, publicKey(rsa)));
                case RSAPrivateCrtKey rsa ->
                    throw new PemFileException(
                            file,
                            "the RSA key has " + rsa.getModulus().bitLength()
                                    + " bits; DKIM takes 2048 to 4096 (RFC 8301 §3.2)");
                case EdECPrivateKey ed
                when ed.getParams().getName().equals("Ed25519") ->
                    checked(new DkimKey(domain, selector, Algorithm.ED25519_SHA256, ed, publicKey(ed)));
                default -> throw new PemFileException(file, "DKIM takes RSA and Ed25519 keys (RFC 6376, RFC 8463)");
            };
        } catch (GeneralSecurityException e) {
            throw new PemFileException(file, "the key cannot be used: " + e.getMessage());
        }
    }

    private static boolean isOfGoodSize(BigInteger modulus) {
        return modulus.bitLength() >= LEAST_RSA_BITS && modulus.bitLength() <= MOST_RSA_BITS;
    }

    private static PublicKey publicKey(RSAPrivateCrtKey key) throws GeneralSecurityException {
        return KeyFactory.getInstance("RSA")
                .generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()));
    }

    /// The platform computes the public key only while it makes a pair, of 32 octets that it takes for random;
    /// those are
    /// the private key (RFC 8032 §5.1.5).
    private static PublicKey publicKey(EdECPrivateKey key) throws GeneralSecurityException {
        byte[] seed = key.getBytes().orElseThrow(() -> new GeneralSecurityException("it does not show its octets"));
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(seed, 0, bytes, 0, Math.min(seed.length, bytes.length));
            }
        });
        return generator.generateKeyPair().getPublic();
    }

    /// A public key that does not belong to the private one would make every report worthless.
    private static DkimKey checked(DkimKey key) throws GeneralSecurityException {
        byte[] probe = MessageDigest.getInstance("SHA-256").digest(new byte[0]);
        Signature verifier = key.verifier();
        verifier.initVerify(key.publicKey());
        verifier.update(probe);
        if (!verifier.verify(key.signature(probe))) {
            throw new GeneralSecurityException("its public part does not fit");
        }
        return key;
    }

    private Signature verifier() throws GeneralSecurityException {
        return Signature.getInstance(algorithm == Algorithm.RSA_SHA256 ? "SHA256withRSA" : "Ed25519");
    }

    private byte[] signature(byte[] data) throws GeneralSecurityException {
        Signature signer = verifier();
        signer.initSign(key);
        signer.update(data);
        return signer.sign();
    }

    /// Signs octets by the algorithm: for Ed25519 it is their SHA-256 that is signed (RFC 8463 §3).
    byte[] sign(byte[] data) {
        try {
            return switch (algorithm) {
                case RSA_SHA256 -> signature(data);
                case ED25519_SHA256 ->
                    signature(MessageDigest.getInstance("SHA-256").digest(data));
            };
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key that signed at the start does not sign any more", e);
        }
    }

    /// Where the record stands.
    public String recordName() {
        return selector + "._domainkey." + domain;
    }

    /// What the record says. The service type tells that the key signs TLS reports and no other mail (RFC 8460
    /// §3).
    public String recordText() {
        byte[] octets = publicKey.getEncoded();
        // For Ed25519 the bare key, without the structure around it (RFC 8463 §4): its last 32 octets.
        byte[] shown = algorithm == Algorithm.ED25519_SHA256
                ? Arrays.copyOfRange(octets, octets.length - 32, octets.length)
                : octets;
        return "v=DKIM1; k=" + algorithm.keyType + "; s=tlsrpt; p="
                + Base64.getEncoder().encodeToString(shown);
    }

    /// The record as a line of a zone file, the text in character-strings of at most 255 octets.
    public String zoneLine() {
        StringBuilder line = new StringBuilder(recordName()).append(". IN TXT (");
        String text = recordText();
        for (int i = 0; i < text.length(); i += CHARACTER_STRING) {
            line.append(" \"")
                    .append(text, i, Math.min(text.length(), i + CHARACTER_STRING))
                    .append('"');
        }
        return line.append(" )").toString();
    }
}
