// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What waits, by sender: they take turns, so that one who sends much does not hold up one who sends little. A
/// sender's own come in the order in which they were added.
final class SenderTurns<T> {
    private final Map<String, Deque<T>> bySender = new LinkedHashMap<>(); // whose turn is next is first
    private int size;

    void add(String sender, T one) {
        bySender.computeIfAbsent(sender, _ -> new ArrayDeque<>()).add(one);
        size++;
    }

    /// Adds before what else waits of the sender.
    void putBack(String sender, T one) {
        bySender.computeIfAbsent(sender, _ -> new ArrayDeque<>()).addFirst(one);
        size++;
    }

    /// What [#poll] would give.
    @Nullable
    T peek() {
        return bySender.isEmpty() ? null : bySender.values().iterator().next().peek();
    }

    @Nullable
    T poll() {
        Iterator<Map.Entry<String, Deque<T>>> first = bySender.entrySet().iterator();
        if (!first.hasNext()) {
            return null;
        }
        Map.Entry<String, Deque<T>> turn = first.next();
        String sender = turn.getKey();
        Deque<T> own = turn.getValue();
        T next = own.remove();
        size--;
        first.remove();
        if (!own.isEmpty()) {
            bySender.put(sender, own);
        }
        return next;
    }

    boolean hasAny(String sender) {
        return bySender.containsKey(sender);
    }

    /// How many senders there are of whom something waits.
    int senders() {
        return bySender.size();
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }
}
