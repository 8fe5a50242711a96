// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.EnumSet;
import java.util.Set;

/// How a mail host behaves now.
///
/// @param certified what it shows in a handshake
public record HostBehaviour(StartTls startTls, Reception reception, CertifiedKey certified, Set<Extension> extensions) {
    public HostBehaviour {
        extensions = Set.copyOf(extensions);
    }

    /// Offers everything and accepts everything.
    public static HostBehaviour good(CertifiedKey certified) {
        return new HostBehaviour(StartTls.OFFERED, Reception.ACCEPTS, certified, EnumSet.allOf(Extension.class));
    }

    public HostBehaviour with(StartTls other) {
        return new HostBehaviour(other, reception, certified, extensions);
    }

    public HostBehaviour with(Reception other) {
        return new HostBehaviour(startTls, other, certified, extensions);
    }

    public HostBehaviour with(CertifiedKey other) {
        return new HostBehaviour(startTls, reception, other, extensions);
    }

    public HostBehaviour with(Set<Extension> others) {
        return new HostBehaviour(startTls, reception, certified, others);
    }
}
