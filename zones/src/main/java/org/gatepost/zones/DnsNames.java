// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import org.gatepost.names.DomainName;
import org.xbill.DNS.Name;

/// Domain names as the codec has them.
final class DnsNames {
    private DnsNames() {}

    static Name of(DomainName name) {
        return name.isRoot() ? Name.root : Name.fromConstantString(name.ascii() + ".");
    }
}
