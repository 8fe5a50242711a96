// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// Lets those who want the same at the same time share one piece of work. Safe for many threads.
final class SingleFlight<K, V> {
    private final Map<K, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();

    /// What came of it, and whether it was this caller's own work.
    sealed interface Outcome<V> {
        record Own<V>(V value) implements Outcome<V> {}

        record Shared<V>(V value) implements Outcome<V> {}

        /// Another does the work and did not end it in time, or broke off.
        record NotInTime<V>() implements Outcome<V> {}
    }

    /// Does the work, or waits for another who has begun it.
    Outcome<V> get(K key, Deadline deadline, Supplier<V> work) {
        var mine = new CompletableFuture<V>();
        var other = underWay.putIfAbsent(key, mine);
        if (other != null) {
            return await(other, deadline);
        }
        try {
            V value = work.get();
            mine.complete(value);
            return new Outcome.Own<>(value);
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            underWay.remove(key, mine);
        }
    }

    private Outcome<V> await(CompletableFuture<V> other, Deadline deadline) {
        try {
            return new Outcome.Shared<>(other.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.NotInTime<>();
        } catch (ExecutionException | TimeoutException e) {
            return new Outcome.NotInTime<>();
        }
    }
}
