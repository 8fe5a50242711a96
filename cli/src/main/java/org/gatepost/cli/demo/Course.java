// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.DeliveryEvents.Step;
import org.gatepost.gateway.delivery.RecipientResult;

/// What the gateway said became of one recipient, in order. Safe for use by many threads.
final class Course {
    private final List<Entry> entries = new ArrayList<>();

    record Entry(Step step, RecipientResult result) {}

    synchronized void add(Step step, RecipientResult result) {
        entries.add(new Entry(step, result));
        notifyAll();
    }

    /// The last entry, when it is final.
    synchronized Optional<Entry> end() {
        return entries.isEmpty() || entries.getLast().step() == Step.DEFERRED
                ? Optional.empty()
                : Optional.of(entries.getLast());
    }

    synchronized boolean wasHeld() {
        return entries.stream().anyMatch(entry -> entry.step() == Step.DEFERRED);
    }

    /// Waits for the end.
    ///
    /// @return empty when it did not come in time
    synchronized Optional<Entry> await(long deadlineNanos) throws InterruptedException {
        while (end().isEmpty()) {
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                return Optional.empty();
            }
            wait(Math.max(1, left / 1_000_000));
        }
        return end();
    }
}
