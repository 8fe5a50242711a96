// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.gatepost.gateway.net.ClientShares;

/// Counts wrong passwords for each client address, and for each user that one address tries. Bounded: what was noted
/// first is forgotten first. Safe for use by many threads.
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

    private record Count(int failures, long since) {}

    FailedGuesses(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// Whether the client has to wait before its next guess at the user's password.
    boolean areTooMany(InetAddress client, String user) {
        lock.lock();
        try {
            return failures(ofUser(client, user)) >= MOST_OF_USER || failures(ofAddress(client)) >= MOST_OF_ADDRESS;
        } finally {
            lock.unlock();
        }
    }

    void note(InetAddress client, String user) {
        lock.lock();
        try {
            note(ofUser(client, user));
            note(ofAddress(client));
        } finally {
            lock.unlock();
        }
    }

    private void note(Key key) {
        int before = failures(key);
        Count count = counts.get(key);
        long since = before == 0 || count == null ? nanoTime.getAsLong() : count.since();
        counts.put(key, new Count(before + 1, since));
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
