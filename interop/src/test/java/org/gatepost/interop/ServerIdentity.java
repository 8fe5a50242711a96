// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/// A certificate with its key, as files for servers.
///
/// @param chain PEM, the server's own certificate first, then what it sends along
/// @param key PEM, not encrypted
record ServerIdentity(Path chain, Path key) {

    /// The first certificate of the chain.
    X509Certificate certificate() {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(
                            new ByteArrayInputStream(Scratch.read(chain).getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new PeerFailure(chain + ": " + e.getMessage());
        }
    }

    /// The data of a TLSA record that this certificate matches (RFC 6698 §2.1), such as `3 1 1 5C4A…`.
    ///
    /// @param usage 0 to 3
    /// @param selector 0 whole certificate, 1 public key
    /// @param matching 0 in full, 1 SHA-256, 2 SHA-512
    String tlsa(int usage, int selector, int matching) {
        try {
            var selected = selector == 0
                    ? certificate().getEncoded()
                    : certificate().getPublicKey().getEncoded();
            var data = switch (matching) {
                case 0 -> selected;
                case 1 -> MessageDigest.getInstance("SHA-256").digest(selected);
                case 2 -> MessageDigest.getInstance("SHA-512").digest(selected);
                default -> throw new IllegalArgumentException("no matching type " + matching);
            };
            return usage + " " + selector + " " + matching + " "
                    + HexFormat.of().withUpperCase().formatHex(data);
        } catch (GeneralSecurityException e) {
            throw new PeerFailure(chain + ": " + e.getMessage());
        }
    }
}
