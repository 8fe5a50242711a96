// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Duration;

/// A point in time until which work may go on, on the machine's monotonic clock: sockets wait in real
/// time, whatever the injected clock says.
record Deadline(long nanoTime) {
    static Deadline in(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    /// The earlier of this and one that lies the given time ahead.
    Deadline orIn(Duration duration) {
        Deadline other = in(duration);
        return other.nanoTime - nanoTime < 0 ? other : this;
    }

    boolean isOver() {
        return remainingNanos() <= 0;
    }

    long remainingNanos() {
        return nanoTime - System.nanoTime();
    }

    /// Whole milliseconds left for a socket option in which 0 would mean for ever: at least 1.
    int socketMillis() {
        return Math.clamp(remainingNanos() / 1_000_000, 1, Integer.MAX_VALUE);
    }
}
