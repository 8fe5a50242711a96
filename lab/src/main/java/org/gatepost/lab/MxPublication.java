// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// How a scenario's domain says where its mail goes.
public enum MxPublication {
    /// An MX record for each host.
    HOSTS,
    /// An MX record that names an alias of the first host; the host's certificate names only the
    /// host.
    ALIAS,
    /// As [#ALIAS], but the certificate and the policy name the alias.
    NAMED_ALIAS,
    /// `MX 0 .` (RFC 7505).
    NULL_MX,
    /// No MX, but an address: the domain is its own MX (RFC 5321 §5.1).
    IMPLICIT,
    /// The domain exists without MX and address.
    NOTHING,
    /// The domain does not exist.
    NO_DOMAIN
}
