// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/// One question on its way through the validator, with all that was fetched for it.
///
/// dnsjava's validator hands the executor that it was given on to every fetch of its own and to nothing
/// else. So the lookup poses as that executor: each fetch of a DS or DNSKEY set finds the deadline, the
/// budget and the place for evidence of the very question it serves. That matters because the validator
/// swallows a failed fetch when it judges denials and would pass them off as insecure; the failure noted
/// here overrules it.
final class Lookup implements Executor {
    /// Names have up to 127 labels and each may cost a DS and a DNSKEY question; real chains need below
    /// ten.
    private static final int MAX_FETCHES = 40;

    private final Deadline deadline;
    private final Set<InetSocketAddress> avoided;
    private final AtomicInteger fetches = new AtomicInteger();
    private final AtomicReference<@Nullable DnsFailure> failure = new AtomicReference<>();
    private final Map<String, Message> evidence = new ConcurrentHashMap<>();
    private final Set<InetSocketAddress> used = ConcurrentHashMap.newKeySet();

    /// @param avoided upstreams to be asked last
    Lookup(Deadline deadline, Set<InetSocketAddress> avoided) {
        this.deadline = deadline;
        this.avoided = Set.copyOf(avoided);
    }

    @Override
    public void execute(Runnable fetch) {
        Thread.ofVirtual().name("dns-fetch").start(fetch);
    }

    Deadline deadline() {
        return deadline;
    }

    Set<InetSocketAddress> avoided() {
        return avoided;
    }

    /// Whether one more question may be sent for this lookup.
    boolean spendFetch() {
        return fetches.incrementAndGet() <= MAX_FETCHES;
    }

    /// Notes that something the validation needs could not be had; the first failure counts.
    void failed(DnsFailure cause) {
        failure.compareAndSet(null, cause);
    }

    Optional<DnsFailure> failure() {
        return Optional.ofNullable(failure.get());
    }

    void learned(String question, Message reply) {
        evidence.put(question, reply);
    }

    /// What the validator was shown for a question of the form `name. TYPE`.
    Optional<Message> shown(String question) {
        return Optional.ofNullable(evidence.get(question));
    }

    void answeredBy(InetSocketAddress upstream) {
        used.add(upstream);
    }

    Set<InetSocketAddress> used() {
        return Set.copyOf(used);
    }
}
