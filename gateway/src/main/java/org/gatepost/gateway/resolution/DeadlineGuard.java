// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;

/// Closes a socket when time is up, so that a peer that sends one octet a second cannot hold a task for ever.
final class DeadlineGuard implements AutoCloseable {
    private final Thread watcher;

    private DeadlineGuard(Thread watcher) {
        this.watcher = watcher;
    }

    static DeadlineGuard closing(Socket socket, Duration after) {
        return new DeadlineGuard(Thread.ofVirtual().name("deadline").start(() -> {
            try {
                Thread.sleep(after);
                socket.close();
            } catch (InterruptedException | IOException e) {
                // Interrupted: the work ended in time. A failing close leaves nothing to guard.
            }
        }));
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
