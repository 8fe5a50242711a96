// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.gatepost.names.DomainName;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.ReceivedReport;
import org.gatepost.spool.ReceivedReport.Arrival;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReport.Way;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `gatepost report list`, beside the gateway that has the store open.
class ReportListTest {
    private static final Instant START = Instant.parse("2026-11-27T00:00:00Z");

    @TempDir
    private Path folder;

    private EmbeddedStore store;
    private Path config;

    @BeforeEach
    void open() throws Exception {
        store = EmbeddedStore.open(folder.resolve("spool"));
        config = Files.writeString(folder.resolve("gatepost.toml"), "spool.directory = 'spool'\n");
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void receive(String organization, String domain, Signature signature) {
        FailureDetails failure = new FailureDetails("certificate-expired", FailedSession.UNKNOWN, 2);
        PolicyResult policy =
                new PolicyResult(new ReportedPolicy("sts", List.of(), domain, List.of()), 5, 2, List.of(failure));
        store.receivedReports()
                .store(
                        new ReceivedReport(
                                new TlsReport(
                                        organization,
                                        START,
                                        START.plusSeconds(86_399),
                                        Optional.empty(),
                                        "id-" + organization,
                                        List.of(policy)),
                                new Arrival(START.plusSeconds(100_000), Way.MAIL, "192.0.2.1", signature),
                                List.of("/contact-info: missing")),
                        Set.of(DomainName.parse(domain)));
    }

    private CommandRun list(String... arguments) {
        String[] all = new String[arguments.length + 4];
        all[0] = "report";
        all[1] = "list";
        all[2] = "--config";
        all[3] = config.toString();
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        return CommandRun.of(all);
    }

    private static Signature signed() {
        return new Signature(Signature.Result.PASS, Optional.of(DomainName.parse("big.example")), true, "key");
    }

    @Test
    void reportsAndSumsAreShownBesideTheRunningGateway() {
        receive("Big Mail", "example.com", signed());
        receive("Small", "example.org", Signature.ABSENT);
        CommandRun run = list();
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("2026-11-27  example.com", "certificate-expired 2", "1  2026-11-27  Big Mail")
                .contains("by mail from 192.0.2.1, DKIM pass of big.example, deviations: 1", "DKIM none");
    }

    @Test
    void whatIsAskedForIsShownAndNothingElse() {
        receive("Big Mail", "example.com", signed());
        receive("Small", "example.org", Signature.ABSENT);
        assertThat(list("--domain", "EXAMPLE.org").out()).contains("Small").doesNotContain("Big Mail");
        assertThat(list("--sender", "big").out()).contains("Big Mail").doesNotContain("Small");
        assertThat(list("--failure", "tlsa-invalid").status()).isEqualTo(1);
        assertThat(list("--from", "2026-11-28").out()).isEqualTo("no received reports\n");
        assertThat(list("--to", "2026-11-27", "--before", "2").out()).doesNotContain("2  2026-11-27  Small");
    }

    @Test
    void oneReportIsShownInFull() {
        receive("Big Mail", "example.com", signed());
        assertThat(list("1").out())
                .contains("id id-Big Mail", "policy sts of example.com: 5 good, 2 failed", "2 x certificate-expired")
                .contains("deviation /contact-info: missing");
        CommandRun none = list("9");
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.out()).contains("no received report 9");
    }

    @Test
    void theJsonIsAsDocumented() throws Exception {
        receive("Big Mail", "example.com", signed());
        JsonNode root = JsonMapper.builder().build().readTree(list("--json").out());
        assertThat(root.at("/sums/0/failed").asInt()).isEqualTo(2);
        assertThat(root.at("/reports/0/arrival/dkimDomain").asString()).isEqualTo("big.example");
        String page = Files.readString(Path.of("..", "docs", "reference", "report-list-json.md"));
        for (String place : List.of("", "/sums/0", "/reports/0", "/reports/0/arrival")) {
            for (String member : root.at(place).propertyNames()) {
                assertThat(page).contains("| `" + member + "` |");
            }
        }
        JsonNode one = JsonMapper.builder().build().readTree(list("1", "--json").out());
        for (String member : one.propertyNames()) {
            assertThat(page).contains("`" + member + "`");
        }
        assertThat(one.at("/policies/0/failures/0/sessions").asInt()).isEqualTo(2);
    }

    @Test
    void textsOfStrangersCannotTakeTheTerminalOver() {
        receive("evil\u001b[2J\nreport 7", "example.com", Signature.ABSENT);
        assertThat(list().out()).doesNotContain("\u001b").doesNotContain("\nreport 7");
        assertThat(list("1").out()).doesNotContain("\u001b").doesNotContain("\nreport 7");
        assertThat(list("--json").out()).doesNotContain("\u001b").doesNotContain("u001b");
    }

    @Test
    void wrongQuestionsAreRefusedInOneLine() {
        assertThat(list("--domain", "a..b").status()).isEqualTo(2);
        assertThat(list("--from", "2026-11-28", "--to", "2026-11-27").err()).contains("--to is before --from");
        assertThat(list("--rows", "0").err()).contains("--rows");
        assertThat(list("--from", "yesterday").status()).isEqualTo(2);
    }

    @Test
    void withoutASpoolThereIsNothingToLookAt() throws Exception {
        config = Files.writeString(folder.resolve("other.toml"), "spool.directory = 'nowhere'\n");
        CommandRun run = list();
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("no gateway has run with it yet").hasLineCount(1);
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }
}
