// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.cert.X509Certificate;
import java.util.List;

/// What a completed handshake showed. Immutable; the evidence that policy, reports and `explain` work from.
///
/// @param protocol as TLS names it: `TLSv1.2` or `TLSv1.3`
/// @param cipherSuite the IANA name
/// @param chain the certificates in the order the server sent them, leaf first; at least one
public record HandshakeFacts(String protocol, String cipherSuite, List<X509Certificate> chain) {
    public HandshakeFacts {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a TLS server shows at least one certificate");
        }
    }

    public X509Certificate leaf() {
        return chain.getFirst();
    }
}
