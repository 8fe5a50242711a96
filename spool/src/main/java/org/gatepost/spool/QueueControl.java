// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.gatepost.names.DomainName;

/// What operators see of the queue and do to it, page by page. Safe for use by many threads; changes are made one
/// after the other. Every method throws [SpoolException] when the store cannot work.
public interface QueueControl {
    /// The recipients that a filter means, in the order of their messages.
    ///
    /// @param limit the most recipients in the page, from 1 to [#MAX_PAGE]
    Page select(QueueFilter filter, Position from, int limit);

    /// Changes the recipients that a filter means, durably and as one step for the page. Those that are being
    /// delivered are left as they are, whole: what becomes of them is known when the delivery ends.
    Changed change(QueueFilter filter, Change change, Position from, int limit);

    /// The recipient domains with the most messages, those first.
    List<DomainDepth> domains(int limit);

    /// The domains with recipients in service whose last failure is meant.
    ///
    /// @param failure judges what [QueueItem#failure] says
    /// @param limit the most domains
    List<DomainName> failedDomains(Predicate<String> failure, DomainName after, int limit);

    /// Has recipients of a domain served from now on who would wait longer, if their last failure is meant. Those on
    /// hold or being served wait on.
    ///
    /// @param spread over which they fall due, so that not all come at once
    /// @return how many
    int hasten(DomainName domain, Predicate<String> failure, Instant now, Duration spread);

    /// Recipients looked at or changed in one step, at most.
    int MAX_PAGE = 500;

    /// A place on a walk along the queue, which ends with what was queued when it began: reports that a change
    /// makes are not changed in turn.
    ///
    /// @param end the last place of the walk
    record Position(long key, long end) {
        public static final Position FIRST = new Position(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /// @param next where to go on; empty at the end
    record Page(List<QueueItem> items, Optional<Position> next) {
        public Page {
            items = List.copyOf(items);
        }
    }

    /// What a change is.
    sealed interface Change {
        /// Whoever is not on hold is due.
        record Retry(Instant due) implements Change {}

        /// Nobody is served before a release, however long that takes; the lifetime goes on.
        record Hold(Instant since) implements Change {}

        /// Whoever is on hold is in service again, and due.
        record Release(Instant due) implements Change {}

        /// They leave the queue undelivered.
        record Drop(Reports reports) implements Change {}
    }

    /// Makes the reports on recipients that are dropped.
    @FunctionalInterface
    interface Reports {
        /// Called once for a page, when it is settled whom the change concerns and before it is made.
        ///
        /// @return sealed drafts of the same spool, to become durable with the change; closed by the caller
        List<Spool.Draft> on(List<QueueItem> dropped);

        static Reports none() {
            return dropped -> List.of();
        }
    }

    /// What came of a change.
    ///
    /// @param changed as they were before
    /// @param beingDelivered whom the filter meant and a delivery kept
    /// @param unaffected for whom there was nothing to do: on hold already, or not
    record Changed(
            List<QueueItem> changed,
            List<QueueItem> beingDelivered,
            List<QueueItem> unaffected,
            Optional<Position> next) {
        public Changed {
            changed = List.copyOf(changed);
            beingDelivered = List.copyOf(beingDelivered);
            unaffected = List.copyOf(unaffected);
        }
    }

    /// What waits for one recipient domain.
    ///
    /// @param domain as mailboxes spell it: a name, or an address literal
    /// @param held recipients on hold
    /// @param oldest when its oldest message arrived
    /// @param due the earliest next attempt; empty when all are on hold
    /// @param failure the most frequent last failure; empty when nothing was tried yet
    /// @param failed recipients with that failure
    /// @param line the last result of one of these
    record DomainDepth(
            String domain,
            long messages,
            long recipients,
            long held,
            Instant oldest,
            Optional<Instant> due,
            String failure,
            long failed,
            String line) {}
}
