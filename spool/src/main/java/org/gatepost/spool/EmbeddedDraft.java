// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.OutputStream;
import java.time.Instant;
import org.gatepost.spool.QueueTables.Incoming;
import org.jspecify.annotations.Nullable;

/// A message being taken in by an [EmbeddedSpool].
///
/// A commit that failed may be tried again, unless it was the content that could not be written.
final class EmbeddedDraft implements Spool.Draft {
    private enum Stage {
        OPEN,
        SEALED,
        COMMITTED,
        CLOSED
    }

    private final Arrivals arrivals;
    private final ContentBuffer content;
    private Stage stage = Stage.OPEN;
    private @Nullable Incoming sealed;

    EmbeddedDraft(Arrivals arrivals, ContentBuffer content) {
        this.arrivals = arrivals;
        this.content = content;
    }

    boolean isOf(Arrivals other) {
        return arrivals == other;
    }

    @Override
    public OutputStream content() {
        require(stage == Stage.OPEN, "the content is complete");
        return content;
    }

    @Override
    public MessageId commit(Envelope envelope, Instant arrived, Instant due) {
        require(stage == Stage.OPEN, "the draft is sealed, committed or closed");
        MessageId id = arrivals.commit(complete(envelope, arrived, due));
        committed();
        return id;
    }

    @Override
    public void seal(Envelope envelope, Instant arrived, Instant due) {
        require(stage == Stage.OPEN, "the draft is sealed, committed or closed");
        sealed = complete(envelope, arrived, due);
        stage = Stage.SEALED;
    }

    private Incoming complete(Envelope envelope, Instant arrived, Instant due) {
        QueueTables.check(envelope);
        Nanos.of(arrived);
        Nanos.of(due);
        return new Incoming(envelope, arrived, due, content.finish());
    }

    /// @throws IllegalStateException unless the draft is sealed and neither committed nor closed
    Incoming sealed() {
        if (stage != Stage.SEALED || sealed == null) {
            throw new IllegalStateException("a report is a sealed draft, applied once");
        }
        return sealed;
    }

    /// The message is durable; its content belongs to the queue now.
    void committed() {
        stage = Stage.COMMITTED;
        sealed = null;
        content.release();
    }

    @Override
    public void close() {
        if (stage == Stage.OPEN || stage == Stage.SEALED) {
            stage = Stage.CLOSED;
            sealed = null;
            content.discard();
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
