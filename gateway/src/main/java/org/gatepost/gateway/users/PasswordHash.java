// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.InvalidKeySpecException;
import java.text.Normalizer;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// What a password is checked against, without being the password: the authentication information of
/// SCRAM-SHA-256, whose keys are made by PBKDF2.
///
/// ```
/// hash = "SCRAM-SHA-256$" iterations ":" salt "$" stored-key ":" server-key    ; all but iterations in base64
/// ```
///
/// @spec https://www.rfc-editor.org/rfc/rfc5803 RFC 5803 §2
/// @spec https://www.rfc-editor.org/rfc/rfc5802 RFC 5802 §3
/// @spec https://www.rfc-editor.org/rfc/rfc7677 RFC 7677: SHA-256
public final class PasswordHash {
    /// Of new ones; some hundredths of a second of a processor.
    private static final int ITERATIONS = 100_000;

    /// RFC 7677 §4: at least so many.
    private static final int LEAST_ITERATIONS = 4096;

    /// Whoever guesses has us work so long.
    private static final int MOST_ITERATIONS = 2_000_000;

    /// Octets; longer ones are not taken from clients.
    private static final int LONGEST = 1000;

    private static final int SALT = 16;
    private static final int KEY = 32;

    private static final Pattern SYNTAX = Pattern.compile(
            "SCRAM-SHA-256\\$([1-9][0-9]{0,8}):([A-Za-z0-9+/]{4,400}={0,2})\\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)");

    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    private PasswordHash(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /// @throws IllegalArgumentException naming the rule that the text breaks; never holds the text
    public static PasswordHash parse(String text) {
        Matcher parts = SYNTAX.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "not a hash such as SCRAM-SHA-256$iterations:salt$key:key (RFC 5803), as `gatepost user` makes them");
        }
        int iterations = Integer.parseInt(parts.group(1));
        if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
            throw new IllegalArgumentException(
                    iterations + " iterations; " + LEAST_ITERATIONS + " to " + MOST_ITERATIONS + " are expected");
        }
        try {
            Base64.Decoder base64 = Base64.getDecoder();
            return new PasswordHash(
                    iterations,
                    base64.decode(parts.group(2)),
                    base64.decode(parts.group(3)),
                    base64.decode(parts.group(4)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("salt or key of the hash is not base64", e);
        }
    }

    /// @throws IllegalArgumentException when the password cannot be one
    public static PasswordHash of(String password, SecureRandom random) {
        byte[] salt = new byte[SALT];
        random.nextBytes(salt);
        return of(prepared(password), salt, ITERATIONS);
    }

    private static PasswordHash of(String prepared, byte[] salt, int iterations) {
        byte[] salted = salted(prepared, salt, iterations);
        return new PasswordHash(iterations, salt, sha256(hmac(salted, "Client Key")), hmac(salted, "Server Key"));
    }

    int iterations() {
        return iterations;
    }

    /// @param atLeast iterations that it takes, so that the time does not tell one hash from another
    boolean matches(String password, int atLeast) {
        String prepared;
        try {
            prepared = prepared(password);
        } catch (IllegalArgumentException e) {
            return false; // at once, whoever it is said of
        }
        PasswordHash given = of(prepared, salt, iterations);
        if (iterations < atLeast) {
            salted(prepared, salt, atLeast - iterations);
        }
        return MessageDigest.isEqual(given.storedKey, storedKey);
    }

    /// The OpaqueString of RFC 8265 §4.2: one form for what may be typed in several ways.
    private static String prepared(String password) {
        StringBuilder mapped = new StringBuilder();
        password.codePoints()
                .map(c -> Character.getType(c) == Character.SPACE_SEPARATOR ? ' ' : c)
                .forEach(mapped::appendCodePoint);
        String prepared = Normalizer.normalize(mapped, Normalizer.Form.NFC);
        if (prepared.isEmpty()
                || prepared.getBytes(StandardCharsets.UTF_8).length > LONGEST
                || prepared.codePoints().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "a password has 1 to " + LONGEST + " octets of UTF-8, none of them a control character");
        }
        return prepared;
    }

    private static byte[] salted(String password, byte[] salt, int iterations) {
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(password.toCharArray(), salt, iterations, KEY * 8))
                    .getEncoded();
        } catch (InvalidKeySpecException e) {
            throw new IllegalArgumentException("the password cannot be used", e);
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static byte[] sha256(byte[] octets) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(octets);
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("every Java platform has SHA-256, HMAC and PBKDF2", e);
    }

    /// As [#parse] reads it.
    @Override
    public String toString() {
        Base64.Encoder base64 = Base64.getEncoder();
        return "SCRAM-SHA-256$" + iterations + ":" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(storedKey) + ":" + base64.encodeToString(serverKey);
    }
}
