// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/// The messages that a host has taken, in order of arrival. Safe for use by many threads.
public final class Inbox {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();

    // Guarded by lock.
    private final List<ReceivedMessage> messages = new ArrayList<>();

    void add(ReceivedMessage message) {
        lock.lock();
        try {
            messages.add(message);
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public List<ReceivedMessage> messages() {
        lock.lock();
        try {
            return List.copyOf(messages);
        } finally {
            lock.unlock();
        }
    }

    /// Takes the messages out, for runs so long that they would not fit into memory.
    public List<ReceivedMessage> drain() {
        lock.lock();
        try {
            List<ReceivedMessage> drained = List.copyOf(messages);
            messages.clear();
            return drained;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the messages are as wanted, such as `all -> all.size() >= 3`.
    ///
    /// @return false when they were not within the time
    public boolean await(Predicate<List<ReceivedMessage>> wanted, Duration atMost) throws InterruptedException {
        long nanos = atMost.toNanos();
        lock.lock();
        try {
            while (!wanted.test(List.copyOf(messages))) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = arrived.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
