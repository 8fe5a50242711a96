// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.gatepost.gateway.config.GatewayConfig.Reuse;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DaneDemand;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.SenderDemand;
import org.gatepost.policy.StsDemand;

/// Conversations with MX hosts that wait for their next message.
///
/// One is handed out only for the very demand that it satisfied: same host, same address, equal DANE demand
/// with all its records, equal MTA-STS demand, equal demands of operator and sender (spec O7, pitfall 14). So a
/// policy or record that changed never meets a connection that was judged by the old one. Each is used for a
/// bounded number of messages and a bounded time, so that certificates are looked at again; and each waits a
/// short time only, for it occupies its host.
///
/// Safe for use by many threads.
public final class SessionPool implements AutoCloseable {
    /// After so long a connection takes no further message.
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final Reuse limits;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, Deque<Waiting>> waiting = new HashMap<>(); // the last given back is last; guarded by lock
    private int count; // guarded by lock
    private boolean closed; // guarded by lock
    private final Thread sweeper;

    /// What must be equal for a connection to serve another message.
    private record Key(
            DomainName host,
            InetSocketAddress endpoint,
            DaneDemand dane,
            StsDemand sts,
            OperatorDemand operator,
            SenderDemand sender) {
        static Key of(HostDecision.Try host, InetSocketAddress endpoint) {
            return new Key(host.host().name(), endpoint, host.dane(), host.sts(), host.operator(), host.sender());
        }
    }

    private record Waiting(HostSession session, long since) {}

    public SessionPool(Reuse limits) {
        this.limits = limits;
        this.sweeper = Thread.ofVirtual().name("session-sweeper").start(this::sweep);
    }

    /// A conversation that satisfied the same demand, if one waits. It is the caller's until it is given back or
    /// closed; the host may have closed it meanwhile.
    Optional<HostSession> take(HostDecision.Try host, InetSocketAddress endpoint) {
        Key key = Key.of(host, endpoint);
        Optional<HostSession> last = takeLast(key);
        while (last.isPresent() && !last.get().isQuiet()) {
            last.get().leave(); // at once, for a new one needs its place
            last = takeLast(key);
        }
        return last;
    }

    private Optional<HostSession> takeLast(Key key) {
        lock.lock();
        try {
            Deque<Waiting> sessions = waiting.get(key);
            if (sessions == null || !isFit(sessions.getLast())) {
                return Optional.empty();
            }
            Waiting last = sessions.removeLast();
            if (sessions.isEmpty()) {
                waiting.remove(key);
            }
            count--;
            return Optional.of(last.session());
        } finally {
            lock.unlock();
        }
    }

    private boolean isFit(Waiting last) {
        return !isOld(last.session())
                && System.nanoTime() - last.since() < limits.idle().toNanos();
    }

    /// Closes a conversation with the endpoint that waits for a message under another demand, if there is one,
    /// to make room there.
    void closeOne(InetSocketAddress endpoint) {
        lock.lock();
        try {
            for (Iterator<Map.Entry<Key, Deque<Waiting>>> all =
                            waiting.entrySet().iterator();
                    all.hasNext(); ) {
                Map.Entry<Key, Deque<Waiting>> next = all.next();
                if (next.getKey().endpoint().equals(endpoint)) {
                    closeAside(next.getValue().removeFirst().session());
                    count--;
                    if (next.getValue().isEmpty()) {
                        all.remove();
                    }
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Takes a conversation back after a message, and closes it when it may serve no other.
    void giveBack(HostDecision.Try host, InetSocketAddress endpoint, HostSession session) {
        if (!keep(Key.of(host, endpoint), session)) {
            closeAside(session);
        }
    }

    private static boolean isOld(HostSession session) {
        return session.use().age().compareTo(LONGEST) > 0;
    }

    private boolean keep(Key key, HostSession session) {
        if (!session.smtp().isOpen() || session.use().messages() >= limits.messages() || isOld(session)) {
            return false;
        }
        lock.lock();
        try {
            if (closed || count >= limits.waiting()) {
                return false;
            }
            waiting.computeIfAbsent(key, _ -> new ArrayDeque<>()).addLast(new Waiting(session, System.nanoTime()));
            count++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(Math.clamp(limits.idle().toMillis() / 4, 10, 1000));
                long now = System.nanoTime();
                remove(now - limits.idle().toNanos()).forEach(SessionPool::closeAside);
            }
        } catch (InterruptedException e) {
            // The pool is closed.
            return;
        }
    }

    private List<HostSession> remove(long since) {
        List<HostSession> removed = new ArrayList<>();
        lock.lock();
        try {
            for (Iterator<Deque<Waiting>> all = waiting.values().iterator(); all.hasNext(); ) {
                Deque<Waiting> sessions = all.next();
                while (!sessions.isEmpty() && sessions.getFirst().since() - since <= 0) {
                    removed.add(sessions.removeFirst().session());
                }
                if (sessions.isEmpty()) {
                    all.remove();
                }
            }
            count -= removed.size();
            return removed;
        } finally {
            lock.unlock();
        }
    }

    /// A host may take its time to say goodbye; nobody waits for it.
    static void closeAside(HostSession session) {
        Thread.ofVirtual().name("session-close").start(session::close);
    }

    /// How many conversations wait.
    int waiting() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /// Says goodbye to all that wait; what is given back afterwards is closed.
    @Override
    public void close() {
        sweeper.interrupt();
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        List<Thread> closing = remove(System.nanoTime()).stream()
                .map(session -> Thread.ofVirtual().start(session::close))
                .toList();
        for (Thread thread : closing) {
            try {
                thread.join(Duration.ofSeconds(3));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
