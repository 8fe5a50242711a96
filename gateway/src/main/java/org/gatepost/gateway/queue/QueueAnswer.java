// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A piece of an answer about the queue. An answer is a [Begun], then messages each followed by its recipients, or
/// domains, or steps of progress, and one [End].
///
/// Texts that strangers wrote are printable and cut.
public sealed interface QueueAnswer {
    /// @param time the gateway's clock
    record Begun(Instant time) implements QueueAnswer {}

    /// @param sender empty for the null reverse-path
    /// @param size of the content in octets
    /// @param detail when one message was asked for
    record Message(String id, Instant arrived, long size, String sender, Optional<Detail> detail)
            implements QueueAnswer {}

    /// What is told of one message only.
    ///
    /// @param client who handed it in
    /// @param recipients of the envelope, finished ones too
    /// @param handling how it is sent: `usual`, `tls-required`, `tls-not-required` or `tls-report`
    /// @param header its lines, when they were asked for
    record Detail(
            String client,
            int recipients,
            boolean smtpUtf8,
            boolean eightBitMime,
            String handling,
            Optional<List<String>> header) {}

    /// An unfinished recipient of the message before.
    ///
    /// @param due when it is tried next, also when that time has passed; of no meaning on hold
    /// @param held since when it is on hold
    /// @param failure code and reason of the last failure; empty before the first
    /// @param lastResult empty before the first attempt
    /// @param history all results that are kept, oldest first; only when one message was asked for
    record Recipient(
            String mailbox,
            State state,
            Instant due,
            int attempts,
            Optional<Instant> held,
            String failure,
            String lastResult,
            Optional<List<String>> history)
            implements QueueAnswer {}

    enum State {
        WAITING,
        DUE,
        HELD,
        BEING_DELIVERED;

        /// As JSON has it, such as `being-delivered`.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// @param due the earliest next attempt; empty when all are on hold
    /// @param failure the most frequent last failure, and `failed` who has it; empty when nothing was tried yet
    record Domain(
            String domain,
            long messages,
            long recipients,
            long held,
            Instant oldest,
            Optional<Instant> due,
            String failure,
            long failed,
            String lastResult)
            implements QueueAnswer {}

    /// A change goes on.
    record Progress(long recipients) implements QueueAnswer {}

    /// The last piece.
    sealed interface End extends QueueAnswer {}

    /// All that was asked for was shown.
    ///
    /// @param more whether the limit left something out
    record Shown(long messages, long recipients, long octets, boolean more, Whole queue) implements End {}

    /// All that is in the queue.
    record Whole(long messages, long recipients, long octets) {}

    /// A change was made, or rehearsed.
    ///
    /// @param messages with changed recipients
    /// @param beingDelivered recipients that were meant and left alone, since a delivery of them is under way
    /// @param unaffected recipients for whom there was nothing to do: on hold already, or not on hold
    /// @param told senders' reports that were made
    record Done(
            QueueRequest.Action action,
            boolean rehearsal,
            long messages,
            long recipients,
            long beingDelivered,
            long unaffected,
            long told)
            implements End {}

    /// Nothing was done: so much would be dropped, and that was not confirmed.
    record Unconfirmed(long messages, long recipients) implements End {}

    /// It could not be done, or not to its end.
    record Failed(String reason) implements End {}
}
