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
import java.util.List;
import java.util.Optional;
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

    private final EmbeddedStore store;
    private final Leases leases;

    EmbeddedSpool(EmbeddedStore store) {
        this.store = store;
        this.leases = new Leases(store.readers());
    }

    @Override
    public Draft draft() {
        return new EmbeddedDraft(
                this, new ContentBuffer(store.files(), store.settings().spillThreshold()));
    }

    /// Stores one new message.
    MessageId commit(Incoming message) {
        checkReserve();
        MessageId id =
                store.writer().commit(message.content().size(), database -> QueueTables.insert(database, message));
        leases.arrived(id, message.due());
        return id;
    }

    private void checkReserve() {
        if (store.faults().usableSpace() < store.settings().reserve()) {
            throw store.faults().belowReserve(store.settings().reserve());
        }
    }

    @Override
    public List<QueuedRecipient> lease(Instant now, int limit) {
        return leases.lease(now, limit);
    }

    @Override
    public void release(List<QueuedRecipient> recipients) {
        leases.release(recipients);
    }

    @Override
    public Optional<Instant> nextDue() {
        return leases.nextDue();
    }

    @Override
    public Optional<QueuedMessage> message(MessageId id) {
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
        return store.readers().read(QueueTables::depth);
    }

    /// @throws SpoolException also when the message is not in the queue, or its content is damaged; damage to a
    ///     large content is found only at its end, where the stream throws an [IOException]
    @Override
    public InputStream content(MessageId id) {
        StoredContent content = store.readers()
                .read(database -> QueueTables.content(database, id))
                .orElseThrow(() -> new SpoolException("message " + id + " is not in the queue", null));
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
        List<Incoming> incoming = drafts.stream().map(EmbeddedDraft::sealed).toList();
        long octets =
                incoming.stream().mapToLong(message -> message.content().size()).sum();
        Applied applied = store.writer().commit(octets, database -> applyAll(database, changes, incoming));
        leases.updated(changes);
        for (int i = 0; i < drafts.size(); i++) {
            drafts.get(i).committed();
            leases.arrived(applied.reports().get(i), incoming.get(i).due());
        }
        applied.files().forEach(name -> store.files().remove(store.files().resolve(name)));
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
        List<Incoming> incoming = drafts.stream().map(EmbeddedDraft::sealed).toList();
        if (!incoming.isEmpty()) {
            checkReserve();
        }
        long octets =
                incoming.stream().mapToLong(message -> message.content().size()).sum();
        List<MessageId> stored = store.writer().commit(octets, database -> {
            List<MessageId> ids = new ArrayList<>();
            for (Incoming message : incoming) {
                ids.add(QueueTables.insert(database, message));
            }
            change.apply(database, incoming.stream().map(Incoming::arrived).toList(), ids);
            return ids;
        });
        for (int i = 0; i < drafts.size(); i++) {
            drafts.get(i).committed();
            leases.arrived(stored.get(i), incoming.get(i).due());
        }
        return stored;
    }

    private static void check(Update update) {
        switch (update) {
            case Update.Finished _ -> {}
            case Update.Deferred deferred -> Nanos.of(deferred.due());
        }
    }

    /// @param files of contents that no message has any more
    private record Applied(List<MessageId> reports, List<String> files) {}

    private static Applied applyAll(Database database, List<Update> updates, List<Incoming> reports)
            throws SQLException {
        List<String> files = new ArrayList<>();
        for (Update update : updates) {
            switch (update) {
                case Update.Finished(QueuedRecipient recipient) ->
                    QueueTables.finish(database, recipient).ifPresent(files::add);
                case Update.Deferred deferred -> QueueTables.defer(database, deferred);
            }
        }
        List<MessageId> ids = new ArrayList<>();
        for (Incoming report : reports) {
            ids.add(QueueTables.insert(database, report));
        }
        return new Applied(ids, files);
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
}
