// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.Spool.Update.Finished;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedSpoolTest extends SpoolContract {
    @TempDir
    Path directory;

    private EmbeddedStore store;

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory.resolve("spool"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    Spool spool() {
        return store.spool();
    }

    @Override
    void reopen() {
        store.close();
        open();
    }

    /// Whoever lists the queue has all of it moved to the tables.
    private void moveFromJournal() {
        assertThat(spool().list(new MessageId(0), 1)).isNotEmpty();
    }

    private List<Path> contentFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("spool/content"))) {
            return files.toList();
        }
    }

    @Test
    void aLargeContentIsAFileThatGoesWithTheMessage() throws IOException {
        put(T0, octets(1, 256 << 10), "small@example.net");
        assertThat(contentFiles()).isEmpty();
        put(T0, octets(2, (256 << 10) + 1), "large@example.net");
        assertThat(contentFiles())
                .singleElement()
                .satisfies(file -> assertThat(file).hasSize((256 << 10) + 1));
        spool().lease(T0, 10).forEach(r -> spool().apply(List.of(new Finished(r)), List.of()));
        assertThat(contentFiles()).isEmpty();
    }

    @Test
    void aDiscardedDraftLeavesNoFile() throws IOException {
        try (Spool.Draft draft = spool().draft()) {
            write(draft, octets(1, 300_000));
            assertThat(contentFiles()).hasSize(1);
        }
        try (Spool.Draft draft = spool().draft()) {
            write(draft, octets(1, 300_000));
            draft.seal(envelope("a@example.net"), T0, T0);
        }
        assertThat(contentFiles()).isEmpty();
    }

    @Test
    void filesWithoutAMessageAreSweptAtTheStart() throws IOException {
        MessageId id = put(T0, octets(2, 300_000), "large@example.net");
        Path orphan = Files.write(directory.resolve("spool/content/m1.content"), new byte[10]);
        reopen();
        assertThat(orphan).doesNotExist();
        assertThat(contentOf(id)).isEqualTo(octets(2, 300_000));
    }

    @Test
    void aDamagedContentFileBreaksTheReadingOffBeforeItsEnd() throws IOException {
        MessageId id = put(T0, octets(2, 300_000), "large@example.net");
        MessageId sound = put(T0, octets(3, 300_000), "other@example.net");
        Path file;
        try (InputStream first = spool().content(id)) {
            file = contentFiles().stream()
                    .filter(f -> startsWith(f, octets(2, 300_000)))
                    .findFirst()
                    .orElseThrow();
            assertThat(first.read()).isNotNegative();
        }
        byte[] damaged = octets(2, 300_000);
        damaged[299_999] ^= 1;
        Files.write(file, damaged);
        try (InputStream in = spool().content(id)) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(id.toString())
                    .hasMessageContaining("damaged");
        }
        Files.delete(file);
        assertThatThrownBy(() -> spool().content(id))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining(id.toString());
        assertThat(contentOf(sound)).isEqualTo(octets(3, 300_000));
    }

    private static boolean startsWith(Path file, byte[] content) {
        try {
            return Files.mismatch(file, Files.write(file.resolveSibling("../compare"), content)) < 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void damagedRecordsDoNotStopTheOthers() {
        MessageId broken = put(T0, octets(1, 500), "broken@example.net");
        MessageId other = put(T0, octets(2, 500), "other@example.net");
        moveFromJournal();
        store.writer().commit(0, db -> db.update("UPDATE recipient SET mailbox = '?' WHERE mailbox LIKE 'broken%'"));
        store.writer().commit(0, db -> db.update("UPDATE content SET octets = x'00' WHERE message = ?", other.value()));

        assertThat(lease(T0, 10)).containsExactly("other");
        assertThatThrownBy(() -> spool().message(broken))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining(broken.toString());
        assertThat(spool().list(new MessageId(0), 1))
                .extracting(entry -> entry.message().id())
                .containsExactly(other);
        assertThatThrownBy(() -> spool().content(other))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining(other.toString());
        assertThat(contentOf(broken)).isEqualTo(octets(1, 500));
    }

    @Test
    void whatCannotBeReadBackIsRefused() {
        var odd = new Mailbox("a b", new Mailbox.Host.Domain(DomainName.parse("example.net")));
        try (Spool.Draft draft = spool().draft()) {
            var envelope = new Envelope(Optional.empty(), List.of(odd), false, false, "x");
            assertThatThrownBy(() -> draft.commit(envelope, T0, T0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> draft.commit(envelope("a@example.net"), T0, Instant.MAX))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(spool().depth().messages()).isZero();
    }

    /// The totals are kept by every change; they must equal a count.
    @Test
    void totalsEqualACount() throws Exception {
        inParallel(6, thread -> {
            for (int i = 0; i < 20; i++) {
                put(T0, octets(i, 100 + i), "a" + i + "@example.net", "b" + i + "@example.net");
                spool().lease(T0, 1).forEach(r -> spool().apply(List.of(new Finished(r)), List.of()));
            }
        });
        moveFromJournal();
        Spool.Depth counted = store.readers()
                .read(db -> db.first(
                                row -> new Spool.Depth(row.getLong(1), row.getLong(2), row.getLong(3)),
                                "SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM recipient WHERE due IS NOT"
                                        + " NULL), (SELECT sum(size) FROM message)")
                        .orElseThrow());
        assertThat(spool().depth()).isEqualTo(counted);
        assertThat(counted.recipients()).isEqualTo(6 * 20);
    }

    @Test
    void theNextOneIsFoundByTheIndexAlone() {
        assertThat(plan(QueueTables.DUE_TOGETHER))
                .startsWith("SEARCH recipient USING INDEX recipient_due (due=? AND rowid>?)")
                .doesNotContain("TEMP");
        assertThat(plan(QueueTables.DUE_LATER))
                .startsWith("SEARCH recipient USING INDEX recipient_due (due>? AND due<?)")
                .doesNotContain("TEMP");
    }

    private String plan(String sql) {
        List<String> steps =
                store.readers().read(db -> db.all(row -> row.getString("detail"), "EXPLAIN QUERY PLAN " + sql, 0L, 0L));
        return String.join(", ", steps);
    }

    @Test
    void oneFailingChangeDoesNotSpoilTheOthersOfItsBatch() throws Exception {
        var failures = new ConcurrentLinkedQueue<SpoolException>();
        var inWriter = new CountDownLatch(1);
        var goOn = new CompletableFuture<Boolean>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var held = threads.submit(() -> store.writer().commit(0, db -> {
                inWriter.countDown();
                return goOn.join();
            }));
            inWriter.await();
            for (int i = 0; i < 5; i++) {
                threads.execute(() -> fail(failures));
                threads.execute(
                        () -> store.writer().commit(0, db -> db.update("UPDATE total SET messages = messages + 1")));
            }
            while (store.writer().waiting() < 10) {
                Thread.sleep(1);
            }
            goOn.complete(true);
            assertThat(held.get()).isTrue();
        }
        assertThat(failures).hasSize(5);
        assertThat(spool().depth().messages()).isEqualTo(5);
    }

    private void fail(Collection<SpoolException> failures) {
        try {
            store.writer().commit(0, db -> db.update("INSERT INTO nowhere VALUES (1)"));
        } catch (SpoolException e) {
            failures.add(e);
        }
    }

    /// A kill leaves the kernel's cache alone, so no crash test notices when the sync is missing.
    @Test
    void everyCommitIsSyncedToTheDisk() {
        assertThat(pragma("synchronous")).isEqualTo("2");
        assertThat(pragma("journal_mode")).isEqualTo("wal");
    }

    private String pragma(String name) {
        return store.writer()
                .commit(
                        0,
                        db -> db.first(row -> row.getString(1), "PRAGMA " + name)
                                .orElseThrow());
    }

    @Test
    void aChangeThatFailsHalfWayLeavesNothing() {
        assertThatThrownBy(() -> store.writer().commit(0, db -> {
                    db.update("UPDATE total SET messages = 99");
                    return db.update("INSERT INTO nowhere VALUES (1)");
                }))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("spool.db");
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
    }

    @Test
    void belowTheReserveNewMailIsRefusedButResultsAreStored() {
        put(T0, "a@example.net");
        store.close();
        store = EmbeddedStore.open(directory.resolve("spool"), StoreSettings.DEFAULT.withReserve(Long.MAX_VALUE));
        assertThatThrownBy(() -> put(T0, "b@example.net"))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining(directory.resolve("spool").toString())
                .hasMessageContaining("free");
        spool().apply(List.of(new Finished(spool().lease(T0, 1).getFirst())), List.of());
        assertThat(spool().depth().messages()).isZero();
    }

    @Test
    void aClosedStoreSaysSo() {
        store.close();
        store.close();
        for (org.assertj.core.api.ThrowableAssert.ThrowingCallable use :
                List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                        () -> put(T0, "a@example.net"), () -> spool().depth(), () -> spool().lease(T0, 1))) {
            assertThatThrownBy(use).isInstanceOf(SpoolException.class).hasMessageContaining("closed");
        }
    }
}
