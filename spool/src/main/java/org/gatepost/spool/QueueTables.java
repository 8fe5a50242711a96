// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.gatepost.names.Mailbox;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.RecipientDsn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Everything the queue says to the database. The tables stand at [EmbeddedStore].
final class QueueTables {
    private static final Logger LOG = LoggerFactory.getLogger(QueueTables.class);

    /// A message about to be stored.
    record Incoming(Envelope envelope, Instant arrived, Instant due, StoredContent content) {}

    /// Where a recipient stands in the order of service.
    record DuePlace(long due, long key) implements Comparable<DuePlace> {
        static final DuePlace FIRST = new DuePlace(Long.MIN_VALUE, Long.MIN_VALUE);

        @Override
        public int compareTo(DuePlace other) {
            int byDue = Long.compare(due, other.due);
            return byDue != 0 ? byDue : Long.compare(key, other.key);
        }
    }

    /// Visits recipients in the order of service.
    interface DueVisit {
        boolean goesOn(DuePlace place, ResultSet row) throws SQLException;
    }

    private QueueTables() {}

    static void insert(Database database, MessageId id, Incoming message) throws SQLException {
        insert(database, id, message, new BitSet());
    }

    /// @param finished places in the envelope that need nothing more; not all of them
    static void insert(Database database, MessageId id, Incoming message, BitSet finished) throws SQLException {
        Envelope envelope = message.envelope();
        int recipients = envelope.recipients().size();
        int unfinished = recipients - finished.cardinality();
        database.update(
                "INSERT INTO message (id, reverse_path, flags, client, arrived, size, unfinished, dsn)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                id.value(),
                envelope.reversePath().map(Mailbox::toString).orElse(""),
                EnvelopeFlags.of(envelope),
                envelope.client(),
                Nanos.of(message.arrived()),
                message.content().size(),
                unfinished,
                DsnText.of(envelope.dsn().message()));
        for (int i = 0; i < recipients; i++) {
            database.update(
                    "INSERT INTO recipient (id, mailbox, attempts, due, history, dsn) VALUES (?, ?, 0, ?, '', ?)",
                    RecipientKey.of(id, i),
                    envelope.recipients().get(i).toString(),
                    finished.get(i) ? null : Nanos.of(message.due()),
                    DsnText.of(envelope.dsn().recipient(i)));
        }
        insertContent(database, id.value(), message.content());
        addToTotal(database, 1, unfinished, message.content().size());
    }

    /// Notes that what the journal says of the message no longer counts.
    static void markMoved(Database database, MessageId id) throws SQLException {
        database.update("INSERT OR IGNORE INTO journal_moved (id) VALUES (?)", id.value());
    }

    /// Whether a message of the journal is in the tables, or was. That it is there tells as much as a note: a file of
    /// the journal that was kept away for a time may come back when the notes are forgotten.
    static boolean hasMoved(Database database, MessageId id) throws SQLException {
        return database.first(
                        row -> true,
                        "SELECT 1 FROM journal_moved WHERE id = ? UNION ALL SELECT 1 FROM message WHERE id = ?",
                        id.value(),
                        id.value())
                .isPresent();
    }

    /// Forgets the notes on messages below the id, of which the journal says nothing any more.
    static int forgetMoved(Database database, long below) throws SQLException {
        return database.update("DELETE FROM journal_moved WHERE id < ?", below);
    }

    /// The highest id ever given to a message in the tables; 0 before the first.
    static long highestId(Database database) throws SQLException {
        return database.first(row -> row.getLong(1), "SELECT seq FROM sqlite_sequence WHERE name = 'message'")
                .orElse(0L);
    }

    /// No id up to this one may be given again.
    static void reserveIds(Database database, long upTo) throws SQLException {
        int changed = database.update("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'message'", upTo);
        if (changed == 0) {
            database.update("INSERT INTO sqlite_sequence (name, seq) VALUES ('message', ?)", upTo);
        }
    }

    private static void insertContent(Database database, long id, StoredContent content) throws SQLException {
        switch (content.place()) {
            case StoredContent.Place.Inline(byte[] octets) ->
                database.update(
                        "INSERT INTO content (message, crc, octets) VALUES (?, ?, ?)", id, content.crc(), octets);
            case StoredContent.Place.File(String name) ->
                database.update("INSERT INTO content (message, crc, file) VALUES (?, ?, ?)", id, content.crc(), name);
        }
    }

    private static void addToTotal(Database database, long messages, long recipients, long octets) throws SQLException {
        database.update(
                "UPDATE total SET messages = messages + ?, recipients = recipients + ?, octets = octets + ?",
                messages,
                recipients,
                octets);
    }

    /// @return the file of the content, when the message is gone with its last recipient and had one
    static Optional<String> finish(Database database, QueuedRecipient recipient) throws SQLException {
        return finish(database, recipient.message(), recipient.index());
    }

    /// Finishes recipients that may be finished already. A file that is left is swept at the next start.
    ///
    /// @param indexes places in the envelope
    static void finish(Database database, MessageId id, BitSet indexes) throws SQLException {
        for (int i = indexes.nextSetBit(0); i >= 0; i = indexes.nextSetBit(i + 1)) {
            finish(database, id, i);
        }
    }

    private static Optional<String> finish(Database database, MessageId message, int index) throws SQLException {
        int changed = database.update(
                "UPDATE recipient SET due = NULL, history = '', held = NULL, failure = ''"
                        + " WHERE id = ? AND due IS NOT NULL",
                RecipientKey.of(message, index));
        if (changed == 0) {
            return Optional.empty();
        }
        long id = message.value();
        boolean isLast =
                database.update("UPDATE message SET unfinished = unfinished - 1 WHERE id = ? AND unfinished > 1", id)
                        == 0;
        if (!isLast) {
            addToTotal(database, 0, -1, 0);
            return Optional.empty();
        }
        long size = database.first(row -> row.getLong(1), "DELETE FROM message WHERE id = ? RETURNING size", id)
                .orElse(0L);
        addToTotal(database, -1, -1, -size);
        database.update(
                "DELETE FROM recipient WHERE id BETWEEN ? AND ?", RecipientKey.first(id), RecipientKey.last(id));
        return database.first(
                        row -> Optional.ofNullable(row.getString(1)),
                        "DELETE FROM content WHERE message = ? RETURNING file",
                        id)
                .flatMap(file -> file);
    }

    /// Nothing happens to a recipient that is finished already.
    static void defer(Database database, Spool.Update.Deferred deferred) throws SQLException {
        long key = RecipientKey.of(deferred.recipient());
        Optional<String> history = database.first(
                row -> row.getString(1), "SELECT history FROM recipient WHERE id = ? AND due IS NOT NULL", key);
        if (history.isPresent()) {
            database.update(
                    "UPDATE recipient SET attempts = attempts + 1, due = ?, history = ?, failure = ?,"
                            + " delay_reported = max(delay_reported, ?) WHERE id = ?",
                    Nanos.of(deferred.due()),
                    History.append(history.get(), deferred.line()),
                    History.bounded(deferred.failure()),
                    deferred.delayReported() ? 1 : 0,
                    key);
        }
    }

    private static final String RECIPIENT = "SELECT id, mailbox, attempts, due, history, dsn, delay_reported,"
            + " (SELECT reverse_path FROM message WHERE message.id = recipient.id >> 16) AS reverse_path"
            + " FROM recipient ";

    // Two steps, since SQLite does not use an index on (due, id) >= (?, ?) beyond its first column: with many
    // recipients due at one instant it would walk over all of them.
    static final String DUE_TOGETHER = RECIPIENT + "WHERE due = ? AND held IS NULL AND id >= ? ORDER BY id";
    static final String DUE_LATER = RECIPIENT + "WHERE due > ? AND due <= ? AND held IS NULL ORDER BY due, id";

    /// Walks along the index from the place on, to the last recipient due at `until`.
    static void due(Database database, DuePlace from, long until, DueVisit visit) throws SQLException {
        if (from.due() > until) {
            return;
        }
        boolean[] goesOn = {true};
        Database.Visit each = row -> {
            goesOn[0] = visit.goesOn(new DuePlace(row.getLong("due"), row.getLong("id")), row);
            return goesOn[0];
        };
        database.each(each, DUE_TOGETHER, from.due(), from.key());
        if (goesOn[0]) {
            database.each(each, DUE_LATER, from.due(), until);
        }
    }

    /// Those of the recipients that are in the queue; one that cannot be read is told of and left out.
    static List<QueuedRecipient> recipients(Database database, List<RecipientId> ids) throws SQLException {
        List<QueuedRecipient> found = new ArrayList<>();
        for (RecipientId id : ids) {
            try {
                database.first(
                                QueueTables::recipient,
                                RECIPIENT + "WHERE id = ? AND due IS NOT NULL",
                                RecipientKey.of(id))
                        .ifPresent(found::add);
            } catch (NameSyntaxException e) {
                LOG.error(
                        "spool: recipient {} of message {} is damaged and stays in the queue unserved",
                        id.index(),
                        id.message());
            }
        }
        return found;
    }

    static QueuedRecipient recipient(ResultSet row) throws SQLException {
        long key = row.getLong("id");
        return new QueuedRecipient(
                new MessageId(RecipientKey.message(key)),
                RecipientKey.index(key),
                Mailbox.parse(row.getString("mailbox")),
                row.getInt("attempts"),
                Nanos.toInstant(row.getLong("due")),
                History.lines(row.getString("history")),
                row.getBoolean("delay_reported"),
                Objects.requireNonNullElse(row.getString("reverse_path"), ""));
    }

    /// Whether recipients of such an id could be told apart.
    static boolean isPossible(MessageId id) {
        return id.value() >= 0 && id.value() <= RecipientKey.message(Long.MAX_VALUE);
    }

    /// The ids of messages from the id on.
    static List<Long> ids(Database database, long from, int limit) throws SQLException {
        return database.all(
                row -> row.getLong(1), "SELECT id FROM message WHERE id >= ? ORDER BY id LIMIT ?", from, limit);
    }

    static Optional<Spool.Entry> entry(Database database, long id) throws SQLException {
        List<Mailbox> mailboxes = new ArrayList<>();
        List<RecipientDsn> dsn = new ArrayList<>();
        List<QueuedRecipient> unfinished = new ArrayList<>();
        database.each(
                row -> {
                    mailboxes.add(Mailbox.parse(row.getString("mailbox")));
                    dsn.add(DsnText.recipient(row.getString("dsn")));
                    row.getLong("due");
                    if (!row.wasNull()) {
                        unfinished.add(recipient(row));
                    }
                    return true;
                },
                RECIPIENT + "WHERE id BETWEEN ? AND ? ORDER BY id",
                RecipientKey.first(id),
                RecipientKey.last(id));
        return database.first(
                row -> new Spool.Entry(message(row, mailboxes, dsn), unfinished),
                "SELECT id, reverse_path, flags, client, arrived, size, dsn FROM message WHERE id = ?",
                id);
    }

    private static QueuedMessage message(ResultSet row, List<Mailbox> recipients, List<RecipientDsn> dsn)
            throws SQLException {
        String reversePath = row.getString("reverse_path");
        Envelope envelope = EnvelopeFlags.envelope(
                row.getInt("flags"),
                reversePath.isEmpty() ? Optional.empty() : Optional.of(Mailbox.parse(reversePath)),
                recipients,
                new DsnRequest(DsnText.message(row.getString("dsn")), dsn),
                row.getString("client"));
        return new QueuedMessage(
                new MessageId(row.getLong("id")),
                envelope,
                Nanos.toInstant(row.getLong("arrived")),
                row.getLong("size"));
    }

    static Optional<StoredContent> content(Database database, MessageId id) throws SQLException {
        return database.first(
                row -> {
                    String file = row.getString("file");
                    return new StoredContent(
                            row.getLong("size"),
                            row.getLong("crc"),
                            file == null
                                    ? new StoredContent.Place.Inline(row.getBytes("octets"))
                                    : new StoredContent.Place.File(file));
                },
                "SELECT size, crc, file, octets FROM content JOIN message ON id = message WHERE message = ?",
                id.value());
    }

    static boolean hasFile(Database database, String name) throws SQLException {
        return database.first(row -> true, "SELECT 1 FROM content WHERE file = ?", name)
                .isPresent();
    }

    static Spool.Depth depth(Database database) throws SQLException {
        return database.first(
                        row -> new Spool.Depth(row.getLong(1), row.getLong(2), row.getLong(3)),
                        "SELECT messages, recipients, octets FROM total")
                .orElseThrow(() -> new SQLException("no total", "", 11));
    }

    /// Refuses what could not be read back.
    ///
    /// @throws IllegalArgumentException naming what
    static void check(Envelope envelope) {
        if (envelope.recipients().size() > RecipientKey.MAX_RECIPIENTS) {
            throw new IllegalArgumentException("a message has at most " + RecipientKey.MAX_RECIPIENTS + " recipients");
        }
        envelope.reversePath().ifPresent(QueueTables::check);
        envelope.recipients().forEach(QueueTables::check);
    }

    private static void check(Mailbox mailbox) {
        try {
            if (Mailbox.parse(mailbox.toString()).equals(mailbox)) {
                return;
            }
        } catch (NameSyntaxException e) {
            throw new IllegalArgumentException("not a mailbox: " + e.rule(), e);
        }
        throw new IllegalArgumentException("not a mailbox as parsing gives it");
    }
}
