// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.gatepost.names.DomainName;

/// One question of class IN.
public record Question(DomainName name, RecordType type) {
    /// As zone files write it: name with trailing dot, then the type.
    @Override
    public String toString() {
        return (name.isRoot() ? "." : name + ".") + " " + type;
    }
}
