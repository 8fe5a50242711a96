// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;

/// Reads a private key from a PEM file: PKCS#8 (RFC 5958), RSA's own form (RFC 8017 appendix A.1.2) and EC's
/// (RFC 5915), which are both wrapped into PKCS#8 first.
public final class PemPrivateKey {
    private static final byte[] VERSION_0 = {2, 1, 0};
    private static final byte[] RSA_ALGORITHM = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
    private static final byte[] EC_PUBLIC_KEY = HexFormat.of().parseHex("06072a8648ce3d0201");
    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

    private PemPrivateKey() {}

    /// The one private key of the file.
    ///
    /// @throws PemFileException when there is none, or several, or it is encrypted or of an unknown kind
    public static PrivateKey read(Path file) {
        List<PemFile.Block> keys = PemFile.blocks(file).stream()
                .filter(block -> block.label().endsWith("PRIVATE KEY"))
                .toList();
        if (keys.size() != 1) {
            throw new PemFileException(
                    file,
                    keys.isEmpty()
                            ? "the file holds no private key in PEM form"
                            : "the file holds several private keys");
        }
        PemFile.Block block = keys.getFirst();
        byte[] pkcs8 = switch (block.label()) {
            case "PRIVATE KEY" -> block.der();
            case "RSA PRIVATE KEY" -> der(0x30, VERSION_0, RSA_ALGORITHM, der(0x04, block.der()));
            case "EC PRIVATE KEY" -> fromEc(file, block);
            case "ENCRYPTED PRIVATE KEY" ->
                throw new PemFileException(file, "line " + block.line() + ": the private key must not be encrypted");
            default ->
                throw new PemFileException(
                        file,
                        "line " + block.line() + ": keys of the form " + Printable.line(block.label(), 40)
                                + " are not known");
        };
        return decode(file, block, pkcs8);
    }

    private static PrivateKey decode(Path file, PemFile.Block block, byte[] pkcs8) {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException anotherKind) {
                // The encoding names its algorithm, but only the factory for it can tell.
            }
        }
        throw new PemFileException(file, "line " + block.line() + ": the private key is not an RSA, EC or EdDSA key");
    }

    /// The curve stands inside the EC form ([0] parameters) and beside it in PKCS#8.
    private static byte[] fromEc(Path file, PemFile.Block block) {
        try {
            ByteBuffer fields = content(ByteBuffer.wrap(block.der()), 0x30);
            content(fields, 0x02);
            content(fields, 0x04);
            ByteBuffer parameters = content(fields, 0xa0);
            byte[] curve = new byte[parameters.remaining()];
            parameters.get(curve);
            return der(0x30, VERSION_0, der(0x30, EC_PUBLIC_KEY, curve), der(0x04, block.der()));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new PemFileException(file, "line " + block.line() + ": the EC private key does not name its curve");
        }
    }

    /// The content of the element that begins here; the buffer moves behind it.
    private static ByteBuffer content(ByteBuffer from, int tag) {
        if ((from.get() & 0xff) != tag) {
            throw new IllegalArgumentException("another element");
        }
        int length = from.get() & 0xff;
        if (length > 0x80) {
            int octets = length - 0x80;
            length = 0;
            for (int i = 0; i < Math.min(octets, 3); i++) {
                length = length << 8 | (from.get() & 0xff);
            }
        }
        if (length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer content = from.slice(from.position(), length);
        from.position(from.position() + length);
        return content;
    }

    private static byte[] der(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        List.of(parts).forEach(content::writeBytes);
        int length = content.size();
        var element = new ByteArrayOutputStream();
        element.write(tag);
        if (length < 0x80) {
            element.write(length);
        } else {
            element.write(0x82);
            element.write(length >>> 8);
            element.write(length);
        }
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }

    /// Whether what one signs the other verifies.
    static boolean belongTogether(PrivateKey key, PublicKey certified) {
        if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(
                    switch (key.getAlgorithm()) {
                        case "EC" -> "SHA256withECDSA";
                        case "RSA" -> "SHA256withRSA";
                        default -> key.getAlgorithm();
                    });
            signature.initSign(key);
            signature.update(certified.getEncoded());
            byte[] proof = signature.sign();
            signature.initVerify(certified);
            signature.update(certified.getEncoded());
            return signature.verify(proof);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
