// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

/// Why a chain does not lead to a trust anchor.
public enum PathProblem {
    /// A certificate that the path needs is past its notAfter.
    EXPIRED,
    /// A certificate that the path needs is before its notBefore.
    NOT_YET_VALID,
    /// No sequence of the certificates sent, each signed by the next, ends at a trust anchor: self-signed,
    /// signed by an unknown authority, or an intermediate certificate was not sent.
    UNTRUSTED_ISSUER,
    /// The chain ends at a trust anchor but breaks another rule of RFC 5280: not a CA, too long, a name
    /// constraint, a usage, an algorithm that is too weak.
    INVALID
}
