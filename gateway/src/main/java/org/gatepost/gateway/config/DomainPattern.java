// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import org.gatepost.names.DomainName;

/// Which recipient domains a connector is for: one domain, or everything below one.
///
/// Unlike the wildcard of a certificate, `*.example.com` stands for names of any depth below `example.com`, as
/// people who divide their mail by domains expect it; `example.com` itself is not among them. `*` alone is
/// every domain.
///
/// @param below whether the domains below the name are meant, and not the name itself
/// @param name the root only with `below`
public record DomainPattern(boolean below, DomainName name) {
    /// Reads `example.com`, `*.example.com` or `*`.
    ///
    /// @throws org.gatepost.names.NameSyntaxException when what is no `*` is no domain name
    /// @throws IllegalArgumentException for the root, which has no mail
    static DomainPattern parse(String text) {
        if (text.equals("*")) {
            return new DomainPattern(true, DomainName.ROOT);
        }
        boolean below = text.startsWith("*.");
        DomainName name = DomainName.parse(below ? text.substring(2) : text);
        if (name.isRoot()) {
            throw new IllegalArgumentException("the root has no mail; every domain is \"*\"");
        }
        return new DomainPattern(below, name);
    }

    @Override
    public String toString() {
        if (!below) {
            return name.toString();
        }
        return name.isRoot() ? "*" : "*." + name;
    }
}
