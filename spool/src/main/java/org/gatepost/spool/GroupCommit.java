// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one thread that writes. Whatever callers hand in while it is busy with the disk becomes one transaction,
/// and so one sync, when it comes back: batches grow with the load and nobody waits for company.
///
/// When a batch fails, it is rolled back and each of its changes is tried in a transaction of its own, so that
/// a caller is told only of its own failure. A change may thus run twice: it must touch nothing but the
/// database.
///
/// A sync that fails leaves open whether the disk holds the change. Its caller is told that it failed; should
/// the machine die before the next commit overwrites the place, the change may be found there after all: a
/// message may then come twice, but none is lost.
final class GroupCommit implements AutoCloseable {
    /// One change; all of it becomes durable, or none.
    interface Change<T> {
        T apply(Database database) throws SQLException;
    }

    private static final class Pending<T> {
        final Change<T> change;
        final long octets;
        final Consumer<Throwable> failed;
        private final Answer<Boolean> made = new Answer<>();
        private @Nullable T result; // published by `made`, as is what follows
        private @Nullable Throwable failure;

        Pending(Change<T> change, long octets, Consumer<Throwable> failed) {
            this.change = change;
            this.octets = octets;
            this.failed = failed;
        }

        void apply(Database database) throws SQLException {
            result = Objects.requireNonNull(change.apply(database));
        }

        void succeed() {
            made.tell(Boolean.TRUE);
        }

        /// Not when it has succeeded.
        void fail(Throwable trouble) {
            if (!made.isTold()) {
                failure = trouble;
                made.tell(Boolean.FALSE);
            }
        }

        /// @throws SpoolException when the change was not made
        T await() {
            if (made.await()) {
                return Objects.requireNonNull(result);
            }
            if (failure instanceof SpoolException fault) {
                throw new SpoolException(String.valueOf(fault.getMessage()), fault);
            }
            throw new IllegalStateException("the spool's writer failed", failure);
        }

        void tellFailure() {
            if (failure != null) {
                try {
                    failed.accept(failure);
                } catch (RuntimeException | Error e) {
                    // It was to be told only; the writer goes on.
                    return;
                }
            }
        }
    }

    private final Path file;
    private final StoreFaults faults;
    private final StoreSettings settings;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition taken = lock.newCondition();
    private final Deque<Pending<?>> queue; // as large as it may become; guarded by lock
    private boolean closed; // guarded by lock
    private volatile @Nullable Pending<?> lastSubmitted;

    // The writer thread's own.
    private final List<Pending<?>> batch;
    private @Nullable Database database;

    GroupCommit(Path file, StoreFaults faults, StoreSettings settings) {
        this.file = file;
        this.faults = faults;
        this.settings = settings;
        this.queue = new ArrayDeque<>(settings.pending() + 1);
        this.batch = new ArrayList<>(settings.batchOperations());
        // A platform thread: calls into SQLite would pin a virtual one to its carrier all the time.
        this.thread = Thread.ofPlatform().name("spool-writer").daemon(true).start(this::work);
    }

    /// Returns when the change is durable. An interrupt does not end the wait, since the outcome must be known.
    ///
    /// @param octets of content in the change
    /// @throws SpoolException when the change was not made
    <T> T commit(long octets, Change<T> change) {
        var pending = new Pending<>(change, octets, GroupCommit::isAwaited);
        enqueue(pending);
        return pending.await();
    }

    /// Hands a change in without waiting for the disk: it is made before any change that is handed in later, and
    /// durable no later than that one. One that fails is told to `failed`, on the writer's thread.
    <T> void submit(Change<T> change, Consumer<Throwable> failed) {
        var pending = new Pending<>(change, 0, failed);
        lock.lock();
        try {
            enqueue(pending);
            lastSubmitted = pending;
        } finally {
            lock.unlock();
        }
    }

    private static void isAwaited(Throwable failure) {}

    /// Returns when what was submitted before this call is durable, or has failed.
    void awaitSubmitted() {
        Pending<?> last = lastSubmitted;
        if (last != null) {
            last.made.await();
        }
    }

    private void enqueue(Pending<?> pending) {
        lock.lock();
        try {
            while (queue.size() >= settings.pending() && !closed) {
                taken.awaitUninterruptibly();
            }
            if (closed) {
                throw faults.closed();
            }
            queue.add(pending);
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        boolean more = true;
        while (more) {
            try {
                more = take();
                if (more) {
                    commit(batch);
                }
            } catch (RuntimeException | Error e) {
                // Not even the failure went as it should: nobody may wait for it all the same.
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).fail(e);
                }
            }
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).tellFailure();
            }
        }
        if (database != null) {
            database.close();
        }
    }

    /// Waits for changes and fills the batch with them.
    ///
    /// @return whether there are any; not when the store is closed and all are done
    private boolean take() {
        batch.clear();
        lock.lock();
        try {
            while (queue.isEmpty() && !closed) {
                arrived.awaitUninterruptibly();
            }
            long octets = 0;
            for (var next = queue.peek(); next != null && fits(batch.size(), octets + next.octets); ) {
                batch.add(queue.remove());
                octets += next.octets;
                next = queue.peek();
            }
            taken.signalAll();
            return !batch.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private boolean fits(int operations, long octets) {
        return operations == 0 || (operations < settings.batchOperations() && octets <= settings.batchOctets());
    }

    private void commit(List<Pending<?>> changes) {
        try {
            transact(changes);
        } catch (SQLException | RuntimeException | Error e) {
            rollBack();
            if (changes.size() == 1) {
                changes.getFirst().fail(e instanceof SQLException sql ? faults.of(sql) : e);
            } else {
                changes.forEach(single -> commit(List.of(single)));
            }
            return;
        }
        for (int i = 0; i < changes.size(); i++) {
            changes.get(i).succeed();
        }
    }

    private void transact(List<Pending<?>> changes) throws SQLException {
        Database connection = database;
        if (connection == null) {
            connection = Database.toWrite(file);
            database = connection;
        }
        connection.execute("BEGIN IMMEDIATE");
        for (Pending<?> pending : changes) {
            pending.apply(connection);
        }
        connection.execute("COMMIT");
    }

    private void rollBack() {
        Database connection = database;
        if (connection == null) {
            return;
        }
        try {
            connection.execute("ROLLBACK");
        } catch (SQLException | RuntimeException | Error e) {
            // SQLite has rolled back by itself, as on a full disk, or the connection is broken: begin anew.
            database = null;
            connection.close();
        }
    }

    /// Changes that wait for the writer now.
    int waiting() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /// Makes durable what is queued, refuses what comes, and waits for the end of it.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
            taken.signalAll();
        } finally {
            lock.unlock();
        }
        Ended.await(thread);
    }
}
