// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gatepost.spool.SpoolContract.T0;
import static org.gatepost.spool.SpoolContract.octets;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.gatepost.spool.QueueTables.Incoming;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What is found of a journal when a disk lost or changed part of it, or a write to it was thought to have
/// failed: the rest is taken over, the trouble is told, and nothing that may be of use is erased. A crash is a
/// copy of the directory of a store that is open.
final class JournalDamageTest {
    @TempDir
    Path directory;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private EmbeddedStore store;
    private int crashes;

    @BeforeEach
    void open() {
        log.start();
        ((Logger) LoggerFactory.getLogger("org.gatepost.spool")).addAppender(log);
        store = EmbeddedStore.open(directory.resolve("spool"));
    }

    @AfterEach
    void close() {
        ((Logger) LoggerFactory.getLogger("org.gatepost.spool")).detachAppender(log);
        store.close();
    }

    private Path crash() {
        return JournalTest.crash(store, directory.resolve("spool"), directory.resolve("crash" + crashes++));
    }

    private MessageId put(int seed, int length, String recipient) {
        try (Spool.Draft draft = store.spool().draft()) {
            SpoolContract.write(draft, octets(seed, length));
            return draft.commit(SpoolContract.envelope(recipient), T0, T0);
        }
    }

    private static List<String> recipients(EmbeddedStore of) {
        return of.spool().list(new MessageId(0), 10_000).stream()
                .flatMap(entry -> entry.recipients().stream())
                .map(recipient -> recipient.mailbox().toString())
                .toList();
    }

    private static List<String> recipients(Path spool, Journal.Settings settings) {
        try (EmbeddedStore again = EmbeddedStore.open(spool, StoreSettings.DEFAULT.withJournal(settings))) {
            return recipients(again);
        }
    }

    private static List<String> recipients(Path spool) {
        return recipients(spool, Journal.Settings.DEFAULT);
    }

    private static Path journal(Path spool, int number) {
        return spool.resolve("journal/" + number + ".journal");
    }

    private static Path aside(Path spool) {
        return spool.resolve("journal/0.journal.damaged");
    }

    private void assertTold(Object... words) {
        assertThat(log.list.stream().map(ILoggingEvent::getFormattedMessage)).anySatisfy(line -> {
            for (Object word : words) {
                assertThat(line).contains(word.toString());
            }
        });
    }

    @Test
    void aMessageWhoseContentIsGoneIsLeftOutAndTold() throws IOException {
        MessageId gone = put(1, 300_000, "gone@example.net");
        Path crashed = crash();
        put(2, 300_000, "kept@example.net");
        Path other = crash();
        try (Stream<Path> contents = Files.list(crashed.resolve("content"))) {
            for (Path file : contents.toList()) {
                Files.delete(other.resolve("content").resolve(file.getFileName()));
            }
        }
        assertThat(recipients(other)).containsExactly("kept@example.net");
        assertTold("message " + gone, "from <sender@example.org>", "to gone@example.net", ".content");
        log.list.clear();
        assertThat(recipients(other)).containsExactly("kept@example.net");
        assertThat(log.list).isEmpty();
    }

    @Test
    void aFileThatWasKeptAwayForATimeMayComeBack() throws IOException {
        put(1, 500, "a@example.net");
        assertThat(recipients(store)).as("moved to the tables by that").containsExactly("a@example.net");
        Path crashed = crash();
        Files.move(journal(crashed, 0), aside(crashed));
        assertThat(recipients(crashed)).containsExactly("a@example.net");
        Files.move(aside(crashed), journal(crashed, 0), StandardCopyOption.REPLACE_EXISTING);
        assertThat(recipients(crashed)).containsExactly("a@example.net");
    }

    /// A draft whose commit failed is offered again: there may be records of both.
    @Test
    void aMessageThatWasOfferedTwiceComesOnce() throws IOException {
        put(1, 300_000, "a@example.net");
        String name;
        try (Stream<Path> contents = Files.list(directory.resolve("spool/content"))) {
            name = contents.findFirst().orElseThrow().getFileName().toString();
        }
        MessageId again = store.nextId();
        var content = new StoredContent(300_000, crc(octets(1, 300_000)), new StoredContent.Place.File(name));
        var incoming = new Incoming(SpoolContract.envelope("a@example.net"), T0, T0, content);
        byte[] record = JournalRecord.accepted(
                again, incoming, EnvelopeCodec.encode(incoming.envelope()).orElseThrow());
        assertThat(store.journal().accepted(again, record, new byte[0])).isInstanceOf(Journal.Outcome.Written.class);
        assertThat(recipients(crash())).containsExactly("a@example.net");
    }

    private static long crc(byte[] octets) {
        var crc = new CRC32C();
        crc.update(octets, 0, octets.length);
        return crc.getValue();
    }

    @Test
    void aDamagedHeaderIsToldAndCostsNothingWhileItsSaltIsThere() throws IOException {
        put(1, 5000, "first@example.net");
        put(2, 5000, "last@example.net");
        for (int damaged : new int[] {3, 10, 15, 38}) {
            Path crashed = crash();
            damage(crashed, damaged);
            assertThat(recipients(crashed)).as("at %d", damaged).hasSize(2);
            assertTold("0.journal", "damaged");
            log.list.clear();
        }
        Path crashed = crash();
        byte[] whole = damage(crashed, 22);
        assertThat(recipients(crashed)).isEmpty();
        assertTold("0.journal", "perhaps messages are lost");
        assertThat(aside(crashed)).hasBinaryContent(whole);
        try (EmbeddedStore again = EmbeddedStore.open(crashed)) {
            assertThat(again.journal().hasIdle()).isFalse();
            assertThat(again.nextId()).as("no id is given twice").isGreaterThan(store.nextId());
        }
    }

    /// A disk that lost a sector, or a copy of one, gives zeros.
    @Test
    void zerosAreNoSignOfAFileThatIsNotInUse() throws IOException {
        put(1, 5000, "first@example.net");
        Path crashed = crash();
        byte[] octets = Files.readAllBytes(journal(crashed, 0));
        Arrays.fill(octets, 0, 4096, (byte) 0);
        Files.write(journal(crashed, 0), octets);
        assertThat(recipients(crashed)).isEmpty();
        assertTold("0.journal", "perhaps messages are lost");
        assertThat(aside(crashed)).hasBinaryContent(octets);
    }

    @Test
    void aFileThatWasCutIsDamaged() throws IOException {
        put(1, 5000, "first@example.net");
        for (int size : new int[] {0, 20}) {
            Path crashed = crash();
            Files.write(journal(crashed, 0), new byte[size]);
            log.list.clear();
            assertThat(recipients(crashed)).isEmpty();
            assertTold("0.journal", "perhaps messages are lost");
            assertThat(aside(crashed)).hasSize(size);
        }
    }

    /// What came in together became durable together: only a later record says that it did.
    @Test
    void damageAmongWhatBecameDurableTogetherIsTold() throws IOException {
        put(1, 500, "first@example.net");
        JournalTest.marked(journal(directory.resolve("spool"), 0));
        Path crashed = crash();
        try (var file = new JournalFile(crashed.resolve("journal"), 0)) {
            long synced = file.size();
            long hit = synced;
            for (int i = 0; i < 3; i++) {
                append(file, synced, 100 + i, "m" + i + "@example.net");
            }
            append(file, file.size(), 200, "last@example.net");
            byte[] octet = file.read(hit + 100, 1);
            octet[0] ^= 1;
            file.write(ByteBuffer.wrap(octet), hit + 100);
        }
        assertThat(recipients(crashed))
                .containsExactly("first@example.net", "m1@example.net", "m2@example.net", "last@example.net");
        assertTold("octets of the journal", "are damaged");
        assertThat(aside(crashed)).exists();
    }

    private static void append(JournalFile file, long synced, long id, String recipient) throws IOException {
        var incoming = new Incoming(
                SpoolContract.envelope(recipient),
                T0,
                T0,
                new StoredContent(50, crc(octets(1, 50)), new StoredContent.Place.Inline(octets(1, 50))));
        byte[] start = JournalRecord.accepted(
                new MessageId(id),
                incoming,
                EnvelopeCodec.encode(incoming.envelope()).orElseThrow());
        ByteBuffer body = ByteBuffer.allocate(start.length + 50).put(start).put(octets(1, 50));
        long at = file.size();
        var head = new JournalSegment.Head(
                body.capacity(), JournalRecord.ACCEPTED, (int) crc(body.array()), Math.toIntExact(synced));
        ByteBuffer record = ByteBuffer.allocate(JournalSegment.size(body.capacity()));
        head.write(record);
        record.putInt(JournalSegment.found(file).orElseThrow().headCrc(at, head))
                .put(body.array());
        file.write(record.clear(), at);
    }

    @Test
    void damageToWhatCameLastIsTold() throws IOException {
        put(1, 5000, "only@example.net");
        JournalTest.marked(journal(directory.resolve("spool"), 0));
        Path crashed = crash();
        damage(crashed, 2000);
        assertThat(recipients(crashed)).isEmpty();
        assertTold("octets of the journal", "are damaged");
        assertThat(aside(crashed)).exists();
    }

    /// Whoever looks for what a damaged file still says needs the contents, too.
    @Test
    void aLargeContentOutlivesDamageToItsRecord() throws IOException {
        put(1, 300_000, "hit@example.net");
        put(2, 500, "last@example.net");
        Path crashed = crash();
        damage(crashed, 100);
        for (int i = 0; i < 2; i++) {
            log.list.clear();
            assertThat(recipients(crashed)).containsExactly("last@example.net");
            assertTold("contents without a message stay");
            assertThat(crashed.resolve("content")).isNotEmptyDirectory();
        }
        Files.delete(aside(crashed));
        assertThat(recipients(crashed)).containsExactly("last@example.net");
        assertThat(crashed.resolve("content")).isEmptyDirectory();
    }

    private static byte[] damage(Path spool, int at) throws IOException {
        byte[] octets = Files.readAllBytes(journal(spool, 0));
        octets[at] ^= 0x10;
        Files.write(journal(spool, 0), octets);
        return octets;
    }

    @Test
    void aRecordThatMakesNoSenseIsKeptAsideWithItsFile() throws IOException {
        put(1, 5000, "a@example.net");
        Path crashed = crash();
        try (var file = new JournalFile(crashed.resolve("journal"), 0)) {
            long end = file.size();
            var head = new JournalSegment.Head(16, (byte) 9, (int) crc(new byte[16]), Math.toIntExact(end));
            ByteBuffer record = ByteBuffer.allocate(40);
            head.write(record);
            record.putInt(JournalSegment.found(file).orElseThrow().headCrc(end, head));
            file.write(record.clear(), end);
        }
        byte[] whole = Files.readAllBytes(journal(crashed, 0));
        assertThat(recipients(crashed)).containsExactly("a@example.net");
        assertTold("makes no sense", "type 9");
        assertThat(aside(crashed)).hasBinaryContent(whole);
    }

    /// Fails to read some octets, as a disk does.
    private static final class Unreadable extends JournalFile {
        private final long from;
        private final long to;

        Unreadable(Path directory, int number, long from, long to) throws IOException {
            super(directory, number);
            this.from = from;
            this.to = to;
        }

        @Override
        byte[] read(long offset, int length) throws IOException {
            if (offset < to && offset + length > from) {
                throw new IOException("Input/output error");
            }
            return super.read(offset, length);
        }
    }

    @Test
    void whatTheDiskFailsToReadCostsOnlyWhatIsThere() throws Exception {
        put(1, 5000, "first@example.net");
        put(2, 15_000, "hit@example.net");
        put(3, 5000, "last@example.net");
        Path crashed = crash();
        List<String> survivors = new ArrayList<>();
        try (JournalReplay replay = JournalReplay.open(
                crashed.resolve("journal"), (where, number) -> new Unreadable(where, number, 12_000, 12_100))) {
            replay.survivors((message, finished) ->
                    survivors.add(message.envelope().recipients().getFirst().toString()));
            replay.release().forEach(JournalFile::close);
        }
        assertThat(survivors).containsExactly("first@example.net", "last@example.net");
        assertTold("cannot be read at 8192", "0.journal", "Input/output error");
        assertThat(aside(crashed)).exists();
        assertThat(journal(crashed, 0)).hasBinaryContent(JournalSegment.free().array());
    }

    /// Gives other octets when it is read again.
    private static final class Fickle extends JournalFile {
        private final long at;
        private final boolean fails;
        private int readings;

        Fickle(Path directory, int number, long at, boolean fails) throws IOException {
            super(directory, number);
            this.at = at;
            this.fails = fails;
        }

        @Override
        byte[] read(long offset, int length) throws IOException {
            byte[] octets = super.read(offset, length);
            if (offset <= at && at < offset + length && ++readings > 1) {
                if (fails) {
                    throw new IOException("Input/output error");
                }
                octets[(int) (at - offset)] ^= 1;
            }
            return octets;
        }
    }

    @Test
    void whatIsReadWellOnlyOnceIsDamaged() throws Exception {
        put(1, 5000, "hit@example.net");
        put(2, 5000, "last@example.net");
        for (boolean fails : new boolean[] {true, false}) {
            for (long at : new long[] {2000, JournalSegment.HEADER}) {
                Path crashed = crash();
                log.list.clear();
                List<String> survivors = new ArrayList<>();
                try (JournalReplay replay = JournalReplay.open(
                        crashed.resolve("journal"), (where, number) -> new Fickle(where, number, at, fails))) {
                    replay.survivors((message, finished) -> survivors.add(
                            message.envelope().recipients().getFirst().toString()));
                    assertThat(replay.isDamaged()).as("at %d", at).isTrue();
                    replay.release().forEach(JournalFile::close);
                }
                assertThat(survivors).containsExactly("last@example.net");
                assertThat(log.list).isNotEmpty();
                assertThat(aside(crashed)).exists();
            }
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsSetAside() throws Exception {
        put(1, 5000, "a@example.net");
        Path crashed = crash();
        try (JournalReplay replay =
                JournalReplay.open(crashed.resolve("journal"), (where, number) -> new JournalFile(where, number) {
                    @Override
                    void erase() throws IOException {
                        throw new IOException("Input/output error");
                    }
                })) {
            assertThat(replay.release()).hasSize(1).allSatisfy(JournalFile::close);
        }
        assertTold("0.journal cannot be written", "Input/output error");
        assertThat(aside(crashed)).exists();
        assertThat(journal(crashed, 0)).exists();
    }

    @Test
    void aHeaderThatCannotBeReadIsRefusedByName() throws IOException {
        put(1, 5000, "a@example.net");
        Path crashed = crash();
        assertThatThrownBy(() -> JournalReplay.open(
                        crashed.resolve("journal"), (where, number) -> new Unreadable(where, number, 0, 10)))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("0.journal cannot be read");
    }

    @Test
    void aFileThatEndsIsNoneThatCannotBeRead() throws IOException {
        put(1, 5000, "a@example.net");
        try (var file = new JournalFile(crash().resolve("journal"), 0)) {
            long size = file.size();
            assertThatThrownBy(() -> file.read(size - 1, 2)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void aFileThatIsMissingHidesNoOther() throws IOException {
        store.close();
        var settings = new Journal.Settings(64 << 10, 4);
        store = EmbeddedStore.open(directory.resolve("spool"), StoreSettings.DEFAULT.withJournal(settings));
        for (int i = 0; i < 18; i++) {
            put(i, 5000, "m" + i + "@example.net");
        }
        Path crashed = crash();
        Files.delete(journal(crashed, 0));
        assertThat(recipients(crashed, settings)).isNotEmpty().endsWith("m17@example.net");
        assertThat(journal(crashed, 0)).exists();
    }

    /// A commit that is told to have failed may have reached the disk.
    @Test
    void aMessageThatMovedUnawaresMovesAgainAndIsFinishedOnce() throws IOException {
        MessageId id = put(1, 500, "a@example.net");
        put(2, 500, "b@example.net");
        var incoming = new Incoming(
                SpoolContract.envelope("a@example.net"),
                T0,
                T0,
                new StoredContent(500, crc(octets(1, 500)), new StoredContent.Place.Inline(octets(1, 500))));
        store.writer().commit(0, database -> {
            QueueTables.insert(database, id, incoming);
            QueueTables.markMoved(database, id);
            return true;
        });
        Path before = crash();
        QueuedRecipient leased = store.spool().lease(T0, 10).stream()
                .filter(recipient -> recipient.message().equals(id))
                .findFirst()
                .orElseThrow();
        assertThat(recipients(before)).containsExactly("a@example.net", "b@example.net");
        assertThat(recipients(store)).containsExactly("a@example.net", "b@example.net");
        store.spool().apply(List.of(new Spool.Update.Finished(leased)), List.of());
        assertThat(recipients(store)).containsExactly("b@example.net");
    }

    @Test
    void anEndThatOnlyTheJournalKnowsCountsInTheTables() throws IOException {
        MessageId id = put(1, 500, "a@example.net");
        var incoming = new Incoming(
                SpoolContract.envelope("a@example.net"),
                T0,
                T0,
                new StoredContent(500, crc(octets(1, 500)), new StoredContent.Place.Inline(octets(1, 500))));
        QueuedRecipient leased = store.spool().lease(T0, 1).getFirst();
        store.spool().apply(List.of(new Spool.Update.Finished(leased)), List.of());
        store.writer().commit(0, database -> {
            QueueTables.insert(database, id, incoming);
            QueueTables.markMoved(database, id);
            return true;
        });
        assertThat(recipients(crash())).isEmpty();
    }
}
