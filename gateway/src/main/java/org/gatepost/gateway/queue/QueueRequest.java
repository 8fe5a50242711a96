// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.util.List;
import java.util.Locale;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueFilter;

/// What an operator asks of the queue.
public sealed interface QueueRequest {
    /// Messages, or domains, shown at once, at most.
    int MOST_SHOWN = 100_000;

    /// Messages with the recipients that the filter means, oldest first.
    ///
    /// @param limit the most messages, up to [#MOST_SHOWN]
    record Find(QueueFilter filter, int limit) implements QueueRequest {
        public Find {
            check(limit, MOST_SHOWN);
        }
    }

    /// One message with everything that is known of it.
    ///
    /// @param header whether its header is wanted, too
    record Show(MessageId message, boolean header) implements QueueRequest {}

    /// The recipient domains with the most messages.
    record Summary(int limit) implements QueueRequest {
        /// Domains shown at once, at most.
        public static final int MOST = 500;

        public Summary {
            check(limit, MOST);
        }
    }

    /// Changes whatever the filter means.
    record Act(Action action, QueueFilter filter, Manner manner) implements QueueRequest {
        /// The same, of one message.
        Act only(MessageId message) {
            return new Act(
                    action,
                    new QueueFilter(
                            List.of(message),
                            filter.domain(),
                            filter.sender(),
                            filter.recipient(),
                            filter.arrivedUntil(),
                            filter.held(),
                            filter.failure()),
                    manner);
        }
    }

    /// How a change is made.
    ///
    /// @param rehearsal nothing is changed, only counted
    /// @param confirmed whether more than one message may be dropped
    /// @param telling whether senders of what is dropped are told
    record Manner(boolean rehearsal, boolean confirmed, boolean telling) {}

    enum Action {
        RETRY,
        HOLD,
        RELEASE,
        DROP;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static void check(int limit, int most) {
        if (limit < 1 || limit > most) {
            throw new IllegalArgumentException("a limit goes from 1 to " + most + ", not " + limit);
        }
    }
}
