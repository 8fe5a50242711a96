// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import org.gatepost.names.DomainName;

/// One `mx` value of an MTA-STS policy, also the form of a connector's `tls-name`: a host name, or a wildcard
/// whose leftmost label is `*` and stands for exactly one label (RFC 8461 §4.1).
///
/// @param name the host name, or what follows `*.`
public record MxPattern(boolean wildcard, DomainName name) {
    public boolean matches(DomainName mxHost) {
        return wildcard ? !mxHost.isRoot() && !name.isRoot() && mxHost.parent().equals(name) : mxHost.equals(name);
    }

    @Override
    public String toString() {
        return wildcard ? "*." + name : name.toString();
    }
}
