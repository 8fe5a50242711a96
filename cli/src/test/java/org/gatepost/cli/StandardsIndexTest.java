// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/standards/index.tsv` leads from an RFC section, or from one demand in it, to its status and test, and
/// the
/// code cites no section that is not in it.
class StandardsIndexTest {
    private static final Path ROOT = Path.of("..");
    private static final Path INDEX = ROOT.resolve("docs/standards/index.tsv");
    private static final Set<String> STATUSES = Set.of("yes", "partly", "no", "not-ours");
    private static final Pattern CITATION = Pattern.compile("RFC (\\d+) §(\\d+(?:\\.\\d+)*)");

    private static final Pattern SECTION = Pattern.compile("(\\d+(?:\\.\\d+)*)(?: #(\\d+))?");
    private static final Pattern DEMAND =
            Pattern.compile("(MUST|MUST NOT|SHOULD|SHOULD NOT|RECOMMENDED|NOT RECOMMENDED): .+");
    private static final Pattern METHOD = Pattern.compile("(?:void|(?:List|Stream)<DynamicTest>) (\\w+)\\(");

    /// The sections that are held demand by demand, with the number of sentences in the RFC that demand
    /// something in
    /// capitals.
    private static final Map<String, Integer> DEMANDS = Map.ofEntries(
            Map.entry("3030 §2", 12),
            Map.entry("3461 §5.2.1", 9),
            Map.entry("3461 §5.2.2", 6),
            Map.entry("3461 §5.2.5", 1),
            Map.entry("3461 §5.2.6", 4),
            Map.entry("3461 §6.1", 3),
            Map.entry("3461 §6.2", 2),
            Map.entry("7672 §2.1.1", 6),
            Map.entry("7672 §2.1.2", 6),
            Map.entry("7672 §2.1.3", 2),
            Map.entry("7672 §2.2", 8),
            Map.entry("7672 §2.2.1", 8),
            Map.entry("7672 §2.2.2", 4),
            Map.entry("7672 §2.2.3", 4),
            Map.entry("7672 §3.1.1", 3),
            Map.entry("7672 §3.1.2", 5),
            Map.entry("7672 §3.1.3", 1),
            Map.entry("7672 §3.2", 2),
            Map.entry("7672 §3.2.1", 1),
            Map.entry("7672 §3.2.2", 8),
            Map.entry("7672 §3.2.3", 2),
            Map.entry("7671 §4", 2),
            Map.entry("7671 §4.1", 2),
            Map.entry("7671 §4.2", 2),
            Map.entry("7671 §5.1", 5),
            Map.entry("7671 §5.2", 2),
            Map.entry("7671 §5.2.1", 4),
            Map.entry("7671 §5.2.2", 4),
            Map.entry("7671 §5.2.3", 2),
            Map.entry("7671 §5.4", 4),
            Map.entry("7671 §9", 10),
            Map.entry("7671 §10.1.1", 1),
            Map.entry("7671 §10.1.2", 5),
            Map.entry("7671 §10.2", 3),
            Map.entry("7671 §10.3", 5),
            Map.entry("8461 §2", 1),
            Map.entry("8461 §3.1", 5),
            Map.entry("8461 §3.2", 6),
            Map.entry("8461 §3.3", 9),
            Map.entry("8461 §3.4", 2),
            Map.entry("8461 §4", 1),
            Map.entry("8461 §4.2", 2),
            Map.entry("8461 §5", 3),
            Map.entry("8461 §5.1", 1),
            Map.entry("8461 §6", 1),
            Map.entry("8461 §7.1", 5),
            Map.entry("8461 §7.2", 2),
            Map.entry("8461 §8.1", 2),
            Map.entry("6698 §2.1.1", 7),
            Map.entry("6698 §2.2", 4),
            Map.entry("6698 §4", 2),
            Map.entry("6698 §4.1", 12),
            Map.entry("8460 §3", 13),
            Map.entry("8460 §4", 1),
            Map.entry("8460 §4.1", 1),
            Map.entry("8460 §4.3.1", 1),
            Map.entry("8460 §4.3.3", 2),
            Map.entry("8460 §4.4", 2),
            Map.entry("8460 §5.1", 2),
            Map.entry("8460 §5.3", 4),
            Map.entry("8460 §5.3.1", 1),
            Map.entry("8460 §5.4", 2),
            Map.entry("8460 §5.5", 1),
            Map.entry("8689 §2", 5),
            Map.entry("8689 §3", 3),
            Map.entry("8689 §4.1", 4),
            Map.entry("8689 §4.2.1", 8),
            Map.entry("8689 §5", 5));

    /// @param number of the demand within the section, 0 for the section as a whole
    private record Row(String rfc, String section, int number, String status, String test, String note) {
        String place() {
            return rfc + " §" + section;
        }

        List<String> tests() {
            return test.isBlank() ? List.of() : List.of(test.split(", ", -1));
        }
    }

    @Test
    void everyRowHasAStatusAndEveryYesATestThatExists() throws IOException {
        Set<String> tests = tests();
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
            assertThat(tests).as(row.toString()).containsAll(row.tests());
        }
    }

    @Test
    void noSectionOrDemandIsListedTwice() throws IOException {
        assertThat(rows().stream().map(row -> row.place() + " #" + row.number()).toList())
                .doesNotHaveDuplicates();
    }

    @Test
    void everyDemandOfTheSectionsHeldInFullIsListedInOrder() throws IOException {
        Map<String, List<Integer>> listed = rows().stream()
                .filter(row -> DEMANDS.containsKey(row.place()) || row.number() > 0)
                .collect(Collectors.groupingBy(Row::place, Collectors.mapping(Row::number, Collectors.toList())));
        Map<String, List<Integer>> wanted = DEMANDS.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> IntStream.rangeClosed(1, entry.getValue())
                                .boxed()
                                .toList()));
        assertThat(listed).isEqualTo(wanted);
    }

    @Test
    void aDemandSaysHowStronglyItIsMeantAndNamesTheMethodsThatShowIt() throws IOException {
        for (Row row : rows()) {
            if (row.number() > 0) {
                assertThat(row.note()).as(row.toString()).matches(DEMAND);
                assertThat(row.tests()).as(row.toString()).allMatch(test -> test.contains("#"));
            }
        }
    }

    @Test
    void everySectionThatTheCodeCitesIsListed() throws IOException {
        Set<String> listed = rows().stream().map(row -> "RFC " + row.place()).collect(Collectors.toSet());
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
                Matcher section = SECTION.matcher(cells[1]);
                assertThat(section.matches()).as(line).isTrue();
                int number = section.group(2) == null ? 0 : Integer.parseInt(section.group(2));
                rows.add(new Row(cells[0], section.group(1), number, cells[2], cells[3], cells[4]));
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

    /// The classes in the folders of tests by simple name, and their methods as `Class#method`.
    private static Set<String> tests() throws IOException {
        Set<String> tests = new TreeSet<>();
        for (Path source : sources("src/test/java")) {
            String name = source.getFileName().toString().replace(".java", "");
            tests.add(name);
            METHOD.matcher(Files.readString(source)).results().forEach(found -> tests.add(name + "#" + found.group(1)));
        }
        return tests;
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
