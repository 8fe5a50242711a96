// SPDX-License-Identifier: Apache-2.0

/// The durable queue: what was acknowledged is here until every recipient is delivered, returned or dropped.
///
/// [Spool] is the seam; each store passes the suite `SpoolContract`. [PolicyMemory] is what outlives a restart
/// besides the queue.
///
/// ## A message's life in the embedded store
/// A draft is filled, in memory or in a file. Its commit appends a record to the [Journal] and, once that is
/// durable, makes it a [FreshMessage]. Leased and delivered, it leaves with a second record. What is deferred,
/// reported on or looked at by an operator is moved to the tables by [JournalMoves], as is what stays long; from there
/// on [Leases] knows who serves it and [GroupCommit] writes what becomes of it. [JournalRecovery] moves what a
/// crash left in the journal.
///
/// ## Locks, in the order in which they are taken
/// `settling` of messages, by ascending id; then what the threads of [GroupCommit] and [Journal] are waited for;
/// [FreshMessages]; [Leases]; [Readers]. The journal's own lock is the last, but for those of its files.
@NullMarked
package org.gatepost.spool;

import org.jspecify.annotations.NullMarked;
