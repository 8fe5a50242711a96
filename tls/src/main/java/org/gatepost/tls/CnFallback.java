// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

/// Whether the subject's common name may name a server.
public enum CnFallback {
    /// Never: subject alternative names only (RFC 9525 §2). MTA-STS is judged so (RFC 8461 §4.2).
    NEVER,
    /// When the certificate has no dNSName at all. DANE-TA is judged so (RFC 7672 §3.2.3).
    WITHOUT_DNS_NAMES
}
