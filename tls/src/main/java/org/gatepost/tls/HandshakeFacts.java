// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// What a completed handshake showed. Immutable; the evidence that policy, reports and `explain` work from.
///
/// @param protocol as TLS names it: `TLSv1.2` or `TLSv1.3`
/// @param cipherSuite the IANA name
/// @param group the IANA name of the group that the keys were agreed in; empty when the provider does not tell
/// @param chain the certificates in the order the server sent them, leaf first; at least one
public record HandshakeFacts(String protocol, String cipherSuite, Optional<String> group, List<X509Certificate> chain) {
    public HandshakeFacts {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a TLS server shows at least one certificate");
        }
    }

    /// Of a provider that does not tell the group.
    public HandshakeFacts(String protocol, String cipherSuite, List<X509Certificate> chain) {
        this(protocol, cipherSuite, Optional.empty(), chain);
    }

    public X509Certificate leaf() {
        return chain.getFirst();
    }
}
