// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/// The contents of queued messages, wherever they lie, and whether they are sound.
final class Contents {
    private final EmbeddedStore store;
    private final FreshMessages fresh;
    private final JournalMoves moves;

    Contents(EmbeddedStore store, FreshMessages fresh, JournalMoves moves) {
        this.store = store;
        this.fresh = fresh;
        this.moves = moves;
    }

    /// As [EmbeddedSpool#content].
    InputStream open(MessageId id) {
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
}
