// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every replay scenario passes or is waived with a reason; a waived one that passes is a mistake too.
///
/// Ours stand among the test resources; those of others are read in place from the folder that the
/// environment variable GATEPOST_CORPUS names.
class RplScenariosTest {
    private static final AtomicInteger PASSED = new AtomicInteger();
    private static final AtomicInteger WAIVED = new AtomicInteger();
    private static final Map<String, String> WAIVERS = waivers();

    @AfterAll
    static void count() {
        System.out.println("replay scenarios: " + PASSED + " passed, " + WAIVED + " waived");
    }

    @TestFactory
    Stream<DynamicTest> ourScenariosHold() throws IOException {
        return tests(Path.of("src/test/resources/rpl"));
    }

    @TestFactory
    Stream<DynamicTest> theScenariosOfOthersHold() throws IOException {
        Optional<Path> corpus = Corpus.folder("rpl", "the replay scenarios");
        return corpus.isEmpty() ? Stream.empty() : tests(corpus.get());
    }

    private static Stream<DynamicTest> tests(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files
                    .filter(file -> file.toString().endsWith(".rpl"))
                    .sorted()
                    .map(file -> DynamicTest.dynamicTest(
                            folder.relativize(file).toString(),
                            () -> hold(folder.relativize(file).toString(), file)))
                    .toList()
                    .stream();
        }
    }

    private static void hold(String name, Path file) throws IOException {
        List<String> problems = ReplayRun.play(ReplayParser.parse(Files.readString(file, StandardCharsets.ISO_8859_1)));
        if (WAIVERS.containsKey(name)) {
            WAIVED.incrementAndGet();
            assertThat(problems)
                    .as(name + " passes, so its waiver is out of date")
                    .isNotEmpty();
        } else {
            assertThat(problems).as(name).isEmpty();
            PASSED.incrementAndGet();
        }
    }

    private static Map<String, String> waivers() {
        var waivers = new TreeMap<String, String>();
        try {
            for (String line : Files.readAllLines(Path.of("src/test/resources/rpl-waivers.tsv"))) {
                String[] cells = line.split("\t", -1);
                if (cells.length == 2 && !line.startsWith("#")) {
                    waivers.put(cells[0], cells[1]);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return waivers;
    }
}
