// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.net;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Closes a socket, or a channel to one, when the time allowed for something is over.
///
/// SO_TIMEOUT limits one read only. A peer that sends an octet a minute never meets it, and no option limits a
/// write to a peer that does not read; closing the socket from outside ends both. One owner sets the limits, one at
/// a
/// time; the watcher is a virtual thread, parked all the while.
public final class SocketGuard implements AutoCloseable {
    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final Closeable socket;
    private final long start = System.nanoTime();
    private final Thread watcher;
    private volatile long limit = NO_LIMIT; // since the start
    private volatile boolean ended;
    private volatile boolean struck;

    private SocketGuard(Closeable socket) {
        this.socket = socket;
        this.watcher = Thread.ofVirtual().name("socket-guard").unstarted(this::watch);
    }

    /// Guards the socket, without a limit so far.
    public static SocketGuard of(Closeable socket) {
        var guard = new SocketGuard(socket);
        guard.watcher.start();
        return guard;
    }

    /// Limits what happens from now on, in place of the limit before.
    public void allow(Duration time) {
        long before = limit;
        limit = elapsed() + time.toNanos();
        if (limit < before) {
            LockSupport.unpark(watcher);
        }
    }

    /// Takes the limit away.
    public void lift() {
        limit = NO_LIMIT;
    }

    /// Whether a limit passed, and the socket was closed for it.
    public boolean hasStruck() {
        return struck;
    }

    private long elapsed() {
        return System.nanoTime() - start;
    }

    private void watch() {
        while (!ended) {
            long left = limit - elapsed();
            if (left <= 0) {
                struck = true;
                closeQuietly();
                return;
            }
            LockSupport.parkNanos(left);
        }
    }

    private void closeQuietly() {
        try {
            socket.close();
        } catch (IOException e) {
            // A socket that cannot be closed cannot be used either.
        }
    }

    /// Ends the guarding; the socket stays as it is.
    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(watcher);
    }
}
