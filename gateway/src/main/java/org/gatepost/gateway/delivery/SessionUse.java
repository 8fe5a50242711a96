// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.gatepost.names.DomainName;

/// What a conversation has been used for so far. Used by one thread at a time.
public final class SessionUse {
    private final long opened = System.nanoTime();
    private final Set<DomainName> counted = new HashSet<>();
    private int messages;

    /// Another message goes over it.
    void message() {
        messages++;
    }

    int messages() {
        return messages;
    }

    Duration age() {
        return Duration.ofNanos(System.nanoTime() - opened);
    }

    /// Whether the session is still to be counted for a recipient domain's TLS reports: a session is counted once,
    /// however many messages go over it (RFC 8460 §4.3).
    boolean countsFor(DomainName domain) {
        return counted.add(domain);
    }
}
