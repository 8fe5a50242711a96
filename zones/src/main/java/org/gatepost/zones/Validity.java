// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// When the signatures of a world hold.
///
/// @param inception from when on, in whole seconds
/// @param expiration until when, later than the inception
public record Validity(Instant inception, Instant expiration) {
    public Validity {
        if (!expiration.isAfter(inception)) {
            throw new IllegalArgumentException("signatures must expire after their inception");
        }
    }

    /// From an hour before the clock's now to 30 days after it.
    public static Validity around(InstantSource clock) {
        return new Validity(
                clock.instant().minus(Duration.ofHours(1)), clock.instant().plus(Duration.ofDays(30)));
    }

    /// A time of the same length that was over a day before this one begins.
    Validity past() {
        Duration length = Duration.between(inception, expiration);
        Instant end = inception.minus(Duration.ofDays(1));
        return new Validity(end.minus(length), end);
    }
}
