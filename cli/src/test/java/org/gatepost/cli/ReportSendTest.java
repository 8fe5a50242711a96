// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.gatepost.cli.demo.LabGateway;
import org.gatepost.lab.Lab;
import org.gatepost.lab.ReceivedMessage;
import org.gatepost.lab.ReportReceiver;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.gatepost.lab.SenderSide;
import org.gatepost.names.DomainName;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.PlannedReports.Planning;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.ReportPlans.NewPlan;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `gatepost report send`, `show` and `dkim` in the lab, where a domain wants its reports by mail to itself.
final class ReportSendTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(2);
    private static final Scenario SCENARIO = Scenarios.all().stream()
            .filter(one -> one.id().equals("plain-tls"))
            .findFirst()
            .orElseThrow();
    private static final DomainName DOMAIN = SCENARIO.domain();

    @TempDir
    Path folder;

    private Lab lab;
    private String config = "";

    @BeforeEach
    void start() throws Exception {
        var receiver = new ReportReceiver(
                DomainName.parse("elsewhere.test"),
                InetAddress.ofLiteral("127.0.0.1"),
                domain -> Optional.of("mailto:tls@" + DOMAIN));
        lab = Lab.start(folder, List.of(SCENARIO), receiver, InstantSource.system());
        Path file = LabGateway.writeConfig(lab, folder, SenderSide.DANE_AND_MTA_STS);
        byte[] key = KeyPairGenerator.getInstance("Ed25519")
                .generateKeyPair()
                .getPrivate()
                .getEncoded();
        Files.writeString(
                folder.resolve("dkim.pem"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n");
        Files.writeString(file, """

                [reports]
                from = "tls-reports@sender.test"
                dkim-ed25519-key-file = "dkim.pem"
                """, StandardOpenOption.APPEND);
        config = file.toString();
        try (EmbeddedStore store = openStore()) {
            store.sessionLog()
                    .record(List.of(new SessionResult(
                            day.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC),
                            DOMAIN,
                            new ReportedPolicy("no-policy-found", List.of(), DOMAIN.ascii(), List.of()),
                            Optional.empty())));
        }
    }

    @AfterEach
    void stop() {
        lab.close();
    }

    private EmbeddedStore openStore() {
        return EmbeddedStore.open(folder.resolve("spool"));
    }

    private CommandRun report(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "report";
        all[1] = arguments[0];
        all[2] = "--config";
        all[3] = config;
        System.arraycopy(arguments, 1, all, 4, arguments.length - 1);
        return CommandRun.of(all);
    }

    private List<ReceivedMessage> inbox() throws IOException {
        return lab.domain(SCENARIO).hosts().getFirst().inbox().messages();
    }

    @Test
    void whatWouldBeSentIsShownAndNothingIsSent() throws Exception {
        CommandRun run = report("send", "--day", day.toString(), "--dry-run", "--full", "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        JsonNode shown = MAPPER.readTree(run.out()).get("reports").get(0);
        assertThat(shown.get("domain").asString()).isEqualTo(DOMAIN.ascii());
        assertThat(shown.get("record").get("rua").get(0).asString()).isEqualTo("mailto:tls@" + DOMAIN);
        assertThat(shown.get("report")
                        .get("policies")
                        .get(0)
                        .get("summary")
                        .get("total-successful-session-count")
                        .asInt())
                .isEqualTo(1);
        assertThat(inbox()).isEmpty();
        assertThat(report("show").status()).isEqualTo(Main.NO);
    }

    @Test
    void aDaysReportsAreSentAndDeliveredOnceWhenNoGatewayRuns() throws Exception {
        CommandRun sent = report("send", "--day", day.toString());
        assertThat(sent.err()).isEmpty();
        assertThat(sent.out()).startsWith("1 reports tried");
        assertThat(inbox()).hasSize(1);
        String mail = new String(inbox().getFirst().octets(), StandardCharsets.UTF_8);
        assertThat(mail).contains("DKIM-Signature: v=1; a=ed25519-sha256;").contains("TLS-Report-Domain: " + DOMAIN);
        JsonNode shown =
                MAPPER.readTree(report("show", "--json").out()).get("reports").get(0);
        assertThat(shown.get("state").asString()).isEqualTo("sent");
        assertThat(shown.get("addresses").get(0).get("state").asString()).isEqualTo("delivered");
        CommandRun again = report("send", "--day", day.toString());
        assertThat(again.status()).isEqualTo(Main.NO);
        assertThat(again.out()).startsWith("no report of " + day + " waits");
        assertThat(inbox()).hasSize(1);
    }

    @Test
    void besideARunningGatewayTheReportsAreMarkedAndShown() {
        try (EmbeddedStore running = openStore()) {
            Instant due = Instant.now().plus(Duration.ofHours(3));
            running.reportPlans()
                    .plan(day, List.of(new NewPlan(DOMAIN, "1@gateway.sender.test", due)), new Planning(DOMAIN, true));
            CommandRun run = report("send", "--day", day.toString());
            assertThat(run.err()).isEmpty();
            assertThat(run.out()).startsWith("1 reports marked");
            assertThat(running.reportPlans().due(Instant.now(), 10))
                    .extracting(ReportPlan::domain)
                    .containsExactly(DOMAIN);
            assertThat(report("show", "--full").out())
                    .contains(day + "  " + DOMAIN)
                    .contains("state      waiting, tries: 0")
                    .contains("\"report-id\":\"1@gateway.sender.test\"")
                    .endsWith("1 report" + System.lineSeparator());
        }
    }

    @Test
    void aDayThatIsNotOverIsRefusedInOneLine() {
        String today = LocalDate.now(ZoneOffset.UTC).toString();
        CommandRun run = report("send", "--day", today);
        assertThat(run.status()).isEqualTo(Main.UNUSABLE);
        assertThat(run.err())
                .startsWith("gatepost: --day: " + today + " is not over")
                .hasLineCount(1);
    }

    @Test
    void noSpoolIsMadeWhereNoGatewayHasRun() throws Exception {
        Path spool = folder.resolve("none");
        Path other = folder.resolve("other.toml");
        Files.writeString(
                other,
                Files.readString(Path.of(config))
                        .replaceFirst("(?m)^(\\s*directory\\s*=\\s*).*$", "$1'" + spool + "'"));
        CommandRun run = CommandRun.of("report", "send", "--config", other.toString(), "--day", day.toString());
        assertThat(run.status()).isEqualTo(Main.UNUSABLE);
        assertThat(run.err())
                .contains(spool + ": no gateway has run with it yet")
                .hasLineCount(1);
        assertThat(spool).doesNotExist();
    }

    @Test
    void withoutASenderThereIsNothingToSend() throws Exception {
        Path bare = Files.writeString(folder.resolve("bare.toml"), "spool.directory = 'spool'\n");
        CommandRun run = CommandRun.of("report", "send", "--config", bare.toString(), "--day", day.toString());
        assertThat(run.status()).isEqualTo(Main.UNUSABLE);
        assertThat(run.err()).isEqualTo("gatepost: reports.from: not set, so no reports are sent\n");
    }

    @Test
    void theRecordToPublishIsPrinted() {
        CommandRun run = report("dkim");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .startsWith("tlsrpt-ed25519._domainkey.sender.test. IN TXT ( \"v=DKIM1; k=ed25519; s=tlsrpt; p=");
    }
}
