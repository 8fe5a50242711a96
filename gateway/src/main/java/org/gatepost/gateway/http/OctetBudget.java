// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.util.concurrent.atomic.AtomicLong;

/// How much of memory the bodies being received may take together. Safe for use by many threads.
public final class OctetBudget {
    private final AtomicLong left;

    public OctetBudget(long octets) {
        left = new AtomicLong(octets);
    }

    /// What one receiver has taken; used by one thread.
    public final class Share implements AutoCloseable {
        private long taken;

        private Share() {}

        /// Takes more.
        ///
        /// @return whether there was as much; otherwise nothing was taken
        public boolean take(long octets) {
            if (left.addAndGet(-octets) < 0) {
                left.addAndGet(octets);
                return false;
            }
            taken += octets;
            return true;
        }

        /// Gives all back.
        @Override
        public void close() {
            left.addAndGet(taken);
            taken = 0;
        }
    }

    public Share share() {
        return new Share();
    }
}
