// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/// A limit on everything that happens on a socket until it is lifted: when it passes, the socket is closed.
///
/// Closing from outside is the one way to end a blocked write, which no socket option limits, and it ends a
/// peer that sends one octet at a time just as well.
final class SocketDeadline {
    private final AtomicReference<State> state = new AtomicReference<>(State.ARMED);
    private final Thread watcher;

    private enum State {
        ARMED,
        LIFTED,
        PASSED
    }

    private SocketDeadline(Socket socket, Duration limit) {
        watcher = Thread.ofVirtual().name("tls-deadline").unstarted(() -> watch(socket, limit));
    }

    static SocketDeadline arm(Socket socket, Duration limit) {
        var deadline = new SocketDeadline(socket, limit);
        deadline.watcher.start();
        return deadline;
    }

    private void watch(Socket socket, Duration limit) {
        try {
            Thread.sleep(limit);
        } catch (InterruptedException lifted) {
            return;
        }
        if (state.compareAndSet(State.ARMED, State.PASSED)) {
            closeQuietly(socket);
        }
    }

    /// Ends the limit; the socket stays as it is. Idempotent.
    ///
    /// @return whether the limit had not passed; if it had, the socket is or will at once be closed
    boolean lift() {
        state.compareAndSet(State.ARMED, State.LIFTED);
        watcher.interrupt();
        return state.get() == State.LIFTED;
    }

    static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // Nothing is left to be done with this socket.
        }
    }
}
