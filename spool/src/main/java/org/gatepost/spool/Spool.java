// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The durable queue. Safe for use by many threads. Every method that changes something returns only when the
/// change survives a `kill -9` and a power cut, and then all of it does or none. Every method throws
/// [SpoolException] when the store cannot work.
public interface Spool extends AutoCloseable {
    /// Starts taking in a message. Nothing is visible, and nothing remains after a crash, until [Draft#commit].
    Draft draft();

    /// Recipients that are due at the instant, earliest first, at most `limit`; those in `leased` state are
    /// left out. The ones returned are leased to the caller, in memory only, until an [Update] or [#release]
    /// names them: a restart forgets leases, so that what was in flight is tried again.
    List<QueuedRecipient> lease(Instant now, int limit);

    /// Gives leased recipients back unchanged, also those whose service has begun.
    void release(List<QueuedRecipient> recipients);

    /// Leased recipients, of whom only this was kept, as they stand now. Those that are not in the queue any more,
    /// since
    /// an operator dropped them, or cannot be read are left out, and leased until they are given back.
    List<QueuedRecipient> reread(List<RecipientId> leased);

    /// Gives recipients back of whom only this was kept. Whoever is being served stays so.
    void giveBack(List<RecipientId> recipients);

    /// Begins the service of leased recipients, once for each lease: until an [Update] or [#release] an operator can
    /// neither hold nor drop them.
    ///
    /// @return those still to be served; the others were held or dropped since they were leased, and their leases
    /// are over
    List<QueuedRecipient> begin(List<QueuedRecipient> leased);

    /// Ends the service of recipients without a result: they stay leased, and may be begun again.
    void suspend(List<QueuedRecipient> begun);

    /// When the next recipient that is not leased falls due.
    Optional<Instant> nextDue();

    Optional<QueuedMessage> message(MessageId id);

    /// The message's content as received, CRLF line ends, no dot-stuffing. The caller closes the stream.
    InputStream content(MessageId id);

    /// Applies the results of one delivery in one durable step, with any report message that they cause: either
    /// both the recipients' new state and the report are there after a crash, or neither. A message whose last
    /// recipient is finished is removed with its content.
    void apply(List<Update> updates, List<Draft> reports);

    /// What is queued, oldest first, at most `limit` messages from the id onward, with their unfinished
    /// recipients.
    List<Entry> list(MessageId from, int limit);

    /// How much is queued.
    Depth depth();

    /// What operators see of the queue and do to it.
    QueueControl control();

    @Override
    void close();

    /// A message being taken in. Not safe for use by several threads. Closing without commit discards it.
    interface Draft extends AutoCloseable {
        /// Where the content goes, CRLF line ends, no dot-stuffing.
        OutputStream content();

        /// Makes the message durable.
        ///
        /// @param due when the first attempt may be made
        MessageId commit(Envelope envelope, Instant arrived, Instant due);

        /// Fixes the envelope without committing: the draft becomes durable as one of the reports of
        /// [Spool#apply].
        void seal(Envelope envelope, Instant arrived, Instant due);

        @Override
        void close();
    }

    /// What became of one leased recipient.
    sealed interface Update {
        QueuedRecipient recipient();

        /// Delivered, returned or dropped: nothing more to do.
        record Finished(QueuedRecipient recipient) implements Update {}

        /// Another attempt at `due`.
        ///
        /// @param line what happened, appended to the history
        /// @param failure the same in a few words for filters, parted by spaces; empty when none fit
        /// @param delayReported whether the sender has been told that the message is late, at the latest by
        ///     a report of the same step; never forgotten again
        record Deferred(QueuedRecipient recipient, Instant due, String line, String failure, boolean delayReported)
                implements Update {
            /// With nothing new told to the sender.
            public Deferred(QueuedRecipient recipient, Instant due, String line, String failure) {
                this(recipient, due, line, failure, recipient.delayReported());
            }

            /// Without words for filters, and with nothing new told to the sender.
            public Deferred(QueuedRecipient recipient, Instant due, String line) {
                this(recipient, due, line, "");
            }
        }
    }

    /// One message and its unfinished recipients.
    record Entry(QueuedMessage message, List<QueuedRecipient> recipients) {
        public Entry {
            recipients = List.copyOf(recipients);
        }
    }

    /// @param messages with at least one unfinished recipient
    /// @param octets of their content
    record Depth(long messages, long recipients, long octets) {}
}
