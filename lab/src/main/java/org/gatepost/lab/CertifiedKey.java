// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/// A private key and what certifies it.
///
/// @param chain as a server sends it: the leaf first, the root left out
/// @param issuer the certificate that signed the leaf, whether or not it is in the chain; a
///     self-signed leaf's is the leaf
public record CertifiedKey(PrivateKey key, List<X509Certificate> chain, X509Certificate issuer) {
    public CertifiedKey {
        chain = List.copyOf(chain);
    }

    public X509Certificate leaf() {
        return chain.getFirst();
    }

    /// The same key with nothing but its leaf sent.
    CertifiedKey withoutIntermediates() {
        return new CertifiedKey(key, List.of(leaf()), issuer);
    }

    @Override
    public String toString() {
        return "CertifiedKey[" + leaf().getSubjectX500Principal() + "]";
    }
}
