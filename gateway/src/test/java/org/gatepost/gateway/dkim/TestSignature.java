// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.gatepost.names.DomainName;

/// Signs test messages in the simple canonicalization, in which everything stands for itself: whatever canonical forms
/// the verifier knows, this knows none.
public record TestSignature(KeyPair keys, DomainName domain, String selector) {
    /// The value of `p=`.
    public static String published(KeyPair keys) {
        return Base64.getEncoder().encodeToString(keys.getPublic().getEncoded());
    }

    /// @param tags further ones of the signature, each ended by a semicolon
    /// @param header fields without folds, each name once, each ended by CRLF
    /// @param body ended by one CRLF
    public String sign(String tags, String header, String body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.ISO_8859_1));
            List<String> names = new ArrayList<>();
            header.lines()
                    .forEach(line ->
                            names.add(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT)));
            String field = "DKIM-Signature: v=1; a=rsa-sha256; d=" + domain + "; s=" + selector + "; " + tags + " h="
                    + String.join(":", names) + "; bh=" + Base64.getEncoder().encodeToString(hash) + "; b=";
            Signature signer = Signature.getInstance("SHA256withRSA");
            signer.initSign(keys.getPrivate());
            signer.update((header + field).getBytes(StandardCharsets.ISO_8859_1));
            return field + Base64.getEncoder().encodeToString(signer.sign()) + "\r\n" + header + "\r\n" + body;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
