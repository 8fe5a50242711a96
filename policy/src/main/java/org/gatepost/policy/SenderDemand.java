// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// What a message's sender demands of the connection, over and above what the recipient domain's policies do.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8689 RFC 8689 §4.2.1
public enum SenderDemand {
    /// Nothing.
    NOTHING,
    /// TLS with a host that proves that it is the domain's. For reports about mail of [#REQUIRE_TLS]: they are
    /// protected as that was, but not lost because a host promises nothing (RFC 8689 §5).
    AUTHENTICATED_TLS,
    /// The same, and the host promises to pass the demand on: it offers REQUIRETLS over TLS.
    REQUIRE_TLS
}
