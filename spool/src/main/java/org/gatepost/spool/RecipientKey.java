// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// A recipient's key in the database: its message's id and its place in the envelope in one number, so that a
/// message's recipients lie side by side and one integer names each.
final class RecipientKey {
    /// Recipients of one message, at most.
    static final int MAX_RECIPIENTS = 1 << 16;

    private RecipientKey() {}

    static long of(MessageId message, int index) {
        return (message.value() << 16) + index;
    }

    static long of(QueuedRecipient recipient) {
        return of(recipient.message(), recipient.index());
    }

    static long of(RecipientId recipient) {
        return of(recipient.message(), recipient.index());
    }

    static long first(long message) {
        return message << 16;
    }

    static long last(long message) {
        return first(message) + MAX_RECIPIENTS - 1;
    }

    static long message(long key) {
        return key >> 16;
    }

    static int index(long key) {
        return (int) (key & (MAX_RECIPIENTS - 1));
    }
}
