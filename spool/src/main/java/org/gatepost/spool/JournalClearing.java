// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Frees files of the journal, and moves what stays long in them where few are left. A thread of its own does
/// that, in small steps, and nobody waits for it.
final class JournalClearing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalClearing.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(10); // while it fails

    private final EmbeddedStore store;
    private final JournalMoves moves;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    JournalClearing(EmbeddedStore store, JournalMoves moves) {
        this.store = store;
        this.moves = moves;
        this.thread = Thread.ofPlatform().name("journal-clearing").daemon(true).start(this::work);
    }

    private void work() {
        try {
            Duration pause = LOOK;
            while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = makeRoomOrTell() ? LOOK : longer(pause);
            }
        } catch (InterruptedException e) {
            LOG.error("spool: the thread that clears the journal was interrupted; the journal is not used on");
        } finally {
            clear();
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
    }

    private boolean makeRoomOrTell() {
        try {
            return makeRoom();
        } catch (IOException | RuntimeException | Error e) {
            LastWords.error(LOG, "spool: the journal cannot be cleared, trying again", e);
        }
        return false;
    }

    /// @return not when there is something that cannot be moved
    private boolean makeRoom() throws IOException {
        retire();
        Optional<JournalSegment> crowded = store.journal().crowded();
        if (crowded.isEmpty()) {
            return true;
        }
        JournalSegment oldest = crowded.get();
        boolean all = moves.move(message -> message.place.segment() == oldest);
        retire();
        return all;
    }

    private void retire() throws IOException {
        if (!store.journal().hasIdle()) {
            return;
        }
        while (store.journal().hasIdle()) {
            // What is erased may be all that knows how far the ids have come.
            store.writer().commit(0, database -> {
                QueueTables.reserveIds(database, store.lastId());
                return true;
            });
            store.journal().retire();
        }
        // The lowest id is asked for by the thread that also notes what moved, so that no note is lost.
        store.writer()
                .commit(
                        0,
                        database -> QueueTables.forgetMoved(
                                database, store.journal().lowestId()));
    }

    /// Moves everything to the tables and frees the files; what fails is left to the next start.
    private void clear() {
        store.journal().end();
        try {
            moves.all();
            retire();
        } catch (SpoolException | IOException e) {
            LOG.warn("spool: the journal is not cleared and is read at the next start: {}", e.getMessage());
        } catch (RuntimeException | Error bug) {
            LOG.error("spool: a defect of ours: the journal is not cleared and is read at the next start", bug);
        }
    }

    /// Ends the journal. The thread of it does the last, so that neither an interrupt nor a failure there keeps
    /// the store from closing the rest.
    @Override
    public void close() {
        closing.countDown();
        Ended.await(thread);
    }
}
