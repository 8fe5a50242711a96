// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Name;

/// One question on its way through the validator: its time, its budget, the servers that helped. Used by
/// one thread.
final class Lookup {
    private final Deadline deadline;
    private final WorkBudget budget;
    private final Set<InetSocketAddress> avoided;
    private final boolean fresh;
    private final Set<InetSocketAddress> used = new HashSet<>();
    private final Map<Name, ValidationReason> faults = new HashMap<>();
    private final Map<Name, Standing<ChainStep>> stepsTaken = new HashMap<>();
    private final Map<WireQuestion, InetSocketAddress> vouchers = new HashMap<>();
    private boolean reliedOnCache;
    private boolean metKnownFault;

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

    /// The steps of chains of trust that this lookup has taken itself, for one that takes nothing from the cache.
    Map<Name, Standing<ChainStep>> stepsTaken() {
        return stepsTaken;
    }

    /// A chain of trust is broken where it was found broken a moment ago.
    void meetKnownFault() {
        metKnownFault = true;
    }

    boolean metKnownFault() {
        return metKnownFault;
    }

    /// The chain of trust breaks at this zone.
    void foundFault(Name zone, ValidationReason why) {
        faults.put(zone, why);
    }

    Map<Name, ValidationReason> faults() {
        return Map.copyOf(faults);
    }

    void answeredBy(InetSocketAddress upstream) {
        used.add(upstream);
    }

    /// The upstream set AD in its reply.
    void vouchedFor(WireQuestion question, InetSocketAddress upstream) {
        vouchers.put(question, upstream);
    }

    Optional<InetSocketAddress> voucher(WireQuestion question) {
        return Optional.ofNullable(vouchers.get(question));
    }

    Set<InetSocketAddress> used() {
        return Set.copyOf(used);
    }
}
