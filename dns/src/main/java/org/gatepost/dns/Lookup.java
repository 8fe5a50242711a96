// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;

/// One question on its way through the validator: its time, its budget, the servers that helped. Used by
/// one thread.
final class Lookup {
    private final Deadline deadline;
    private final WorkBudget budget;
    private final Set<InetSocketAddress> avoided;
    private final boolean fresh;
    private final Set<InetSocketAddress> used = new HashSet<>();
    private boolean reliedOnCache;

    private Lookup(Deadline deadline, WorkBudget budget, Set<InetSocketAddress> avoided, boolean fresh) {
        this.deadline = deadline;
        this.budget = budget;
        this.avoided = Set.copyOf(avoided);
        this.fresh = fresh;
    }

    /// With the standard bounds on work.
    ///
    /// @param avoided upstreams to be asked last
    Lookup(Deadline deadline, Set<InetSocketAddress> avoided) {
        this(deadline, new WorkBudget(WorkLimits.STANDARD), avoided, false);
    }

    static Lookup first(Deadline deadline, WorkLimits limits) {
        return new Lookup(deadline, new WorkBudget(limits), Set.of(), false);
    }

    /// Another try within the same time, with nothing taken from the cache of keys and the servers of the
    /// first asked last.
    Lookup again(WorkLimits limits) {
        return new Lookup(deadline, new WorkBudget(limits), used, true);
    }

    Deadline deadline() {
        return deadline;
    }

    WorkBudget budget() {
        return budget;
    }

    Set<InetSocketAddress> avoided() {
        return avoided;
    }

    boolean mayUseCache() {
        return !fresh;
    }

    void usedCache() {
        reliedOnCache = true;
    }

    boolean reliedOnCache() {
        return reliedOnCache;
    }

    void answeredBy(InetSocketAddress upstream) {
        used.add(upstream);
    }

    Set<InetSocketAddress> used() {
        return Set.copyOf(used);
    }
}
