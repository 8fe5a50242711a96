// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// How a scenario's domain says where its mail goes.
public enum MxPublication {
    /// An MX record for each host.
    HOSTS("publishes its hosts"),
    /// An MX record that names an alias of the first host; the host's certificate names only the
    /// host.
    ALIAS("its MX is an alias of mx1"),
    /// As [#ALIAS], but the certificate and the policy name the alias.
    NAMED_ALIAS("its MX is an alias that the certificate names"),
    /// `MX 0 .` (RFC 7505).
    NULL_MX("publishes a null MX"),
    /// No MX, but an address: the domain is its own MX (RFC 5321 §5.1).
    IMPLICIT("publishes an address and no MX"),
    /// The domain exists without MX and address.
    NOTHING("publishes neither MX nor address"),
    /// The domain does not exist.
    NO_DOMAIN("does not exist");

    private final String description;

    MxPublication(String description) {
        this.description = description;
    }

    /// For people: a sentence part about the domain.
    public String description() {
        return description;
    }
}
