// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.gatepost.spool.QueueTables.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The queue of an [EmbeddedStore].
///
/// Beyond the contract: after an [#apply] that failed, its recipients stay leased and its drafts sealed, so
/// that the caller may try again or [#release]. An update of a recipient that is finished already changes
/// nothing. Closing the queue closes the store.
final class EmbeddedSpool implements Spool {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedSpool.class);

    /// Moving writes to SQLite's log, and from there to the database.
    private static final int MOVE_FACTOR = 3;

    /// Octets that the tables need for a recipient, with its share of its message.
    private static final long MOVE_OVERHEAD = 1024;

    private final EmbeddedStore store;
    private final Leases leases;
    private final FreshMessages fresh = new FreshMessages();
    private final JournalMoves moves;
    private final QueueControl control;
    private final AtomicInteger turns = new AtomicInteger();

    EmbeddedSpool(EmbeddedStore store) {
        this.store = store;
        this.leases = new Leases(store.readers());
        this.moves = new JournalMoves(store, fresh, leases);
        this.control = new EmbeddedQueueControl(store, this, leases);
    }

    @Override
    public Draft draft() {
        return new EmbeddedDraft(
                this, new ContentBuffer(store.files(), store.settings().spillThreshold()));
    }

    /// Stores one new message: in the journal when it can be served at once, for most are finished soon and need
    /// no place in the tables.
    MessageId commit(Incoming message) {
        long space = checkReserve();
        MessageId id = store.nextId();
        boolean atOnce = !message.due().isAfter(message.arrived());
        boolean offered = atOnce && hasRoomInJournal(space);
        switch (offered ? commitToJournal(id, message) : new Journal.Outcome.Refused()) {
            case Journal.Outcome.Written(Journal.Place _) -> {}
            case Journal.Outcome.Refused() -> commitToTables(id, message, false);
            case Journal.Outcome.Unknown() -> commitToTables(id, message, true);
        }
        return id;
    }

    /// @param mayBeInJournal what the journal says of it must not count then
    private void commitToTables(MessageId id, Incoming message, boolean mayBeInJournal) {
        store.writer().commit(message.content().size(), database -> {
            QueueTables.insert(database, id, message);
            if (mayBeInJournal) {
                QueueTables.markMoved(database, id);
            }
            return id;
        });
        leases.arrived(id, message.due());
    }

    /// What the journal holds may have to move to the tables, so that room for it is kept there.
    private boolean hasRoomInJournal(long space) {
        Depth depth = fresh.depth();
        long needed = MOVE_FACTOR * (depth.octets() + MOVE_OVERHEAD * (1 + depth.recipients()));
        return depth.messages() < FreshMessages.MOST
                && depth.recipients() < FreshMessages.MOST_RECIPIENTS
                && space - store.settings().reserve() > needed;
    }

    private Journal.Outcome commitToJournal(MessageId id, Incoming message) {
        Optional<byte[]> envelope = EnvelopeCodec.encode(message.envelope());
        if (envelope.isEmpty()) {
            return new Journal.Outcome.Refused();
        }
        byte[] head = JournalRecord.accepted(id, message, envelope.get());
        byte[] content = JournalRecord.inline(message.content());
        Journal.Outcome outcome = store.journal().accepted(id, head, content);
        if (outcome instanceof Journal.Outcome.Written(Journal.Place at)) {
            addFresh(id, message, at, head.length);
        }
        return outcome;
    }

    private void addFresh(MessageId id, Incoming message, Journal.Place record, int head) {
        try {
            fresh.add(new FreshMessage(
                    new QueuedMessage(
                            id,
                            message.envelope(),
                            message.arrived(),
                            message.content().size()),
                    message.due(),
                    message.content(),
                    new Journal.Place(record.segment(), record.offset() + head)));
        } catch (Error e) {
            // The message is refused: the file of its record must not wait for its end.
            store.journal().left(record.segment());
            throw e;
        }
    }

    /// @return the octets that are free
    private long checkReserve() {
        long space = store.faults().usableSpace();
        if (space < store.settings().reserve()) {
            throw store.faults().belowReserve(store.settings().reserve());
        }
        return space;
    }

    /// Stored recipients come first, for they have waited longer, but half the places are for new ones; the odd
    /// place is for either in turn. Each has what the other leaves.
    @Override
    public List<QueuedRecipient> lease(Instant now, int limit) {
        int forStored = limit / 2 + (limit & turns.incrementAndGet() & 1);
        List<QueuedRecipient> leased = new ArrayList<>();
        if (forStored > 0) {
            leased.addAll(leases.lease(now, forStored));
        }
        boolean moreStored = leased.size() == forStored;
        leased.addAll(fresh.lease(now, limit - leased.size()));
        if (moreStored && leased.size() < limit) {
            leased.addAll(leases.lease(now, limit - leased.size()));
        }
        return leased;
    }

    @Override
    public List<QueuedRecipient> reread(List<RecipientId> leased) {
        List<QueuedRecipient> found = new ArrayList<>();
        List<RecipientId> others = new ArrayList<>();
        for (RecipientId id : leased) {
            fresh.recipient(id).ifPresentOrElse(found::add, () -> others.add(id));
        }
        if (!others.isEmpty()) {
            found.addAll(store.readers().read(database -> QueueTables.recipients(database, others)));
        }
        return found;
    }

    @Override
    public void release(List<QueuedRecipient> recipients) {
        List<RecipientId> ids = recipients.stream().map(QueuedRecipient::id).toList();
        leases.release(fresh.release(ids, true), true);
    }

    @Override
    public void giveBack(List<RecipientId> recipients) {
        leases.release(fresh.release(recipients, false), false);
    }

    @Override
    public void suspend(List<QueuedRecipient> begun) {
        leases.suspend(fresh.suspend(begun));
    }

    @Override
    public List<QueuedRecipient> begin(List<QueuedRecipient> leased) {
        var begun = new HashSet<>(fresh.begin(leased));
        begun.addAll(
                leases.begin(leased.stream().filter(one -> !begun.contains(one)).toList()));
        return leased.stream().filter(begun::contains).toList();
    }

    @Override
    public QueueControl control() {
        return control;
    }

    /// Brings into the tables whatever is queued elsewhere, before the queue is looked at or changed as a whole.
    void settleFresh() {
        moves.all();
    }

    /// The same before it is only looked at, which a disk that cannot be written must not prevent: what is new is not
    /// seen then.
    void settleFreshIfPossible() {
        try {
            settleFresh();
        } catch (SpoolException e) {
            LOG.error("spool: new messages are not shown in the queue: {}", e.getMessage());
        }
    }

    @Override
    public Optional<Instant> nextDue() {
        Optional<Instant> stored = leases.nextDue();
        return fresh.nextDue()
                .map(due -> stored.filter(other -> other.isBefore(due)).orElse(due))
                .or(() -> stored);
    }

    @Override
    public Optional<QueuedMessage> message(MessageId id) {
        return fresh.find(id).map(found -> found.message).or(() -> stored(id));
    }

    private Optional<QueuedMessage> stored(MessageId id) {
        try {
            return store.readers()
                    .read(database -> QueueTables.entry(database, id.value()))
                    .map(Entry::message);
        } catch (IllegalArgumentException e) {
            throw store.faults().damagedRecord("message " + id, e);
        }
    }

    /// Beyond the contract: messages whose records are damaged are logged and left out.
    @Override
    public List<Entry> list(MessageId from, int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("a negative limit: " + limit);
        }
        settleFreshIfPossible();
        return store.readers().read(database -> {
            List<Entry> entries = new ArrayList<>();
            List<Long> ids = QueueTables.ids(database, from.value(), limit);
            while (!ids.isEmpty()) {
                for (long id : ids) {
                    soundEntry(database, id).ifPresent(entries::add);
                }
                ids = QueueTables.ids(database, ids.getLast() + 1, limit - entries.size());
            }
            return entries;
        });
    }

    private static Optional<Entry> soundEntry(Database database, long id) throws SQLException {
        try {
            return QueueTables.entry(database, id);
        } catch (IllegalArgumentException e) {
            LOG.error("spool: message {} is damaged and stays in the queue unlisted", new MessageId(id));
            return Optional.empty();
        }
    }

    @Override
    public Depth depth() {
        Depth stored = store.readers().read(QueueTables::depth);
        Depth other = fresh.depth();
        return new Depth(
                stored.messages() + other.messages(),
                stored.recipients() + other.recipients(),
                stored.octets() + other.octets());
    }

    /// @throws SpoolException also when the message is not in the queue, or its content is damaged; damage to a
    ///     large content is found only at its end, where the stream throws an [IOException]
    @Override
    public InputStream content(MessageId id) {
        Optional<StoredContent> inJournal = fresh.find(id).flatMap(moves::content);
        return inJournal.isPresent() ? open(id, inJournal.get()) : open(id, storedContent(id));
    }

    private StoredContent storedContent(MessageId id) {
        return store.readers()
                .read(database -> QueueTables.content(database, id))
                .orElseThrow(() -> new SpoolException("message " + id + " is not in the queue", null));
    }

    private InputStream open(MessageId id, StoredContent content) {
        return switch (content.place()) {
            case StoredContent.Place.Inline(byte[] octets) -> inline(id, content, octets);
            case StoredContent.Place.File(String name) ->
                file(id, content, store.files().resolve(name));
        };
    }

    private InputStream inline(MessageId id, StoredContent content, byte[] octets) {
        var crc = new CRC32C();
        crc.update(octets, 0, octets.length);
        if (crc.getValue() != content.crc() || octets.length != content.size()) {
            throw store.faults().damagedRecord("the content of message " + id, null);
        }
        return new ByteArrayInputStream(octets);
    }

    private InputStream file(MessageId id, StoredContent content, Path file) {
        try {
            return new CheckedContent(Files.newInputStream(file), content, "the content of message " + id);
        } catch (IOException e) {
            throw store.faults().damagedRecord("the content of message " + id + " (" + file + ")", e);
        }
    }

    @Override
    public void apply(List<Update> updates, List<Draft> reports) {
        List<Update> changes = List.copyOf(updates);
        changes.forEach(EmbeddedSpool::check);
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
            checkReserve();
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
        if (draft instanceof EmbeddedDraft own && own.isOf(this)) {
            return own;
        }
        throw new IllegalArgumentException("a report is a draft of the same spool");
    }

    @Override
    public void close() {
        store.close();
    }

    /// Moves everything into the tables, before the store closes: the next start has nothing to replay then.
    void settle() {
        moves.close();
    }
}
