// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `gatepost report read` (R3): what is offline analysis of reports.
class ReportReadTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Path PAGE = Path.of("..", "docs", "reference", "report-read-json.md");

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it before each test
    private Path folder;

    @BeforeEach
    void reports() throws IOException {
        Files.createDirectories(folder.resolve("in/deep"));
        Files.writeString(
                folder.resolve("in/one.json"),
                report("Alpha", "2026-11-26", "a.example", 90, 10, "certificate-expired"));
        Files.writeString(
                folder.resolve("in/copy.txt"),
                report("Alpha", "2026-11-26", "a.example", 90, 10, "certificate-expired"));
        try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(folder.resolve("in/deep/two.json.gz")))) {
            gzip.write(report("Beta \u001b[1m", "2026-11-27", "b.example", 5, 40, "tlsa-invalid")
                    .getBytes(StandardCharsets.UTF_8));
        }
        Files.writeString(
                folder.resolve("in/deep/three.eml"),
                "Subject: a report\nContent-Type: application/tlsrpt+json\nContent-Transfer-Encoding: base64\n\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(report("Beta", "2026-11-27", "a.example", 7, 0, "")
                                        .getBytes(StandardCharsets.UTF_8)));
    }

    private static String report(
            String organization, String day, String domain, long successful, long failed, String type) {
        String details = failed == 0 ? "" : """
                  {"result-type": "%s", "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": "mx.%s",
                   "failed-session-count": %d}""".formatted(type, domain, failed);
        return """
                {"organization-name": "%s", "report-id": "%s/%s", "contact-info": "tls@sender.example",
                 "date-range": {"start-datetime": "%sT00:00:00Z", "end-datetime": "%sT23:59:59Z"},
                 "policies": [{"policy": {"policy-type": "%s", "policy-domain": "%s"},
                   "summary": {"total-successful-session-count": %d, "total-failure-session-count": %d},
                   "failure-details": [%s]}]}""".formatted(
                        organization.replace("\u001b", "\\u001b"),
                        day,
                        domain,
                        day,
                        day,
                        domain.startsWith("b") ? "tlsa" : "sts",
                        domain,
                        successful,
                        failed,
                        details);
    }

    @Test
    void whatFailedComesFirstWithCauseFixAndOwner() {
        CommandRun run = CommandRun.of("report", "read", folder.resolve("in").toString());

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .startsWith("""
                        4 files: 3 reports, 1 duplicates, 0 unreadable
                        152 sessions: 102 as the policy wants them, 50 failed (32.89 %)
                        """)
                .containsSubsequence(
                        "What failed, worst first\n",
                        "  40 × tlsa-invalid, policy tlsa\n",
                        "      Likely: No TLSA record matches",
                        "      To do:  Publish the record",
                        "      Whose:  whoever runs the domain's DNS\n",
                        "  10 × certificate-expired, policy sts\n",
                        "      Likely: The certificate has expired.\n")
                .containsPattern(
                        " 40  b\\.example  Beta \\?\\[1m  2026-11-27  tlsa    tlsa-invalid         mx\\.b\\.example\n")
                .containsPattern("By domain\n +failed +succeeded\n +40 +5  b\\.example\n +10 +97  a\\.example\n")
                .containsPattern("By sender\n.*\n +40 +5  Beta \\?\\[1m\n +10 +90  Alpha\n +0 +7  Beta\n")
                .containsPattern("By day\n.*\n +10 +90  2026-11-26\n +40 +12  2026-11-27\n")
                .containsPattern("By policy\n.*\n +40 +5  tlsa\n +10 +97  sts\n")
                .contains("not multipart/report (RFC 8460 §5.3)")
                .doesNotContain("\u001b", "Unreadable");
        assertThat(run.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(120));
    }

    @Test
    void filesWithoutReportAreListedAndEndInStatusOne() throws IOException {
        Files.writeString(folder.resolve("in/notes.txt"), "nothing here");
        CommandRun run = CommandRun.of("report", "read", folder.resolve("in").toString());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("5 files: 3 reports, 1 duplicates, 1 unreadable\n")
                .containsPattern("\nUnreadable\n  \\S+notes\\.txt: not JSON \\(RFC 8259\\): .*\n$");
    }

    @Test
    void fileThatIsNotThereEndsInStatusTwo() {
        CommandRun run =
                CommandRun.of("report", "read", folder.resolve("nowhere").toString());
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("gatepost: there is no file or folder ")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({
        "--domain=A.example, 97, 10",
        "--sender=alph, 90, 10",
        "--day=2026-11-27, 12, 40",
        "--from=2026-11-27, 12, 40",
        "--to=2026-11-26, 90, 10",
        "--failure=tlsa-invalid, 0, 40",
        "--failure=unexplained, 0, 0",
    })
    void optionsLeaveOutTheRest(String option, long successful, long failed) {
        JsonNode printed = json(CommandRun.of(
                "report", "read", "--json", option, folder.resolve("in").toString()));
        assertThat(printed.path("successful").asLong()).isEqualTo(successful);
        assertThat(printed.path("failed").asLong()).isEqualTo(failed);
        assertThat(printed.path("reports").asLong()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --domain=a..b                         | --domain: 'a..b' at offset 2
            --day=yesterday                       | Invalid value for option '--day'
            --day=2026-11-27 --to=2026-11-28      | --day and --from or --to exclude each other
            --from=2026-11-27 --to=2026-11-26     | --to is before --from
            --rows=0                              | --rows takes a number from 1 to 100000
            """)
    void wrongOptionsAreToldInOneLine(String options, String complaint) {
        String[] arguments = ("report read " + options + " " + folder.resolve("in")).split(" ");
        CommandRun run = CommandRun.of(arguments);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains(complaint).hasLineCount(1);
    }

    @Test
    void longTablesAreCutAndSayHowMuchIsMissing() throws IOException {
        List<ResultType> types = List.of(ResultType.values());
        for (int i = 0; i < types.size(); i++) {
            Files.writeString(
                    folder.resolve("in/" + i),
                    report(
                            "Org " + i,
                            "2026-11-25",
                            "d" + i + ".example",
                            0,
                            i + 1,
                            types.get(i).toString()));
        }
        CommandRun run = CommandRun.of(
                "report", "read", "--rows", "2", folder.resolve("in").toString());
        assertThat(run.out())
                .contains("  40 × tlsa-invalid", "  13 × certificate-expired", "  … and 10 more (--rows)\n")
                .doesNotContain("sts-policy-invalid");
    }

    @Test
    void whatIsPrintedAndWhatIsDocumentedAreTheSame() throws IOException {
        Files.writeString(folder.resolve("in/notes.txt"), "nothing here");
        JsonNode printed = json(
                CommandRun.of("report", "read", "--json", folder.resolve("in").toString()));
        assertThat(printed.path("failures").path(0).path("likely-cause").asString())
                .startsWith("No TLSA record");
        assertThat(printed.path("rows").size()).isEqualTo(5);

        JsonReference reference = JsonReference.read(PAGE);
        reference.check(printed, "the reports");
        assertThat(reference.neverProduced()).allMatch(row -> row.contains("-without-room"));
        reference.check(MAPPER.readTree(reference.example()), "the example");
        assertThat(reference.undocumented()).isEmpty();
    }

    private static JsonNode json(CommandRun run) {
        assertThat(run.err()).isEmpty();
        return MAPPER.readTree(run.out());
    }
}
