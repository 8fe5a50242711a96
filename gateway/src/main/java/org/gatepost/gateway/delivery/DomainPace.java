// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

/// How many deliveries to a domain may be under way at once, by what the last ones showed: one more after each
/// that went well, half after each that met a host that is down, wants less or has no room. Guarded by the
/// scheduler's lock.
final class DomainPace {
    /// So many hang, at most, when a domain nothing is known of is down.
    static final int INITIAL = 2;

    private final int most;
    private int window;
    private boolean proven;

    /// @param most that it ever grows to; at least 1
    DomainPace(int most) {
        this.most = most;
        this.window = Math.min(most, INITIAL);
    }

    void note(Feedback feedback) {
        switch (feedback) {
            case POSITIVE -> {
                proven = true;
                window = Math.min(most, window + 1);
            }
            case NEGATIVE -> {
                proven = false;
                window = Math.max(1, window / 2);
            }
            case HOST_FULL -> window = Math.max(1, window / 2);
            case NONE -> {}
        }
    }

    int window() {
        return window;
    }

    /// Whether the domain is known to be up.
    boolean isProven() {
        return proven;
    }

    boolean isAsInTheBeginning() {
        return window == Math.min(most, INITIAL) && !proven;
    }
}
