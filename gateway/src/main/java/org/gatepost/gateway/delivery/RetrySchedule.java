// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// When a message is tried again, and when it is given up (spec O5).
///
/// @param waits before the second, third … attempt; the last one repeats; not empty
/// @param lifetime after arrival
/// @param delayWarning after arrival, when the sender is told that the message is late; empty: never
public record RetrySchedule(List<Duration> waits, Duration lifetime, Optional<Duration> delayWarning)
        implements RetrySchedules {
    public RetrySchedule {
        waits = List.copyOf(waits);
        if (waits.isEmpty()) {
            throw new IllegalArgumentException("a schedule has at least one wait");
        }
    }

    /// A schedule by which nobody is told of delays.
    public RetrySchedule(List<Duration> waits, Duration lifetime) {
        this(waits, lifetime, Optional.empty());
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
        Instant end = end(arrived);
        return due.isAfter(end) && now.isBefore(end) ? end : due;
    }

    /// Whether an attempt that failed now was the last.
    public boolean isOver(Instant arrived, Instant now) {
        return !now.isBefore(end(arrived));
    }

    /// When the last attempt is made.
    public Instant end(Instant arrived) {
        return arrived.plus(lifetime);
    }

    /// Whether the sender should know by now that the message is late.
    public boolean isLate(Instant arrived, Instant now) {
        return delayWarning.filter(after -> !now.isBefore(arrived.plus(after))).isPresent();
    }
}
