// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// The threads that write, and the end of a store, when what happens is an error of the virtual machine, such
/// as no memory, even for the line that would tell of it: nobody waits for ever, and nothing stays open.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class JournalWriterTest {
    @TempDir
    Path directory;

    private final AppenderBase<ILoggingEvent> untellable = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            throw new OutOfMemoryError("for the test");
        }
    };
    private final Logger log = (Logger) LoggerFactory.getLogger("org.gatepost.spool");

    @BeforeEach
    void failToLog() {
        untellable.start();
        log.addAppender(untellable);
    }

    @AfterEach
    void logAgain() {
        log.detachAppender(untellable);
    }

    @Test
    void anErrorOfTheJournalsWriterIsAnAnswerAndNoFileStaysOpen() throws IOException {
        var calls = new AtomicInteger();
        try (var journal = new Journal(
                directory,
                Journal.Settings.DEFAULT,
                () -> {
                    if (calls.incrementAndGet() < 3) {
                        throw new OutOfMemoryError("for the test");
                    }
                    return 1;
                },
                List.of())) {
            for (int id = 1; id < 3; id++) {
                assertThat(journal.accepted(new MessageId(id), new byte[20], new byte[0]))
                        .isInstanceOf(Journal.Outcome.Refused.class);
            }
            assertThat(journal.accepted(new MessageId(3), new byte[20], new byte[0]))
                    .isInstanceOf(Journal.Outcome.Written.class);
            assertThat(openFiles()).isEqualTo(1);
        }
        assertThat(openFiles()).isZero();
    }

    private long openFiles() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(one -> target(one).startsWith(directory)).count();
        }
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            return link; // closed meanwhile
        }
    }

    @Test
    void anErrorOfTheDatabasesWriterFailsItsCallersOnly() {
        try (EmbeddedStore store = EmbeddedStore.open(directory.resolve("spool"))) {
            assertThatThrownBy(() -> store.writer().commit(0, database -> {
                        throw new OutOfMemoryError("for the test");
                    }))
                    .hasRootCauseInstanceOf(OutOfMemoryError.class);
            // One that ends its transaction itself leaves nothing to roll back.
            assertThatThrownBy(() -> store.writer().commit(0, database -> {
                        database.close();
                        throw new OutOfMemoryError("for the test");
                    }))
                    .hasRootCauseInstanceOf(OutOfMemoryError.class);
            assertThatThrownBy(() -> store.writer().<Integer>commit(0, JournalWriterTest::nothing))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(store.writer().<Integer>commit(0, database -> 7)).isEqualTo(7);
        }
    }

    @Test
    void whoIsToldOfAFailureCannotEndTheWriter() {
        try (EmbeddedStore store = EmbeddedStore.open(directory.resolve("spool"))) {
            var told = new java.util.concurrent.atomic.AtomicReference<Throwable>();
            store.writer()
                    .<Integer>submit(
                            database -> {
                                throw new IllegalStateException("for the test");
                            },
                            trouble -> {
                                told.set(trouble);
                                throw new OutOfMemoryError("for the test");
                            });
            store.writer().awaitSubmitted();
            assertThat(store.writer().<Integer>commit(0, database -> 7)).isEqualTo(7);
            assertThat(told.get()).hasMessage("for the test");
        }
    }

    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    private static Integer nothing(Database database) {
        return Optional.<Integer>empty().orElse(null);
    }

    @Test
    void aStoreThatCannotClearItsJournalIsClosedAndLosesNothing() throws IOException {
        EmbeddedStore store = EmbeddedStore.open(directory.resolve("spool"));
        MessageId id = put(store);
        store.writer().close(); // so that nothing can be moved
        store.close();
        assertThat(openFiles()).isZero();
        log.detachAppender(untellable);
        assertIsThere(id);
    }

    @Test
    void anInterruptedCloseClearsTheJournalAndKeepsTheInterrupt() throws IOException {
        EmbeddedStore store = EmbeddedStore.open(directory.resolve("spool"));
        MessageId id = put(store);
        Thread.currentThread().interrupt();
        store.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(openFiles()).isZero();
        try (InputStream journal = Files.newInputStream(directory.resolve("spool/journal/0.journal"))) {
            assertThat(journal.readNBytes(JournalSegment.HEADER))
                    .isEqualTo(JournalSegment.free().array());
        }
        log.detachAppender(untellable);
        assertIsThere(id);
    }

    private static MessageId put(EmbeddedStore store) {
        try (Spool.Draft draft = store.spool().draft()) {
            SpoolContract.write(draft, SpoolContract.octets(1, 500));
            return draft.commit(SpoolContract.envelope("a@example.net"), SpoolContract.T0, SpoolContract.T0);
        }
    }

    private void assertIsThere(MessageId id) throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(directory.resolve("spool"));
                InputStream content = store.spool().content(id)) {
            assertThat(content.readAllBytes()).isEqualTo(SpoolContract.octets(1, 500));
        }
    }
}
