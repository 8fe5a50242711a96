// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// Whose turn it is, one delivery of each domain at a time. Guarded by the scheduler's lock.
///
/// Domains known to be up, first attempts to others, and retries to others come alternately. Those not known to be up
/// never take more than three quarters of what may be under way, retries among them no more than half: many
/// destinations that are down, each of which keeps a delivery waiting for a time-out, so leave room for mail to those
/// that are not.
final class Turns {
    /// The one that was served last is last.
    private final List<Line> lines = new ArrayList<>();

    private final int mostTrying;
    private final int mostRetrying;
    private int trying;
    private int retrying;

    enum Kind {
        PROVEN,
        FIRST,
        RETRY
    }

    private record Line(Kind kind, Queue<DomainQueue> domains) {}

    /// @param concurrency the most deliveries under way at once
    Turns(int concurrency) {
        this.mostTrying = concurrency - concurrency / 4;
        this.mostRetrying = Math.max(1, concurrency / 2);
        for (Kind kind : Kind.values()) {
            lines.add(new Line(kind, new ArrayDeque<>()));
        }
    }

    static Kind kind(DomainQueue queue) {
        if (queue.pace().isProven()) {
            return Kind.PROVEN;
        }
        return queue.isRetryNext() ? Kind.RETRY : Kind.FIRST;
    }

    void add(DomainQueue queue) {
        Kind kind = kind(queue);
        lines.stream()
                .filter(line -> line.kind() == kind)
                .forEach(line -> line.domains().add(queue));
    }

    /// The domain whose turn it is, if any may begin now; it waits for no turn any more.
    @Nullable
    DomainQueue next() {
        for (Line line : lines) {
            DomainQueue next = mayBegin(line.kind()) ? first(line) : null;
            if (next != null) {
                lines.remove(line);
                lines.add(line);
                return next;
            }
        }
        return null;
    }

    /// What was learned since a domain was added may have put it into another line.
    private @Nullable DomainQueue first(Line line) {
        DomainQueue next = line.domains().poll();
        while (next != null && kind(next) != line.kind()) {
            add(next);
            next = line.domains().poll();
        }
        return next;
    }

    private boolean mayBegin(Kind kind) {
        return switch (kind) {
            case PROVEN -> true;
            case FIRST -> trying < mostTrying;
            case RETRY -> trying < mostTrying && retrying < mostRetrying;
        };
    }

    /// A delivery begins.
    ///
    /// @return what it counts as until it has [#ended]
    Kind begins(DomainQueue queue) {
        Kind kind = kind(queue);
        count(kind, 1);
        return kind;
    }

    void ended(Kind kind) {
        count(kind, -1);
    }

    private void count(Kind kind, int change) {
        trying += kind == Kind.PROVEN ? 0 : change;
        retrying += kind == Kind.RETRY ? change : 0;
    }
}
