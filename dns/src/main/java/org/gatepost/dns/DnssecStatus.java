// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// What validation says of an answer.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4033 RFC 4033 §5
public enum DnssecStatus {
    /// A chain of trust leads from a trust anchor to the data.
    SECURE,
    /// A signed denial shows that the chain of trust ends above the data: it is unsigned on purpose.
    INSECURE,
    /// The chain says that the data must be signed, and it is not, or the signature is wrong.
    BOGUS,
    /// Nothing can be said: an answer that the chain needs could not be had.
    INDETERMINATE
}
