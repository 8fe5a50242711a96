// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.gatepost.gateway.net.ClientShares;

/// Counts wrong passwords for each client address, and for each user that one address tries. No more guesses are
/// checked at once than may be wrong, so that many at once are no way past the bounds. Bounded: what was noted first
/// is forgotten first. Safe for use by many threads.
final class FailedGuesses {
    static final Duration WINDOW = Duration.ofMinutes(10);
    static final int MOST_OF_USER = 10;

    /// More than one, for a machine whose password was changed must not lock its neighbours out.
    static final int MOST_OF_ADDRESS = 50;

    private static final int MOST_KEPT = 20_000;

    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, Count> counts = new LinkedHashMap<>() { // guarded by lock
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, Count> eldest) {
                    return size() > MOST_KEPT;
                }
            };

    /// @param user the hash of the name, which may be long; empty for all that the address tries
    private record Key(InetAddress client, OptionalInt user) {}

    /// @param wrong passwords within the window that began at `since`
    /// @param pending guesses that are being checked
    /// @param last digest of the password that was wrong last
    private record Count(int wrong, long since, int pending, Optional<ByteBuffer> last) {}

    private static final Count NONE = new Count(0, 0, 0, Optional.empty());

    /// Whether a guess may be checked.
    enum Leave {
        BEGUN,
        /// If all that are being checked are wrong, there were too many.
        LATER,
        TOO_MANY
    }

    FailedGuesses(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// Whether the client has to wait before its next guess at the user's password.
    ///
    /// @param isTrusted whether the user was right lately: then his neighbours' guesses do not count
    boolean areTooMany(InetAddress client, String user, boolean isTrusted) {
        lock.lock();
        try {
            return count(ofUser(client, user)).wrong() >= MOST_OF_USER
                    || (!isTrusted && count(ofAddress(client)).wrong() >= MOST_OF_ADDRESS);
        } finally {
            lock.unlock();
        }
    }

    /// Counts a guess, unless it may not be checked.
    Leave begin(InetAddress client, String user, boolean isTrusted) {
        lock.lock();
        try {
            Count ofUser = count(ofUser(client, user));
            Count ofAddress = count(ofAddress(client));
            if (areTooMany(client, user, isTrusted)) {
                return Leave.TOO_MANY;
            }
            if (ofUser.wrong() + ofUser.pending() >= MOST_OF_USER
                    || (!isTrusted && ofAddress.wrong() + ofAddress.pending() >= MOST_OF_ADDRESS)) {
                return Leave.LATER;
            }
            pending(client, user, 1);
            return Leave.BEGUN;
        } finally {
            lock.unlock();
        }
    }

    /// The guess was right, or could not be checked.
    void takeBack(InetAddress client, String user) {
        lock.lock();
        try {
            pending(client, user, -1);
        } finally {
            lock.unlock();
        }
    }

    /// @param digest of user and password
    void wasWrong(InetAddress client, String user, ByteBuffer digest) {
        lock.lock();
        try {
            pending(client, user, -1);
            addWrong(ofUser(client, user), Optional.of(digest));
            addWrong(ofAddress(client), Optional.empty());
        } finally {
            lock.unlock();
        }
    }

    /// Whether the client says again what was wrong last, as a device does whose password was changed.
    boolean isRepeated(InetAddress client, String user, ByteBuffer digest) {
        lock.lock();
        try {
            return count(ofUser(client, user)).last().filter(digest::equals).isPresent();
        } finally {
            lock.unlock();
        }
    }

    private void pending(InetAddress client, String user, int change) {
        for (Key key : List.of(ofUser(client, user), ofAddress(client))) {
            Count count = count(key);
            counts.put(
                    key, new Count(count.wrong(), count.since(), Math.max(0, count.pending() + change), count.last()));
        }
    }

    private void addWrong(Key key, Optional<ByteBuffer> digest) {
        Count count = count(key);
        long since = count.wrong() == 0 ? nanoTime.getAsLong() : count.since();
        counts.put(key, new Count(count.wrong() + 1, since, count.pending(), digest.or(count::last)));
    }

    /// What is older than the window does not count.
    private Count count(Key key) {
        Count count = counts.getOrDefault(key, NONE);
        return count.wrong() > 0 && nanoTime.getAsLong() - count.since() >= WINDOW.toNanos()
                ? new Count(0, 0, count.pending(), count.last())
                : count;
    }

    private static Key ofUser(InetAddress client, String user) {
        return new Key(ClientShares.share(client), OptionalInt.of(user.hashCode()));
    }

    private static Key ofAddress(InetAddress client) {
        return new Key(ClientShares.share(client), OptionalInt.empty());
    }
}
