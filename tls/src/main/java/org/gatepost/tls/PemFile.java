// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Reads the blocks of a PEM file; text between them is commentary, as bundles have it.
///
/// @spec https://www.rfc-editor.org/rfc/rfc7468 RFC 7468: textual encodings of PKIX structures
final class PemFile {
    /// Far above the largest public bundle, which is a quarter of a megabyte.
    private static final int MAX_OCTETS = 8 * 1024 * 1024;

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    private PemFile() {}

    /// @param label what stands between `BEGIN` and the dashes
    /// @param base64 its content without line ends, known to be base64
    /// @param line where the block begins, from 1
    record Block(String label, String base64, int line) {
        byte[] der() {
            return Base64.getDecoder().decode(base64);
        }
    }

    /// All blocks in order.
    ///
    /// @throws PemFileException when the file cannot be read or a block does not end or is not base64
    static List<Block> blocks(Path file) {
        List<String> lines = read(file).lines().toList();
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith(BEGIN) && line.endsWith(DASHES)) {
                String label = line.substring(BEGIN.length(), line.length() - DASHES.length());
                int end = endOf(file, lines, i, label);
                blocks.add(new Block(label, base64(file, lines, i, end), i + 1));
                i = end;
            }
        }
        return blocks;
    }

    private static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] octets = in.readNBytes(MAX_OCTETS + 1);
            if (octets.length > MAX_OCTETS) {
                throw new PemFileException(file, "the file is larger than 8 MiB");
            }
            return new String(octets, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new PemFileException(file, "the file does not exist");
        } catch (java.nio.file.AccessDeniedException e) {
            throw new PemFileException(file, "the file may not be read by this user");
        } catch (IOException e) {
            throw new PemFileException(file, "the file cannot be read");
        }
    }

    private static int endOf(Path file, List<String> lines, int begin, String label) {
        for (int i = begin + 1; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.equals(END + label + DASHES)) {
                return i;
            }
            if (line.startsWith(DASHES)) {
                break;
            }
        }
        throw new PemFileException(
                file, "line " + (begin + 1) + ": the block " + Printable.line(label, 40) + " does not end");
    }

    private static String base64(Path file, List<String> lines, int begin, int end) {
        var base64 = new StringBuilder();
        lines.subList(begin + 1, end).forEach(line -> base64.append(line.strip()));
        try {
            Base64.getDecoder().decode(base64.toString());
            return base64.toString();
        } catch (IllegalArgumentException e) {
            throw new PemFileException(
                    file, "line " + (begin + 1) + ": the block is not base64, or is an encrypted key");
        }
    }

    /// The certificates of the file in its order, at least one; blocks of other kinds are passed over.
    ///
    /// @throws PemFileException naming the number of a certificate that is none
    static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                certificates.add(certificate(file, block, certificates.size() + 1));
            }
        }
        if (certificates.isEmpty()) {
            throw new PemFileException(file, "the file holds no certificate in PEM form");
        }
        return certificates;
    }

    private static X509Certificate certificate(Path file, Block block, int number) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.der()));
        } catch (CertificateException e) {
            throw new PemFileException(
                    file, "line " + block.line() + ": certificate " + number + " is not an X.509 certificate");
        }
    }

    static String name(Path file) {
        return Printable.line(file.toString(), 400);
    }
}
