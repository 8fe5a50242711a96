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
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a process that uses the spool, at moments of chance, and looks at what is left. That proves the order of
/// steps and the recovery; that the disk keeps what was synced is the disk's part, and not shown here.
@Tag("slow")
final class CrashTest {
    private static final int ROUNDS = 5;

    @TempDir
    Path directory;

    private final Set<String> committed = new HashSet<>();
    private final Set<String> begun = new HashSet<>();
    private final Set<String> ended = new HashSet<>();
    private int begins;

    @Test
    void whatWasAcknowledgedIsThereAfterEachKill() throws Exception {
        var random = new Random(20261122);
        Path spool = directory.resolve("spool");
        for (int round = 0; round < ROUNDS; round++) {
            killAfter(spool, 200 + random.nextInt(1500), random.nextLong());
            try (EmbeddedStore store = EmbeddedStore.open(spool)) {
                check(store);
                assertThat(names(spool.resolve("content"))).isEqualTo(filesInUse(store));
            }
        }
        assertThat(ended).hasSizeGreaterThan(100);
        assertThat(committed.size() - ended.size()).isPositive();
    }

    private void killAfter(Path spool, int lines, long seed) throws IOException, InterruptedException {
        Process child = Child.start(Child.command(CrashChild.class, spool.toString(), Long.toString(seed)));
        try (var out = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
            int read = 0;
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                record(line);
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

    private void record(String line) {
        begins += line.startsWith("begin ") ? 1 : 0;
        // The kill may cut the last line: an id has eight characters.
        String id = line.substring(line.indexOf(' ') + 1);
        if (id.length() == 8) {
            boolean isNew = switch (line.substring(0, line.indexOf(' '))) {
                case "commit" -> committed.add(id);
                case "begin" -> begun.add(id) || !ended.contains(id);
                case "end" -> ended.add(id);
                default -> throw new AssertionError(line);
            };
            assertThat(isNew).as("said once: %s", line).isTrue();
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
        assertThat(reported).as("finished and reported").containsAll(ended);
        assertThat(begun).as("reported only what was begun").containsAll(reported);
        assertThat(present).as("finished and there").doesNotContainAnyElementsOf(reported);
        Set<String> lost = new HashSet<>(committed);
        lost.removeAll(present);
        lost.removeAll(reported);
        assertThat(lost).as("acknowledged and lost").isEmpty();
        assertThat(store.spool().depth().messages()).isEqualTo(present.size() + reported.size());
        long sessions = store.sessionLog()
                .results(LocalDate.ofInstant(CrashChild.NOW, ZoneOffset.UTC), CrashChild.SESSIONS_OF)
                .getFirst()
                .successful();
        assertThat(sessions).as("sessions counted").isBetween((long) reported.size(), (long) begins); // R1
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
