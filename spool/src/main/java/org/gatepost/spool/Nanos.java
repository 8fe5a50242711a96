// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;

/// Instants as the database holds them: nanoseconds since 1970 in a signed 64-bit number, which reaches to
/// 2262.
final class Nanos {
    private static final long PER_SECOND = 1_000_000_000;

    private Nanos() {}

    /// @throws IllegalArgumentException outside the years 1678 to 2261
    static long of(Instant instant) {
        try {
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), PER_SECOND), (long) instant.getNano());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("an instant in the queue lies between 1678 and 2261: " + instant, e);
        }
    }

    /// The same for comparisons: an instant that no stored one reaches counts as the last one.
    static long atMost(Instant instant) {
        if (instant.getEpochSecond() >= Long.MAX_VALUE / PER_SECOND) {
            return Long.MAX_VALUE;
        }
        return instant.getEpochSecond() <= Long.MIN_VALUE / PER_SECOND ? Long.MIN_VALUE : of(instant);
    }

    static Instant toInstant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, PER_SECOND), Math.floorMod(nanos, PER_SECOND));
    }
}
