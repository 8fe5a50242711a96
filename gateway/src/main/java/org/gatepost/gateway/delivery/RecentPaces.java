// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.gatepost.names.DomainName;

/// The paces of domains that have no mail just now, for some minutes. Guarded by the scheduler's lock.
final class RecentPaces {
    private static final long LIFETIME = Duration.ofMinutes(10).toNanos();

    /// Beyond, the one remembered first is forgotten; about 150 octets each.
    static final int MOST = 20_000;

    private final int most;
    private final LongSupplier nanoTime;
    private final Map<DomainName, Recent> byDomain = new LinkedHashMap<>();

    private record Recent(DomainPace pace, long since) {}

    /// @param most deliveries to one domain at once
    RecentPaces(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
    }

    void remember(DomainName domain, DomainPace pace) {
        if (pace.isAsInTheBeginning()) {
            return;
        }
        if (byDomain.size() >= MOST) {
            byDomain.remove(byDomain.keySet().iterator().next());
        }
        byDomain.put(domain, new Recent(pace, nanoTime.getAsLong()));
    }

    /// The pace of a domain that has mail again.
    DomainPace take(DomainName domain) {
        Recent recent = byDomain.remove(domain);
        return recent != null && nanoTime.getAsLong() - recent.since() < LIFETIME
                ? recent.pace()
                : new DomainPace(most);
    }
}
