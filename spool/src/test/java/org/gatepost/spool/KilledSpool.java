// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// A spool in use by one [CrashChild] after another, each of them killed, and the ledger of what they knew to be
/// durable. Used by one thread.
final class KilledSpool {
    private final Path directory;
    private final Journal.Settings journal;

    private final Set<String> committed = new HashSet<>();
    private final Set<String> begun = new HashSet<>();
    private final Set<String> ended = new HashSet<>();
    private final Set<String> dropping = new HashSet<>();
    private final Set<String> dropped = new HashSet<>();
    private int begins;
    private boolean opened;

    KilledSpool(Path directory, Journal.Settings journal) {
        this.directory = directory;
        this.journal = journal;
    }

    /// Kills a child after it has said so many lines.
    void killWhileWorking(int lines, long seed) throws IOException, InterruptedException {
        Process child = start(seed);
        try (BufferedReader out = output(child)) {
            int read = 0;
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                note(line);
                if (++read == lines) {
                    child.toHandle().destroyForcibly(); // unlike the Process, it leaves the output open
                }
            }
            assertThat(read).as("lines of the child").isGreaterThanOrEqualTo(lines);
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertThat(child.exitValue()).as("killed by signal 9").isEqualTo(128 + 9);
    }

    /// Kills a child so long after it began to open the spool.
    ///
    /// @return whether it had not finished that
    boolean killWhileOpening(long nanos, long seed) throws IOException, InterruptedException {
        Process child = start(seed);
        opened = false;
        try (BufferedReader out = output(child)) {
            assertThat(out.readLine()).isEqualTo("opening");
            LockSupport.parkNanos(nanos);
            child.toHandle().destroyForcibly();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                note(line);
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertThat(child.exitValue()).as("killed by signal 9").isEqualTo(128 + 9);
        return !opened;
    }

    private Process start(long seed) throws IOException {
        return Child.start(Child.command(
                CrashChild.class,
                directory.toString(),
                Long.toString(seed),
                Long.toString(journal.segment()),
                Integer.toString(journal.files())));
    }

    private static BufferedReader output(Process child) {
        return new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII));
    }

    private void note(String line) {
        opened |= line.equals("open");
        begins += line.startsWith("begin ") || line.startsWith("drop ") ? 1 : 0;
        // The kill may cut the last line: an id has eight characters.
        String id = line.substring(line.indexOf(' ') + 1);
        if (id.length() == 8 && line.indexOf(' ') > 0) {
            boolean isNew = switch (line.substring(0, line.indexOf(' '))) {
                case "commit" -> committed.add(id);
                case "begin" -> begun.add(id) || !ended.contains(id);
                case "end" -> ended.add(id);
                case "drop" -> dropping.add(id) || !dropped.contains(id);
                case "dropped" -> dropped.add(id);
                default -> throw new AssertionError(line);
            };
            assertThat(isNew).as("said once: %s", line).isTrue();
        }
    }

    int acknowledged() {
        return committed.size();
    }

    int finished() {
        return ended.size() + dropped.size();
    }

    /// Opens the spool and compares it with the ledger.
    void check() throws IOException {
        StoreSettings settings = StoreSettings.DEFAULT.withJournal(journal);
        try (EmbeddedStore store = EmbeddedStore.open(directory, settings)) {
            check(store);
            assertThat(names(directory.resolve("content"))).isEqualTo(filesInUse(store));
        }
    }

    private void check(EmbeddedStore store) throws IOException {
        Set<String> present = new HashSet<>();
        Set<String> reported = new HashSet<>();
        for (Spool.Entry entry : store.spool().list(new MessageId(0), Integer.MAX_VALUE)) {
            MessageId id = entry.message().id();
            byte[] content;
            try (InputStream in = store.spool().content(id)) {
                content = in.readAllBytes();
            }
            if (entry.message().envelope().reversePath().isEmpty()) {
                assertThat(reported.add(new String(content, StandardCharsets.US_ASCII)))
                        .isTrue();
            } else {
                present.add(id.toString());
                assertWhole(id, content);
            }
        }
        Set<String> gone = new HashSet<>(dropping);
        gone.removeAll(present);
        assertThat(reported).as("finished and reported").containsAll(ended);
        assertThat(begun).as("reported only what was begun").containsAll(reported);
        assertThat(gone).as("dropped and gone").containsAll(dropped);
        assertThat(present)
                .as("finished and there")
                .filteredOn(reported::contains)
                .isEmpty();
        Set<String> lost = new HashSet<>(committed);
        lost.removeAll(present);
        lost.removeAll(reported);
        lost.removeAll(gone);
        assertThat(lost).as("acknowledged and lost").isEmpty();
        assertThat(store.spool().depth().messages()).isEqualTo(present.size() + reported.size());
        checkSessions(store, reported.size() + gone.size());
    }

    /// A session is counted before the end of its delivery is kept (spec R1).
    private void checkSessions(EmbeddedStore store, long finished) {
        long sessions = store
                .sessionLog()
                .results(LocalDate.ofInstant(CrashChild.NOW, ZoneOffset.UTC), CrashChild.SESSIONS_OF)
                .stream()
                .mapToLong(result -> result.successful())
                .sum();
        assertThat(sessions).as("sessions counted").isBetween(finished, (long) begins);
    }

    private static void assertWhole(MessageId id, byte[] content) {
        String text = new String(content, 0, Math.min(content.length, 60), StandardCharsets.ISO_8859_1);
        List<String> header = List.of(text.substring(0, text.indexOf("\r\n")).split(" ", 2));
        assertThat(content)
                .as("content of %s", id)
                .isEqualTo(CrashChild.content(Long.parseLong(header.get(1)), Integer.parseInt(header.get(0))));
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return new HashSet<>(
                    files.map(file -> file.getFileName().toString()).toList());
        }
    }

    private static Set<String> filesInUse(EmbeddedStore store) {
        return new HashSet<>(store.readers()
                .read(db -> db.all(row -> row.getString(1), "SELECT file FROM content WHERE file IS NOT NULL")));
    }
}
