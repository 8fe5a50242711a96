// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// The DS or DNSKEY records that validation starts from.
///
/// There is always one for the root that this resolver can validate with: without it every answer would
/// silently be insecure, so such an anchor cannot be made.
///
/// @param records at least one, in zone-file form, such as `. IN DS 20326 8 2 E06D…`
public record TrustAnchor(List<String> records) {
    private static final long MAX_FILE_OCTETS = 1 << 20;

    /// @throws IllegalArgumentException when a record is neither DS nor DNSKEY, or none is usable for the
    ///     root
    public TrustAnchor {
        records = List.copyOf(records);
        try {
            AnchorRecords.parse("trust anchor", String.join("\n", records));
        } catch (TrustAnchorException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /// The keys of the DNS root as IANA publishes them: KSK-2017 and KSK-2024.
    public static TrustAnchor builtIn() {
        return new TrustAnchor(List.of(
                ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
                ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"));
    }

    /// Reads a file of DS and DNSKEY records in zone-file form, as unbound-anchor, ldns or BIND write it.
    ///
    /// Class and TTL may stand in either order or be missing; `;` comments and parentheses are understood.
    /// Keys that RFC 5011 has revoked, or that unbound-anchor's comments mark as not yet valid, are left out,
    /// as are algorithms and digests that this resolver does not validate.
    ///
    /// @throws TrustAnchorException when the file cannot be read or used; the message is one line for the
    ///     operator
    public static TrustAnchor fromFile(Path file) throws TrustAnchorException {
        return new TrustAnchor(AnchorRecords.parse(file.toString(), read(file)).stream()
                .map(AnchorRecords.Entry::text)
                .toList());
    }

    static String read(Path file) throws TrustAnchorException {
        try {
            if (Files.isDirectory(file)) {
                throw new TrustAnchorException(file + ": a trust anchor file is needed, this is a folder");
            }
            if (Files.size(file) > MAX_FILE_OCTETS) {
                throw new TrustAnchorException(file + ": a trust anchor file has at most 1 MiB");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (TrustAnchorException e) {
            throw e;
        } catch (NoSuchFileException e) {
            throw new TrustAnchorException(file + ": there is no such trust anchor file");
        } catch (CharacterCodingException e) {
            throw new TrustAnchorException(file + ": a trust anchor file is text, this is not");
        } catch (IOException e) {
            throw new TrustAnchorException(file + ": the trust anchor file cannot be read");
        }
    }
}
