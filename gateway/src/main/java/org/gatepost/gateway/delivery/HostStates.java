// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.jspecify.annotations.Nullable;

/// What is known of the addresses that mail goes to: how many connections each has, and whether it could be
/// reached.
///
/// No address gets more connections than the bound, whatever the number of domains it serves. One that could
/// not be reached, or was silent, is left alone for as long as that took to find out, a second at least, and
/// after each further failure twice as long, two minutes at most; meanwhile deliveries fail at once instead of
/// waiting for the same time-out. When that time is over one of them tries again; until it has ended the others
/// go by what is remembered. An address with another connection that works is not taken for down.
///
/// Safe for use by many threads.
public final class HostStates {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);

    /// Addresses remembered as down; beyond, the one noted first is forgotten.
    static final int MOST_DOWN = 20_000;

    private final int bound;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<InetSocketAddress, State> byAddress = new HashMap<>(); // guarded by lock, as is what follows
    private final Queue<State> down = new ArrayDeque<>();

    /// @param bound connections to one address, at most
    public HostStates(int bound, InstantSource clock) {
        this.bound = bound;
        this.clock = clock;
    }

    /// Whether a connection may be opened.
    sealed interface Entry {
        /// Not now: the address has its number.
        record Full() implements Entry {}

        /// Not now: it could not be reached a moment ago.
        ///
        /// @param failure that one
        record Down(ConnectionFailed failure) implements Entry {}
    }

    private final class State {
        private final InetSocketAddress address;
        private int places;
        private int working;
        private @Nullable ConnectionFailed failure;
        private Instant since = Instant.MIN;
        private Duration pause = Duration.ZERO;
        private boolean probed;

        State(InetSocketAddress address) {
            this.address = address;
        }

        boolean isOver(Instant now) {
            // A clock that was set back must not keep anything down.
            return now.isBefore(since) || !now.isBefore(since.plus(pause));
        }

        void forgetIfIdle() {
            if (places == 0 && failure == null) {
                byAddress.remove(address);
            }
        }
    }

    /// Asks for one more connection.
    Entry enter(InetSocketAddress address) {
        lock.lock();
        try {
            State state = byAddress.computeIfAbsent(address, State::new);
            if (state.places >= bound) {
                return new Entry.Full();
            }
            if (state.failure != null) {
                if (state.probed || !state.isOver(clock.instant())) {
                    return new Entry.Down(remembered(state.failure));
                }
                state.probed = true;
            }
            state.places++;
            return new Place(state, state.failure != null);
        } finally {
            lock.unlock();
        }
    }

    private static Duration atLeast(Duration least, Duration other) {
        return other.compareTo(least) > 0 ? other : least;
    }

    private static Duration atMost(Duration most, Duration other) {
        return other.compareTo(most) < 0 ? other : most;
    }

    private static ConnectionFailed remembered(ConnectionFailed failure) {
        return new ConnectionFailed(
                failure.host(), failure.subReason(), failure.evidence() + ", a moment ago; not tried again yet");
    }

    /// Has every address tried again at the next occasion, as when an operator says that something was mended.
    public void forgetFailures() {
        lock.lock();
        try {
            down.forEach(HostStates::forget);
            down.clear();
        } finally {
            lock.unlock();
        }
    }

    private static void forget(State state) {
        state.failure = null;
        state.probed = false;
        state.forgetIfIdle();
    }

    /// One connection's place, from before it is opened until it is closed.
    final class Place implements Entry, AutoCloseable {
        private final State state;
        private final boolean probe;
        private final Instant entered;
        private boolean works; // guarded by lock, as is what follows
        private boolean left;

        private Place(State state, boolean probe) {
            this.state = state;
            this.probe = probe;
            this.entered = clock.instant();
        }

        /// The host answers.
        void reached() {
            lock.lock();
            try {
                works = true;
                state.working++;
                if (state.failure != null) {
                    down.remove(state);
                    state.failure = null;
                    state.probed = false;
                }
            } finally {
                lock.unlock();
            }
        }

        /// The host cannot be reached, or is silent. Of several attempts at the same time one counts.
        void unreachable(ConnectionFailed failure) {
            lock.lock();
            try {
                if (state.working > 0 || (state.failure != null && !probe)) {
                    return;
                }
                Instant now = clock.instant();
                if (state.failure == null) {
                    makeRoom();
                    down.add(state);
                    state.pause = atMost(LONGEST_PAUSE, atLeast(FIRST_PAUSE, Duration.between(entered, now)));
                } else {
                    state.pause = atMost(LONGEST_PAUSE, state.pause.multipliedBy(2));
                }
                state.failure = failure;
                state.since = now;
            } finally {
                lock.unlock();
            }
        }

        private void makeRoom() {
            if (down.size() >= MOST_DOWN) {
                forget(down.remove());
            }
        }

        /// The connection is closed, or was never opened; leaving again does nothing.
        @Override
        public void close() {
            lock.lock();
            try {
                if (left) {
                    return;
                }
                left = true;
                state.places--;
                state.working -= works ? 1 : 0;
                state.probed &= !probe;
                state.forgetIfIdle();
            } finally {
                lock.unlock();
            }
        }
    }
}
