// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.spool.QueueTables.Incoming;
import org.gatepost.spool.Spool.Draft;
import org.gatepost.spool.Spool.Update;

/// Writes down what became of recipients, and takes in the reports that are made of it, in one durable step.
final class Results {
    private final EmbeddedStore store;
    private final FreshMessages fresh;
    private final Leases leases;
    private final JournalMoves moves;
    private final Arrivals arrivals;

    Results(EmbeddedStore store, FreshMessages fresh, Leases leases, JournalMoves moves, Arrivals arrivals) {
        this.store = store;
        this.fresh = fresh;
        this.leases = leases;
        this.moves = moves;
        this.arrivals = arrivals;
    }

    /// As [Spool#apply].
    void apply(List<Update> updates, List<Draft> reports) {
        List<Update> changes = List.copyOf(updates);
        changes.forEach(Results::check);
        List<EmbeddedDraft> drafts = reports.stream().map(this::own).toList();
        if (changes.isEmpty() && drafts.isEmpty()) {
            return;
        }
        if (drafts.isEmpty() && finishInJournal(changes)) {
            return;
        }
        NewMessages incoming = newMessages(drafts);
        List<String> files = moves.with(
                changes,
                new JournalMoves.Step<>(
                        incoming.octets(),
                        database -> applyAll(database, changes, incoming),
                        () -> leases.updated(changes)));
        stored(drafts, incoming);
        remove(files);
    }

    private NewMessages newMessages(List<EmbeddedDraft> drafts) {
        return new NewMessages(
                drafts.stream().map(_ -> store.nextId()).toList(),
                drafts.stream().map(EmbeddedDraft::sealed).toList());
    }

    private void stored(List<EmbeddedDraft> drafts, NewMessages incoming) {
        for (int i = 0; i < drafts.size(); i++) {
            drafts.get(i).committed();
            leases.arrived(incoming.ids().get(i), incoming.messages().get(i).due());
        }
    }

    private void remove(List<String> files) {
        files.forEach(name -> store.files().remove(store.files().resolve(name)));
    }

    /// The end of a message that is in the journal, which needs nothing of the tables.
    ///
    /// @return whether it was that
    private boolean finishInJournal(List<Update> changes) {
        MessageId id = changes.getFirst().recipient().message();
        boolean plain = changes.stream()
                .allMatch(update -> update instanceof Update.Finished
                        && update.recipient().message().equals(id));
        Optional<FreshMessage> message = plain ? fresh.find(id) : Optional.empty();
        return message.isPresent()
                && moves.finish(
                        message.get(),
                        changes.stream()
                                .map(update -> update.recipient().index())
                                .toList());
    }

    /// What else becomes durable with new messages.
    interface Beside {
        /// @param arrived when each of the messages did
        void apply(Database database, List<Instant> arrived, List<MessageId> ids) throws SQLException;
    }

    /// Stores sealed drafts and makes a change in one durable step.
    ///
    /// @return the messages' ids, in their order
    List<MessageId> store(List<Draft> messages, Beside change) {
        List<EmbeddedDraft> drafts = messages.stream().map(this::own).toList();
        NewMessages incoming = newMessages(drafts);
        if (!drafts.isEmpty()) {
            arrivals.checkReserve();
        }
        store.writer().commit(incoming.octets(), database -> {
            incoming.insert(database);
            change.apply(
                    database,
                    incoming.messages().stream().map(Incoming::arrived).toList(),
                    incoming.ids());
            return true;
        });
        stored(drafts, incoming);
        return incoming.ids();
    }

    private static void check(Update update) {
        switch (update) {
            case Update.Finished _ -> {}
            case Update.Deferred deferred -> Nanos.of(deferred.due());
        }
    }

    private record NewMessages(List<MessageId> ids, List<Incoming> messages) {
        long octets() {
            return messages.stream()
                    .mapToLong(message -> message.content().size())
                    .sum();
        }

        void insert(Database database) throws SQLException {
            for (int i = 0; i < ids.size(); i++) {
                QueueTables.insert(database, ids.get(i), messages.get(i));
            }
        }
    }

    /// @return the files of contents that no message has any more
    private static List<String> applyAll(Database database, List<Update> updates, NewMessages reports)
            throws SQLException {
        List<String> files = new ArrayList<>();
        for (Update update : updates) {
            switch (update) {
                case Update.Finished(QueuedRecipient recipient) ->
                    QueueTables.finish(database, recipient).ifPresent(files::add);
                case Update.Deferred deferred -> QueueTables.defer(database, deferred);
            }
        }
        reports.insert(database);
        return files;
    }

    /// Ends recipients whose messages are in the tables in one durable step with the reports on them.
    void drop(List<QueuedRecipient> recipients, List<Draft> reports) {
        List<EmbeddedDraft> drafts = reports.stream().map(this::own).toList();
        NewMessages incoming = newMessages(drafts);
        List<Update> ends = recipients.stream()
                .map(one -> (Update) new Update.Finished(one))
                .toList();
        List<String> files = store.writer().commit(incoming.octets(), database -> applyAll(database, ends, incoming));
        stored(drafts, incoming);
        remove(files);
    }

    private EmbeddedDraft own(Draft draft) {
        if (draft instanceof EmbeddedDraft own && own.isOf(arrivals)) {
            return own;
        }
        throw new IllegalArgumentException("a report is a draft of the same spool");
    }
}
