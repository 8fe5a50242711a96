// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;

/// Which unfinished recipients are meant: those for whom everything that is given holds. Mailboxes are compared in
/// any case.
///
/// @param messages only of these; empty for all
/// @param domain of the recipient
/// @param sender the message's reverse-path
/// @param arrivedUntil when the message arrived, at the latest
/// @param held only those on hold
/// @param failure a word of what kept the last attempt from succeeding, such as `4.7.323` or `ee-key-mismatch`
public record QueueFilter(
        List<MessageId> messages,
        Optional<DomainName> domain,
        Optional<Sender> sender,
        Optional<Mailbox> recipient,
        Optional<Instant> arrivedUntil,
        boolean held,
        Optional<String> failure) {
    /// Messages named at once, at most.
    public static final int MAX_MESSAGES = 1000;

    /// The whole queue.
    public static final QueueFilter ALL = new QueueFilter(
            List.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false, Optional.empty());

    public QueueFilter {
        messages = messages.stream().distinct().sorted().toList();
        if (messages.size() > MAX_MESSAGES) {
            throw new IllegalArgumentException("at most " + MAX_MESSAGES + " messages are named at once");
        }
    }

    /// All recipients of one message.
    public static QueueFilter of(MessageId message) {
        return new QueueFilter(
                List.of(message),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty());
    }

    /// Whose messages are meant.
    public sealed interface Sender {
        /// Those with the null reverse-path, such as reports on failed deliveries.
        record Nobody() implements Sender {
            @Override
            public String toString() {
                return "<>";
            }
        }

        record One(Mailbox mailbox) implements Sender {
            @Override
            public String toString() {
                return mailbox.toString();
            }
        }

        /// Everybody at a domain.
        record Everybody(DomainName domain) implements Sender {
            @Override
            public String toString() {
                return "@" + domain;
            }
        }

        /// Reads a mailbox, `@domain` for everybody there, or `<>` for nobody.
        ///
        /// @throws org.gatepost.names.NameSyntaxException with the place and the rule
        static Sender parse(String text) {
            if (text.equals("<>")) {
                return new Nobody();
            }
            return text.startsWith("@")
                    ? new Everybody(DomainName.parse(text.substring(1)))
                    : new One(Mailbox.parse(text));
        }
    }
}
