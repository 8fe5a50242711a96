// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.gatepost.dns.DnsFailure.Reason;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Flags;

/// Asks the upstream servers one after another until one has an answer. Safe for many threads; each call
/// blocks its (virtual) thread, at most until the lookup's deadline.
final class UpstreamClient implements Upstream {
    /// Datagrams get lost: every server is asked so many times, time allowing.
    static final int ROUNDS = 3;

    /// Sockets open at once; more questions than that wait for their turn.
    private static final int MAX_OUTSTANDING = 512;

    private final Upstreams upstreams;
    private final Duration tryTimeout;
    private final boolean mixedCase;
    private final TcpConnections connections = new TcpConnections();
    private final RandomGenerator random = new SecureRandom();
    private final Semaphore outstanding = new Semaphore(MAX_OUTSTANDING, true);

    UpstreamClient(Upstreams upstreams, Duration tryTimeout) {
        this(upstreams, tryTimeout, false);
    }

    /// @param mixedCase see [ResolverOptions#mixedCase]
    UpstreamClient(Upstreams upstreams, Duration tryTimeout, boolean mixedCase) {
        this.upstreams = upstreams;
        this.tryTimeout = tryTimeout;
        this.mixedCase = mixedCase;
    }

    /// Asks by the options' own rules.
    static UpstreamClient of(ResolverOptions options, Upstreams upstreams) {
        return new UpstreamClient(upstreams, options.tryTimeout(), options.mixedCase());
    }

    @Override
    public Reply ask(WireQuestion question, Lookup lookup) {
        try {
            if (!outstanding.tryAcquire(lookup.deadline().remainingNanos(), TimeUnit.NANOSECONDS)) {
                return Reply.missing(Reason.TIMED_OUT, "too many DNS questions were outstanding to ask " + question);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reply.missing(Reason.TIMED_OUT, "interrupted before asking " + question);
        }
        try {
            return askInTurn(question, lookup);
        } finally {
            outstanding.release();
        }
    }

    private Reply askInTurn(WireQuestion question, Lookup lookup) {
        Reply.@Nullable Missing worst = null;
        Set<InetSocketAddress> silent = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            boolean worthRepeating = false;
            for (var server : upstreams.inOrder(lookup.avoided())) {
                if (lookup.deadline().isOver()) {
                    break;
                }
                // A long answer may have been lost with its fragments: who was silent is asked over TCP in between, as
                // RFC 7766 §5 allows.
                boolean overTcp = round == 1 && silent.contains(server);
                switch (ask(server, question, lookup, overTcp)) {
                    case Reply.Received received -> {
                        upstreams.succeeded(server);
                        lookup.answeredBy(server);
                        if (received.message().getHeader().getFlag(Flags.AD)) {
                            lookup.vouchedFor(question, server);
                        }
                        return received;
                    }
                    case Reply.Missing missing -> {
                        Reason reason = missing.failure().reason();
                        worthRepeating |= overTcp || reason == Reason.TIMED_OUT || reason == Reason.MALFORMED;
                        if (reason == Reason.TIMED_OUT) {
                            silent.add(server);
                        }
                        // SERVFAIL speaks of the name asked for, everything else of the server.
                        if (reason != Reason.SERVER_FAILURE) {
                            upstreams.failed(server);
                        }
                        worst = worst == null ? missing : moreTelling(worst, missing);
                    }
                }
            }
            if (!worthRepeating) {
                break;
            }
        }
        return worst == null ? Reply.missing(Reason.TIMED_OUT, "no time was left to ask " + question) : worst;
    }

    private Reply ask(InetSocketAddress server, WireQuestion question, Lookup lookup, boolean overTcp) {
        var query = Query.of(question, random, mixedCase);
        var exchange =
                new Exchange(server, query, connections, lookup.deadline().orIn(tryTimeout));
        return overTcp ? exchange.askOverTcpOnSuspicion() : exchange.ask();
    }

    private static Reply.Missing moreTelling(Reply.Missing one, Reply.Missing other) {
        return weight(other.failure().reason()) > weight(one.failure().reason()) ? other : one;
    }

    /// A server's word about the name says more than silence.
    private static int weight(Reason reason) {
        return switch (reason) {
            case BOGUS -> 5;
            case SERVER_FAILURE -> 4;
            case REFUSED -> 3;
            case MALFORMED -> 2;
            case TIMED_OUT -> 1;
            case UNREACHABLE -> 0;
        };
    }

    /// Closes the connections kept for later questions; those under way go on.
    @Override
    public void close() {
        connections.close();
    }
}
