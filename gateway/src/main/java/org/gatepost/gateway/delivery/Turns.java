// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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

    private record Line(Kind kind, Set<DomainQueue> domains) {
        @Nullable
        DomainQueue poll() {
            Iterator<DomainQueue> first = domains.iterator();
            if (!first.hasNext()) {
                return null;
            }
            DomainQueue next = first.next();
            first.remove();
            return next;
        }
    }

    /// @param concurrency the most deliveries under way at once
    Turns(int concurrency) {
        this.mostTrying = concurrency - concurrency / 4;
        this.mostRetrying = Math.max(1, concurrency / 2);
        for (Kind kind : Kind.values()) {
            lines.add(new Line(kind, new LinkedHashSet<>()));
        }
    }

    static Kind kind(DomainQueue queue) {
        if (queue.pace().isProven()) {
            return Kind.PROVEN;
        }
        return queue.isRetryNext() ? Kind.RETRY : Kind.FIRST;
    }

    void add(DomainQueue queue) {
        line(kind(queue)).domains().add(queue);
    }

    private Line line(Kind kind) {
        return lines.stream().filter(line -> line.kind() == kind).findFirst().orElseThrow();
    }

    /// Puts a domain that waits for its turn into the line that fits what was learned of it.
    ///
    /// @param before where it was
    void move(DomainQueue queue, Kind before) {
        if (kind(queue) != before && line(before).domains().remove(queue)) {
            add(queue);
        }
    }

    /// The domain whose turn it is, if any may begin now; it waits for no turn any more.
    @Nullable
    DomainQueue next() {
        for (Line line : lines) {
            DomainQueue next = mayBegin(line.kind()) ? line.poll() : null;
            if (next != null) {
                lines.remove(line);
                lines.add(line);
                return next;
            }
        }
        return null;
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
