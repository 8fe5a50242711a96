// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.gatepost.tlsrpt.ReadReport.Accepted;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Records and reports of other projects, read in place from the folder that `GATEPOST_CORPUS` names.
final class TlsRptCorpusTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Input → why our verdict is another one. None so far.
    private static final Map<String, String> WAIVERS = Map.of();

    /// File → domains of its policies, sessions that succeeded and that failed.
    private static final Map<String, String> CONTENTS = Map.ofEntries(
            Map.entry("cryinc-google.json", "foo-bar.io 1 0"),
            Map.entry("cryinc-microsoft.json", "random.net,random.net 4 0"),
            Map.entry("cryinc-no-contact.json", "server.com 1 0"),
            Map.entry("cryinc-no-policy.json", "foo-bar.io 1 0"),
            Map.entry("cryinc-no_ip_and_mx.json", "xxxxxxxx.xx 0 3"),
            Map.entry("cryinc-rfc-example.json", "company-y.example 5326 303"),
            Map.entry("mailauth-rpt01.eml", "company-y.example 5326 303"),
            Map.entry("mailauth-rpt01.json", "company-y.example 5326 303"),
            Map.entry("mailauth-rpt02.eml", "example.com 23 1"),
            Map.entry("mailauth-rpt02.json", "example.com 23 1"),
            Map.entry("mailauth-rpt03.json", ", 2 0"),
            Map.entry("tlsrptdigest-microsoft.eml", "example.com 2 0"));

    @Test
    void recordsGetTheirVerdicts() throws IOException {
        var needed = new TreeMap<String, String>();
        for (Path file : folder().map(folder -> folder.resolve("mox-txt-vectors.jsonl")).stream()
                .toList()) {
            for (String line : Files.readAllLines(file)) {
                JsonNode vector = JSON.readTree(line);
                String input = vector.get("input").asString();
                boolean valid = TlsRptRecord.parse(List.of(input)) instanceof TlsRptRecord.Published;
                if (valid != vector.get("verdict").asString().equals("valid")) {
                    needed.put(input, WAIVERS.getOrDefault(input, "UNEXPLAINED " + vector.get("why")));
                }
            }
        }
        needed.forEach((input, why) -> System.out.println("waiver tlsrpt " + input + ": " + why));
        assertThat(needed).isEqualTo(WAIVERS);
    }

    @Test
    void everyReportIsReadAndItsDeviationsAreTold() throws IOException {
        Optional<Path> folder = folder();
        if (folder.isEmpty()) {
            return;
        }
        var contents = new TreeMap<String, String>();
        for (Path file : reports(folder.get())) {
            String name = file.getFileName().toString();
            contents.put(name, content(name, read(file)));
        }
        assertThat(contents).containsAllEntriesOf(CONTENTS);
        assertThat(contents.values()).doesNotContain("unreadable");
    }

    private static List<Path> reports(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().matches(".*\\.(json|eml|gz)"))
                    .sorted()
                    .toList();
        }
    }

    private static ReadReport read(Path file) throws IOException {
        try (InputStream input = Files.newInputStream(file)) {
            return ReportFile.read(input, ReadLimits.DEFAULT);
        }
    }

    private static String content(String name, ReadReport read) {
        if (!(read instanceof Accepted(TlsReport report, List<Deviation> deviations))) {
            System.out.println("tlsrpt " + name + " unreadable: " + read);
            return "unreadable";
        }
        deviations.forEach(one -> System.out.println("tlsrpt " + name + " " + one.place() + ": " + one.rule()));
        var domains = new ArrayList<String>();
        report.policies().forEach(result -> domains.add(result.policy().domain()));
        return String.join(",", domains)
                + " "
                + report.policies().stream().mapToLong(PolicyResult::successful).sum()
                + " "
                + report.policies().stream().mapToLong(PolicyResult::failed).sum();
    }

    private static Optional<Path> folder() {
        String folder = System.getenv().getOrDefault("GATEPOST_CORPUS", "");
        if (folder.isEmpty()) {
            System.out.println("corpus not present: tlsrpt did not run");
            return Optional.empty();
        }
        return Optional.of(Path.of(folder).resolve("tlsrpt"));
    }
}
