// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.gatepost.gateway.net.ClientShares;

/// Counts wrong passwords for each client address, and for each user that one address tries. A guess counts from
/// before it is checked, so that many at once are no way past the bounds. Bounded: what was noted first is
/// forgotten first. Safe for use by many threads.
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

    /// @param wrong digest of the password that was wrong last
    private record Count(int failures, long since, Optional<ByteBuffer> wrong) {}

    FailedGuesses(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// Whether the client has to wait before its next guess at the user's password.
    ///
    /// @param isTrusted whether the user was right lately: then his neighbours' guesses do not count
    boolean areTooMany(InetAddress client, String user, boolean isTrusted) {
        lock.lock();
        try {
            return failures(ofUser(client, user)) >= MOST_OF_USER
                    || (!isTrusted && failures(ofAddress(client)) >= MOST_OF_ADDRESS);
        } finally {
            lock.unlock();
        }
    }

    /// Counts a guess, unless there were too many.
    ///
    /// @return whether it may be checked
    boolean begin(InetAddress client, String user, boolean isTrusted) {
        lock.lock();
        try {
            if (areTooMany(client, user, isTrusted)) {
                return false;
            }
            add(ofUser(client, user), 1);
            add(ofAddress(client), 1);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// The guess was right, or could not be checked.
    void takeBack(InetAddress client, String user) {
        lock.lock();
        try {
            add(ofUser(client, user), -1);
            add(ofAddress(client), -1);
        } finally {
            lock.unlock();
        }
    }

    /// @param digest of user and password
    void wasWrong(InetAddress client, String user, ByteBuffer digest) {
        lock.lock();
        try {
            counts.computeIfPresent(
                    ofUser(client, user),
                    (key, count) -> new Count(count.failures(), count.since(), Optional.of(digest)));
        } finally {
            lock.unlock();
        }
    }

    /// Whether the client says again what was wrong last, as a device does whose password was changed.
    boolean isRepeated(InetAddress client, String user, ByteBuffer digest) {
        lock.lock();
        try {
            Count count = counts.get(ofUser(client, user));
            return count != null && count.wrong().filter(digest::equals).isPresent();
        } finally {
            lock.unlock();
        }
    }

    private void add(Key key, int guesses) {
        int before = failures(key);
        Count count = counts.get(key);
        counts.put(
                key,
                before == 0 || count == null
                        ? new Count(Math.max(0, guesses), nanoTime.getAsLong(), Optional.empty())
                        : new Count(Math.max(0, before + guesses), count.since(), count.wrong()));
    }

    private int failures(Key key) {
        Count count = counts.get(key);
        return count == null || nanoTime.getAsLong() - count.since() >= WINDOW.toNanos() ? 0 : count.failures();
    }

    private static Key ofUser(InetAddress client, String user) {
        return new Key(ClientShares.share(client), OptionalInt.of(user.hashCode()));
    }

    private static Key ofAddress(InetAddress client) {
        return new Key(ClientShares.share(client), OptionalInt.empty());
    }
}
