// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.gatepost.names.DomainName;

/// When a message is tried again, and when it is given up (spec O5).
///
/// @param waits before the second, third … attempt; the last one repeats; not empty
/// @param lifetime after arrival
public record RetrySchedule(List<Duration> waits, Duration lifetime) implements RetrySchedules {
    public RetrySchedule {
        waits = List.copyOf(waits);
        if (waits.isEmpty()) {
            throw new IllegalArgumentException("a schedule has at least one wait");
        }
    }

    @Override
    public RetrySchedule of(DomainName recipientDomain) {
        return this;
    }

    /// When to try again after a temporary failure: no later than the end of the lifetime, so that the last
    /// attempt's result is as fresh as can be when the sender reads it.
    ///
    /// @param attempts how many have been made, this one included; at least 1
    public Instant next(Instant arrived, Instant now, int attempts) {
        Duration wait = waits.get(Math.min(attempts, waits.size()) - 1);
        Instant due = now.plus(wait);
        Instant end = arrived.plus(lifetime);
        return due.isAfter(end) && now.isBefore(end) ? end : due;
    }

    /// Whether an attempt that failed now was the last.
    public boolean isOver(Instant arrived, Instant now) {
        return !now.isBefore(arrived.plus(lifetime));
    }
}
