// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// When a remembered policy is fetched again although no mail asks for it, so that nobody who disturbs one fetch can
/// wait for the policy to run out (RFC 8461 §3.3, §10.2).
///
/// Every time is moved forward by up to a quarter at random: what was fetched in one hour is not due in one hour again.
///
/// @param random need not be secure
record RefreshSchedule(RandomGenerator random) {
    /// RFC 8461 §3.3 suggests once a day.
    static final Duration DAILY = Duration.ofDays(1);

    /// What is never undercut, as for failed fetches in general. A policy that lives less than twice as long is not
    /// refreshed ahead.
    static final Duration LEAST = Duration.ofMinutes(5);

    /// A policy that no mail asked for in this time is left to expire.
    static final Duration UNUSED = Duration.ofDays(90);

    /// Of the time since the policy was fetched: so long the next try waits after a failed one. It grows with every
    /// failure, and suits policies of an hour and of a year.
    private static final int PART_TO_WAIT = 8;

    private static final double MOST_FORWARD = 0.25;

    /// After a fetch: daily, but not later than half way to the expiry.
    ///
    /// @return empty when the policy is not to be refreshed ahead
    Optional<Instant> afterFetch(Instant now, Duration maxAge) {
        Duration half = maxAge.dividedBy(2);
        return half.compareTo(LEAST) < 0 ? Optional.empty() : Optional.of(now.plus(jittered(least(DAILY, half))));
    }

    /// After a try that failed: later each time, sooner again as the expiry comes near.
    ///
    /// @return empty when the policy expires before
    Optional<Instant> afterFailure(Instant now, Instant fetched, Instant expires) {
        Duration grown = Duration.between(fetched, now).dividedBy(PART_TO_WAIT);
        Duration half = Duration.between(now, expires).dividedBy(2);
        Instant next = now.plus(jittered(least(DAILY, least(grown, half))));
        return next.isBefore(expires) ? Optional.of(next) : Optional.empty();
    }

    private Duration jittered(Duration full) {
        Duration forward = Duration.ofMillis((long) (full.toMillis() * MOST_FORWARD * random.nextDouble()));
        Duration moved = full.minus(forward);
        return moved.compareTo(LEAST) < 0 ? LEAST : moved;
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
