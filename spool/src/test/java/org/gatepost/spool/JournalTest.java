// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gatepost.spool.SpoolContract.T0;
import static org.gatepost.spool.SpoolContract.octets;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.spool.Spool.Update.Finished;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What the journal promises: read back after a crash at any point, damage kept to what is damaged, files used in
/// turn, and nobody waiting for it. A crash is a copy of the directory of a store that is open.
final class JournalTest {
    private static final StoreSettings SMALL = StoreSettings.DEFAULT.withJournal(new Journal.Settings(64 << 10, 3));

    @TempDir
    Path directory;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final List<EmbeddedStore> opened = new ArrayList<>();
    private int crashes;

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger("org.gatepost.spool")).addAppender(log);
    }

    @AfterEach
    void close() {
        ((Logger) LoggerFactory.getLogger("org.gatepost.spool")).detachAppender(log);
        opened.forEach(EmbeddedStore::close);
    }

    private EmbeddedStore open(Path where, StoreSettings settings) {
        EmbeddedStore store = EmbeddedStore.open(where, settings);
        opened.add(store);
        return store;
    }

    private EmbeddedStore open() {
        return open(directory.resolve("spool"), StoreSettings.DEFAULT);
    }

    /// What a crash at this moment leaves.
    private Path crash() {
        return crash(opened.getFirst(), directory.resolve("spool"), directory.resolve("crash" + crashes++));
    }

    /// Copies the directory of a store that is open. One file is copied after the other, so nothing may be moved out of
    /// the journal meanwhile, which is done by the thread that is kept busy with this.
    static Path crash(EmbeddedStore store, Path spool, Path copy) {
        store.writer().commit(0, database -> {
            try (Stream<Path> files = Files.walk(spool)) {
                for (Path file : files.toList()) {
                    Path to = copy.resolve(spool.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(to);
                    } else if (!file.endsWith("lock")) {
                        Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
                    }
                }
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return copy;
    }

    private static MessageId put(EmbeddedStore store, byte[] content, String... recipients) {
        try (Spool.Draft draft = store.spool().draft()) {
            SpoolContract.write(draft, content);
            return draft.commit(SpoolContract.envelope(recipients), T0, T0);
        }
    }

    private static void finish(EmbeddedStore store, QueuedRecipient... recipients) {
        store.spool()
                .apply(
                        Arrays.stream(recipients)
                                .<Spool.Update>map(Finished::new)
                                .toList(),
                        List.of());
    }

    private static List<String> queued(EmbeddedStore store) {
        return store.spool().list(new MessageId(0), 10_000).stream()
                .flatMap(entry -> entry.recipients().stream())
                .map(recipient -> recipient.message() + " " + recipient.mailbox())
                .toList();
    }

    private static List<Long> notes(EmbeddedStore store) {
        return store.readers().read(database -> database.all(row -> row.getLong(1), "SELECT id FROM journal_moved"));
    }

    private static long inTables(EmbeddedStore store) {
        return store.readers().read(QueueTables::depth).messages();
    }

    @Test
    void aMessageThatIsDeliveredAtOnceNeverMeetsTheTables() {
        EmbeddedStore store = open();
        put(store, octets(1, 5000), "a@example.net");
        assertThat(inTables(store)).isZero();
        finish(store, store.spool().lease(T0, 1).getFirst());
        assertThat(store.spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(store.readers().read(QueueTables::highestId)).isZero();
    }

    @Test
    void aCrashLosesNothingAndBringsNothingBack() throws IOException {
        EmbeddedStore store = open();
        MessageId kept = put(store, octets(1, 5000), "kept@example.net");
        MessageId half = put(store, octets(2, 700), "done@example.net", "open@example.net");
        put(store, octets(3, 10), "gone@example.net");
        MessageId deferred = put(store, octets(4, 10), "later@example.net");
        List<QueuedRecipient> leased = store.spool().lease(T0, 10);
        finish(store, leased.get(1));
        finish(store, leased.get(3));
        store.spool().apply(List.of(new Spool.Update.Deferred(leased.get(4), T0.plusSeconds(60), "later")), List.of());
        finish(store, leased.get(4)); // in the tables by now
        MessageId large = put(store, octets(5, 300_000), "large@example.net");

        EmbeddedStore again = open(crash(), StoreSettings.DEFAULT);
        assertThat(queued(again))
                .containsExactly(kept + " kept@example.net", half + " open@example.net", large + " large@example.net");
        try (InputStream content = again.spool().content(kept)) {
            assertThat(content.readAllBytes()).isEqualTo(octets(1, 5000));
        }
        try (InputStream content = again.spool().content(large)) {
            assertThat(content.readAllBytes()).isEqualTo(octets(5, 300_000));
        }
        assertThat(again.spool().lease(T0, 10)).hasSize(3);
        assertThat(put(again, octets(6, 1), "new@example.net"))
                .isGreaterThan(large)
                .isGreaterThan(deferred);
        assertThat(log.list).noneMatch(event -> event.getFormattedMessage().contains("damaged"));
    }

    @Test
    void aRecordThatWasCutIsNoneAndThoseBeforeItCount() throws IOException {
        EmbeddedStore store = open();
        MessageId whole = put(store, octets(1, 5000), "whole@example.net");
        long end = marked(journal(directory.resolve("spool"), 0));
        put(store, octets(2, 5000), "cut@example.net");
        for (long size : new long[] {end + 1, end + 19, end + 21, end + 3000}) {
            Path crashed = crash();
            Path file = journal(crashed, 0);
            byte[] octets = Arrays.copyOf(Files.readAllBytes(file), (int) size);
            Files.write(file, octets);
            assertThat(queued(open(crashed, StoreSettings.DEFAULT))).containsExactly(whole + " whole@example.net");
        }
        assertThat(log.list).noneMatch(event -> event.getFormattedMessage().contains("damaged"));
    }

    @Test
    void damageIsToldAndCostsOnlyWhatItHit() throws IOException {
        EmbeddedStore store = open();
        MessageId first = put(store, octets(1, 5000), "first@example.net");
        long damaged = marked(journal(directory.resolve("spool"), 0));
        put(store, octets(2, 5000), "hit@example.net");
        MessageId last = put(store, octets(3, 5000), "last@example.net");
        for (int into : new int[] {2, 17, 100, 4000}) {
            Path crashed = crash();
            byte[] octets = Files.readAllBytes(journal(crashed, 0));
            octets[(int) damaged + into] ^= 0x55;
            Files.write(journal(crashed, 0), octets);
            log.list.clear();
            assertThat(queued(open(crashed, StoreSettings.DEFAULT)))
                    .as("damage at %d", into)
                    .containsExactly(first + " first@example.net", last + " last@example.net");
            assertThat(log.list)
                    .as("damage at %d", into)
                    .anyMatch(event -> event.getFormattedMessage().contains("damaged"));
        }
    }

    /// The size of the file once it says itself that all in it is durable.
    static long marked(Path journal) throws IOException {
        while (true) {
            byte[] octets = Files.readAllBytes(journal);
            if (octets.length > JournalSegment.HEADER && octets[octets.length - 32 + 4] == JournalRecord.SYNCED) {
                return octets.length;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }

    private static Path journal(Path spool, int number) {
        return spool.resolve("journal/" + number + ".journal");
    }

    @Test
    void filesAreUsedInTurnAndWhatStaysMovesToTheTables() throws Exception {
        EmbeddedStore store = open(directory.resolve("spool"), SMALL);
        MessageId old = put(store, octets(1, 5000), "old@example.net");
        QueuedRecipient first = store.spool().lease(T0, 1).getFirst();
        for (int i = 0; i < 200; i++) {
            put(store, octets(i, 5000), "a@example.net");
            finish(store, store.spool().lease(T0, 1).getFirst());
            if (i % 10 == 0) {
                assertThat(queued(open(crash(), SMALL))).containsExactly(old + " old@example.net");
            }
        }
        try (Stream<Path> files = Files.list(directory.resolve("spool/journal"))) {
            assertThat(files)
                    .hasSizeLessThanOrEqualTo(3)
                    .allMatch(file -> file.toFile().length() <= 64 << 10);
        }
        assertThat(store.spool().lease(T0, 1)).as("the old one is still leased").isEmpty();
        finish(store, first);
        assertThat(store.spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(queued(open(crash(), SMALL))).isEmpty();
    }

    @Test
    void aClockThatWasSetBackHoldsUpOnlyWhatCameBefore() {
        EmbeddedStore store = open();
        put(store, octets(1, 10), "before@example.net");
        try (Spool.Draft draft = store.spool().draft()) {
            SpoolContract.write(draft, octets(2, 10));
            draft.commit(SpoolContract.envelope("after@example.net"), T0.minusSeconds(60), T0.minusSeconds(60));
        }
        assertThat(store.spool().nextDue()).contains(T0.minusSeconds(60));
        assertThat(store.spool().lease(T0.minusSeconds(60), 10))
                .extracting(recipient -> recipient.mailbox().toString())
                .containsExactly("after@example.net");
        assertThat(store.spool().nextDue()).contains(T0);
        assertThat(store.spool().lease(T0, 10)).hasSize(1);
    }

    @Test
    void contentThatCannotBeReadHoldsUpNoOther() throws IOException {
        EmbeddedStore store = open();
        MessageId cut = put(store, octets(1, 5000), "cut@example.net");
        try (var file = java.nio.channels.FileChannel.open(
                journal(directory.resolve("spool"), 0), java.nio.file.StandardOpenOption.WRITE)) {
            file.truncate(3000);
        }
        MessageId sound = put(store, octets(2, 5000), "sound@example.net");
        assertThat(queued(store)).containsExactly(cut + " cut@example.net", sound + " sound@example.net");
        try (InputStream content = store.spool().content(sound)) {
            assertThat(content.readAllBytes()).isEqualTo(octets(2, 5000));
        }
        assertThatThrownBy(() -> store.spool().content(cut))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void anInterruptedReaderReadsAndSpoilsNothingForOthers() throws IOException {
        EmbeddedStore store = open();
        MessageId first = put(store, octets(1, 5000), "first@example.net");
        Thread.currentThread().interrupt();
        try (InputStream content = store.spool().content(first)) {
            assertThat(content.readAllBytes()).isEqualTo(octets(1, 5000));
        } finally {
            assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
        }
        MessageId next = put(store, octets(2, 5000), "next@example.net");
        assertThat(inTables(store)).isZero();
        for (MessageId id : List.of(first, next)) {
            try (InputStream content = store.spool().content(id)) {
                assertThat(content.readAllBytes()).hasSize(5000);
            }
        }
    }

    /// A file that was moved away stands for a disk that fails to read: it cannot be opened.
    @Test
    void whatTheDiskOnlyFailsToReadStaysInTheJournalUntilItCanBeRead() throws IOException {
        EmbeddedStore store = open();
        MessageId id = put(store, octets(1, 5000), "kept@example.net", "ends@example.net");
        List<QueuedRecipient> leased = store.spool().lease(T0, 2);
        Path file = journal(directory.resolve("spool"), 0);
        Path away = Files.move(file, directory.resolve("away"));
        try (Spool.Draft report = store.spool().draft()) {
            assertThat(queued(store)).isEmpty();
            report.seal(SpoolContract.envelope("sender@example.org"), T0, T0);
            var later = new Spool.Update.Deferred(leased.getFirst(), T0.plusSeconds(60), "later", "", true);
            store.spool().apply(List.of(later, new Finished(leased.getLast())), List.of(report));
            assertThat(inTables(store)).as("the report").isEqualTo(1);
            assertThat(log.list)
                    .filteredOn(event -> event.getFormattedMessage().contains("the content of message " + id))
                    .hasSize(1);
            finish(store, store.spool().lease(T0, 10).toArray(QueuedRecipient[]::new));
            assertThat(store.spool().depth().recipients()).isEqualTo(1);
            assertThat(store.spool().nextDue()).contains(T0.plusSeconds(60));
            assertThat(store.spool().lease(T0.plusSeconds(60), 10))
                    .singleElement()
                    .satisfies(again -> {
                        assertThat(again.attempts()).isEqualTo(1);
                        assertThat(again.history()).containsExactly("later");
                        assertThat(again.delayReported()).isTrue();
                        store.spool().release(List.of(again));
                    });
        } finally {
            Files.move(away, file);
        }
        assertThat(queued(open(crash(), StoreSettings.DEFAULT))).containsExactly(id + " kept@example.net");
        assertThat(queued(store)).containsExactly(id + " kept@example.net");
        assertThat(store.spool().lease(T0, 10)).isEmpty();
        assertThat(store.spool().lease(T0.plusSeconds(60), 10))
                .singleElement()
                .satisfies(again -> assertThat(again.attempts()).isEqualTo(1));
        try (InputStream content = store.spool().content(id)) {
            assertThat(content.readAllBytes()).isEqualTo(octets(1, 5000));
        }
    }

    @Test
    void whatEndsNeedNotBeRead() throws IOException {
        EmbeddedStore store = open();
        put(store, octets(1, 5000), "ends@example.net", "ended@example.net");
        List<QueuedRecipient> leased = store.spool().lease(T0, 2);
        finish(store, leased.getLast());
        Path file = journal(directory.resolve("spool"), 0);
        Path away = Files.move(file, directory.resolve("away"));
        try (Spool.Draft report = store.spool().draft()) {
            report.seal(SpoolContract.envelope("sender@example.org"), T0, T0);
            store.spool().apply(List.of(new Finished(leased.getFirst())), List.of(report));
        } finally {
            Files.move(away, file);
        }
        assertThat(store.spool().depth().messages()).isEqualTo(1);
        assertThat(queued(store)).singleElement().asString().endsWith("sender@example.org");
        assertThat(queued(open(crash(), StoreSettings.DEFAULT))).isEqualTo(queued(store));
    }

    @Test
    void aLargeContentGoesWithAMessageThatIsReturned() throws IOException {
        EmbeddedStore store = open();
        put(store, octets(1, 300_000), "a@example.net");
        try (Spool.Draft report = store.spool().draft()) {
            report.seal(SpoolContract.envelope("sender@example.org"), T0, T0);
            store.spool().apply(List.of(new Finished(store.spool().lease(T0, 1).getFirst())), List.of(report));
        }
        assertThat(directory.resolve("spool/content")).isEmptyDirectory();
    }

    @Test
    void storedMailAndNewMailAreServedInTurn() {
        EmbeddedStore store = open();
        for (int i = 0; i < 10; i++) {
            put(store, octets(i, 10), "stored@example.net");
        }
        assertThat(queued(store)).hasSize(10);
        for (int i = 0; i < 2; i++) {
            put(store, octets(i, 10), "new@example.net");
        }
        List<String> served = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            QueuedRecipient next = store.spool().lease(T0, 1).getFirst();
            served.add(next.mailbox().toString().replaceAll("@.*", ""));
            finish(store, next);
        }
        assertThat(served.subList(0, 4)).containsExactlyInAnyOrder("stored", "new", "stored", "new");
        assertThat(served.subList(4, 6)).containsExactly("stored", "stored");
        assertThat(store.spool().lease(T0, 100)).hasSize(6);
    }

    @Test
    void whatAFullJournalRefusesLeavesNoNote() {
        EmbeddedStore store =
                open(directory.resolve("spool"), StoreSettings.DEFAULT.withJournal(new Journal.Settings(64 << 10, 1)));
        for (int i = 0; i < 50; i++) {
            put(store, octets(i, 5000), "a@example.net");
        }
        assertThat(inTables(store)).isGreaterThan(30);
        assertThat(notes(store)).isEmpty();
    }

    @Test
    void aJournalThatCannotBeBegunLeavesNoNoteAndIsToldOnce() throws IOException {
        EmbeddedStore store = open();
        Files.createDirectory(journal(directory.resolve("spool"), 0));
        for (int i = 0; i < 20; i++) {
            put(store, octets(i, 500), "a@example.net");
        }
        assertThat(inTables(store)).isEqualTo(20);
        assertThat(notes(store)).isEmpty();
        assertThat(log.list)
                .filteredOn(event -> event.getFormattedMessage().contains("cannot be written"))
                .hasSize(1);
        Files.delete(journal(directory.resolve("spool"), 0));
        put(store, octets(20, 500), "a@example.net");
        put(store, octets(21, 500), "a@example.net"); // the writer says it after it has answered the one before
        assertThat(inTables(store)).isEqualTo(20);
        assertThat(log.list).last().asString().contains("is written again");
    }

    /// A move that is told to have failed may have been made: then the end has to reach the tables.
    @Tag("slow")
    @Test
    void afterAMoveThatFailedTheEndGoesToTheTables() throws Exception {
        EmbeddedStore store = open();
        MessageId id = put(store, octets(1, 500), "a@example.net");
        QueuedRecipient leased = store.spool().lease(T0, 1).getFirst();
        try (Database other = Database.toWrite(directory.resolve("spool/spool.db"))) {
            other.execute("BEGIN IMMEDIATE");
            assertThat(queued(store)).isEmpty();
        }
        finish(store, leased);
        assertThat(notes(store)).containsExactly(id.value());
        assertThat(queued(store)).isEmpty();
        assertThat(store.spool().lease(T0, 1)).isEmpty();
        assertThat(queued(open(crash(), StoreSettings.DEFAULT))).isEmpty();
    }

    @Test
    void theQueueIsShownThoughItCannotBeWritten() {
        EmbeddedStore store = open();
        MessageId stored = put(store, octets(1, 10), "stored@example.net");
        assertThat(queued(store)).hasSize(1);
        put(store, octets(2, 10), "new@example.net");
        store.writer().close();
        assertThat(queued(store)).containsExactly(stored + " stored@example.net");
        assertThat(store.spool().control().domains(10)).hasSize(1);
        assertThat(log.list)
                .anyMatch(event -> event.getFormattedMessage().startsWith("spool: new messages are not shown"));
    }

    @Test
    void anotherReleasesJournalIsRefused() throws IOException {
        EmbeddedStore store = open();
        put(store, octets(1, 10), "a@example.net");
        Path crashed = crash();
        byte[] octets = Files.readAllBytes(journal(crashed, 0));
        octets[11] = 9;
        var crc = new java.util.zip.CRC32C();
        crc.update(octets, 0, JournalSegment.HEADER - 4);
        java.nio.ByteBuffer.wrap(octets).putInt(JournalSegment.HEADER - 4, (int) crc.getValue());
        Files.write(journal(crashed, 0), octets);
        assertThatThrownBy(() -> open(crashed, StoreSettings.DEFAULT))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("format 9");
    }

    @Test
    void parallelUseAcrossManyFilesLosesNothing() throws Exception {
        EmbeddedStore store = open(directory.resolve("spool"), SMALL);
        int threads = 8;
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int number = t;
            all.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 100; i++) {
                    put(store, octets(i, 3000), "stays" + number + "-" + i + "@example.net", "goes@example.net");
                    for (QueuedRecipient leased : store.spool().lease(T0, 4)) {
                        if (leased.mailbox().toString().startsWith("goes")) {
                            finish(store, leased);
                        } else {
                            store.spool().release(List.of(leased));
                        }
                    }
                }
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        for (List<QueuedRecipient> more = store.spool().lease(T0, 5000);
                more.stream()
                        .anyMatch(recipient -> recipient.mailbox().toString().startsWith("goes"));
                more = store.spool().lease(T0, 5000)) {
            more.stream()
                    .filter(recipient -> recipient.mailbox().toString().startsWith("goes"))
                    .forEach(recipient -> finish(store, recipient));
            store.spool().release(more);
        }
        List<String> left = queued(open(crash(), SMALL));
        assertThat(left).hasSize(threads * 100).allMatch(line -> line.contains("stays"));
        assertThat(queued(store)).isEqualTo(left);
    }
}
