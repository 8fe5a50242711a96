// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/standards/index.tsv` leads from an RFC section to its status and test, and the code cites no section that
/// is not in it.
class StandardsIndexTest {
    private static final Path ROOT = Path.of("..");
    private static final Path INDEX = ROOT.resolve("docs/standards/index.tsv");
    private static final Set<String> STATUSES = Set.of("yes", "partly", "no", "not-ours");
    private static final Pattern CITATION = Pattern.compile("RFC (\\d+) §(\\d+(?:\\.\\d+)*)");

    private record Row(String rfc, String section, String status, String test, String note) {}

    @Test
    void everyRowHasAStatusAndEveryYesATestThatExists() throws IOException {
        Set<String> tests = testClasses();
        for (Row row : rows()) {
            assertThat(STATUSES).as(row.toString()).contains(row.status());
            if (row.status().equals("yes") || row.status().equals("partly")) {
                assertThat(row.test()).as(row.toString()).isNotBlank();
            }
            if (row.status().equals("no")
                    || row.status().equals("partly")
                    || row.status().equals("not-ours")) {
                assertThat(row.note()).as(row.toString()).isNotBlank();
            }
            for (String test : row.test().isBlank() ? new String[0] : row.test().split(", ")) {
                assertThat(tests).as(row.toString()).contains(test);
            }
        }
    }

    @Test
    void noSectionIsListedTwice() throws IOException {
        assertThat(rows().stream().map(row -> row.rfc() + " §" + row.section()).toList())
                .doesNotHaveDuplicates();
    }

    @Test
    void everySectionThatTheCodeCitesIsListed() throws IOException {
        Set<String> listed = rows().stream()
                .map(row -> "RFC " + row.rfc() + " §" + row.section())
                .collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>(citations());
        missing.removeAll(listed);
        assertThat(missing)
                .as("cited in src/main, absent from docs/standards/index.tsv")
                .isEmpty();
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(INDEX)) {
            if (!line.startsWith("#") && !line.startsWith("rfc\t")) {
                String[] cells = line.split("\t", -1);
                assertThat(cells).as(line).hasSize(5);
                rows.add(new Row(cells[0], cells[1], cells[2], cells[3], cells[4]));
            }
        }
        return rows;
    }

    private static Set<String> citations() throws IOException {
        Set<String> cited = new TreeSet<>();
        for (Path source : sources("src/main/java")) {
            Matcher matcher = CITATION.matcher(Files.readString(source));
            while (matcher.find()) {
                cited.add("RFC " + matcher.group(1) + " §" + matcher.group(2));
            }
        }
        return cited;
    }

    private static Set<String> testClasses() throws IOException {
        return sources("src/test/java").stream()
                .map(path -> path.getFileName().toString().replace(".java", ""))
                .collect(Collectors.toSet());
    }

    private static List<Path> sources(String folder) throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            List<Path> roots = modules.map(module -> module.resolve(folder))
                    .filter(Files::isDirectory)
                    .toList();
            List<Path> files = new ArrayList<>();
            for (Path root : roots) {
                try (Stream<Path> walk = Files.walk(root)) {
                    walk.filter(path -> path.toString().endsWith(".java")).forEach(files::add);
                }
            }
            return files;
        }
    }
}
