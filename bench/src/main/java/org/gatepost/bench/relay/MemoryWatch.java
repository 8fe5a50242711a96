// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Looks once a second how much memory a group holds, until it is closed.
final class MemoryWatch implements AutoCloseable {
    private final CountDownLatch over = new CountDownLatch(1);
    private final ProcessGroup group;
    private double most;

    private MemoryWatch(ProcessGroup group) {
        this.group = group;
    }

    static MemoryWatch of(ProcessGroup group) {
        var watch = new MemoryWatch(group);
        watch.look();
        Thread.ofVirtual().start(watch::run);
        return watch;
    }

    private void run() {
        try {
            while (!over.await(1, TimeUnit.SECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void look() {
        most = Math.max(most, group.megabytes());
    }

    /// The most megabytes that were seen, now included.
    synchronized double most() {
        look();
        return most;
    }

    @Override
    public void close() {
        over.countDown();
    }
}
