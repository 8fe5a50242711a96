// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.gatepost.cli.demo.LabGateway;
import org.gatepost.lab.Lab;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.gatepost.lab.SenderSide;
import org.gatepost.policy.SubReason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `gatepost explain` in the lab, as text and as JSON, against what must be so and against its reference page.
class ExplainTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Path PAGE = Path.of("..", "docs", "reference", "explain-json.md");

    /// What an explanation with `--connect` must come to.
    ///
    /// @param outcome empty when mail would be delivered
    private record Must(String scenario, int status, String action, String outcome, String says) {}

    private static final List<Must> MUSTS = List.of(
            delivered("plain-clear", "STARTTLS is not offered"),
            delivered("plain-tls", "no-policy-found: satisfied"),
            delivered("sts-good", "sts: satisfied"),
            delivered("dane-311", "tlsa: satisfied"),
            delivered("both-good", "sts: satisfied"),
            delivered("sts-testing-untrusted", "sts: fails, not enforced"),
            delivered("dane-ee-expired", "tlsa: satisfied"),
            delivered("dane-second-mx", "Host mx2.dane-second-mx.test (preference 20)"),
            held("sts-stripped", "C1", "551 5.7.4 STARTTLS is required by recipient domain's MTA-STS policy"),
            held("sts-tls11", "C2", "551 5.7.6 MTA-STS requires TLS 1.2 or higher. TLS Version: TLSv1.1"),
            held(
                    "sts-mx-not-listed",
                    "C3",
                    "551 5.4.8 MX hosts of 'sts-mx-not-listed.test' failed MTA-STS validation."),
            held("sts-name-mismatch", "C4", "551 5.7.5 Remote certificate MUST have a subject alternative name"),
            held("sts-expired", "C5", "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: expired"),
            held("dane-stripped", "C6", "550 5.7.321 starttls-not-supported: "),
            held("dane-ta-expired", "C7", "550 5.7.322 certificate-expired: "),
            held("dane-mismatch", "C8", "550 5.7.323 tlsa-invalid: The domain failed DANE validation."),
            held("dane-forged-mx", "C9", "550 5.7.324 dnssec-invalid: "),
            held("dane-ta-name-mismatch", "C10", "550 5.7.325 certificate-host-mismatch: "),
            held("mx-servfail", "C11", "550 5.4.312 DNS query failed"),
            held("unreachable", "C12", "550 5.4.316 Connection refused"),
            returned("null-mx", "C13", "556 5.1.10 Recipient address has null MX"),
            returned("no-domain", "C16", "550 5.4.310 DNS domain 'no-domain.test' does not exist"));

    @SuppressWarnings("NullAway.Init")
    private static Lab lab;

    @SuppressWarnings("NullAway.Init")
    private static Path config;

    @SuppressWarnings("NullAway.Init")
    private static Path indifferent;

    @SuppressWarnings("NullAway.Init")
    private static Path connected;

    private static Must delivered(String scenario, String says) {
        return new Must(scenario, 0, "deliver", "", says);
    }

    private static Must held(String scenario, String outcome, String says) {
        return new Must(scenario, 1, "defer", outcome, says);
    }

    private static Must returned(String scenario, String outcome, String says) {
        return new Must(scenario, 1, "return", outcome, says);
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        lab = Lab.start(folder, scenarios(), InstantSource.system());
        config = LabGateway.writeConfig(lab, folder, SenderSide.DANE_AND_MTA_STS);
        Path other = Files.createDirectories(folder.resolve("indifferent"));
        indifferent = LabGateway.writeConfig(lab, other, SenderSide.NOTHING);
        connected = ConnectorLabTest.writeConfig(lab, Files.createDirectories(folder.resolve("connected")));
    }

    /// Those whose faults begin at once; what a gateway remembers plays no part in an explanation.
    private static List<Scenario> scenarios() {
        return Scenarios.all().stream().filter(scenario -> !scenario.primed()).toList();
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    private static CommandRun explain(String subject, String... options) {
        List<String> args = new ArrayList<>(List.of("explain", "--config", config.toString(), subject));
        args.addAll(Arrays.asList(options));
        return CommandRun.of(args.toArray(String[]::new));
    }

    private static JsonNode json(CommandRun run) {
        assertThat(run.err()).isEmpty();
        return MAPPER.readTree(run.out());
    }

    @TestFactory
    List<DynamicTest> anExplanationForPeopleSaysHowMailWouldEnd() {
        return MUSTS.stream()
                .map(must -> DynamicTest.dynamicTest(must.scenario(), () -> {
                    CommandRun run = explain("bob@" + must.scenario() + ".test", "--connect");
                    assertThat(run.err()).isEmpty();
                    assertThat(run.status()).as(must.scenario()).isEqualTo(must.status());
                    assertThat(run.out())
                            .as(must.scenario())
                            .startsWith("bob@" + must.scenario() + ".test: " + sentence(must.action()))
                            .contains(must.says());
                }))
                .toList();
    }

    private static String sentence(String action) {
        return switch (action) {
            case "deliver" -> "mail would be delivered\n";
            case "defer" -> "mail would be held and tried again\n";
            default -> "mail would be returned at once\n";
        };
    }

    @TestFactory
    List<DynamicTest> anExplanationForProgramsSaysTheSame() {
        return MUSTS.stream()
                .map(must -> DynamicTest.dynamicTest(must.scenario(), () -> {
                    CommandRun run = explain(must.scenario() + ".test", "--connect", "--json");
                    JsonNode verdict = json(run).path("verdict");
                    assertThat(run.status()).as(must.scenario()).isEqualTo(must.status());
                    assertThat(verdict.path("action").asString())
                            .as(must.scenario())
                            .isEqualTo(must.action());
                    assertThat(verdict.path("outcome").asString(""))
                            .as(must.scenario())
                            .isEqualTo(must.outcome());
                    if (!must.outcome().isEmpty()) {
                        assertThat(verdict.path("finally").asString()).startsWith(must.says());
                    }
                }))
                .toList();
    }

    @Test
    void withoutConnectingOnlyWhatIsPublishedCounts() {
        CommandRun run = explain("bob@dane-mismatch.test", "--json");
        JsonNode explanation = json(run);
        assertThat(run.status()).isZero();
        assertThat(explanation.path("subject").asString()).isEqualTo("bob@dane-mismatch.test");
        assertThat(explanation.path("domain").asString()).isEqualTo("dane-mismatch.test");
        assertThat(explanation.path("verdict").path("action").asString()).isEqualTo("deliver");
        assertThat(explanation.path("verdict").path("connected").asBoolean()).isFalse();
        assertThat(explain("bob@dane-mismatch.test").out())
                .startsWith("bob@dane-mismatch.test: mail would go to a host that meets the demands below"
                        + " (not connected to)\n");
        assertThat(explain("null-mx.test", "--json").status()).isEqualTo(1);
    }

    @Test
    void certificatesAndThePlaceOfTheMatchAreShown() {
        JsonNode probe = json(explain("dane-211.test", "--connect", "--json"))
                .path("hosts")
                .path(0)
                .path("probes")
                .path(0);
        JsonNode chain = probe.path("tls").path("chain");
        JsonNode match = probe.path("findings").path(0).path("match");
        assertThat(match.path("position").asInt()).isEqualTo(1);
        assertThat(match.path("record").asString())
                .isEqualTo("2 1 1 " + chain.path(1).path("public-key-sha256").asString());

        String text = explain("dane-211.test", "--connect").out();
        assertThat(text)
                .contains("tlsa: satisfied: TLSA " + match.path("record").asString());
        for (int position = 0; position < chain.size(); position++) {
            JsonNode sent = chain.path(position);
            assertThat(text)
                    .contains("certificate " + position + ": "
                            + sent.path("subject").asString() + ", issued by ")
                    .contains("certificate sha256 "
                            + sent.path("certificate-sha256").asString())
                    .contains("public key sha256  "
                            + sent.path("public-key-sha256").asString())
                    .contains("valid " + sent.path("not-before").asString() + " to "
                            + sent.path("not-after").asString());
        }
    }

    @Test
    void hostThatUnsignedMxRecordsNameIsNotCalledSecure() { // RFC 7672 §2.2.1
        JsonNode probe = json(explain("dane-signed-host.test", "--connect", "--json"))
                .path("hosts")
                .path(0)
                .path("probes")
                .path(0);
        assertThat(probe.path("protection").asString()).isEqualTo("dane-unsigned-mx");
        assertThat(explain("dane-signed-host.test", "--connect").out()).contains("; the MX records are not signed");
    }

    @Test
    void anExplanationSendsNoMail() {
        explain("bob@plain-tls.test", "--connect");
        assertThat(lab.allHosts().filter(host -> !host.inbox().messages().isEmpty()))
                .isEmpty();
    }

    @Tag("slow")
    @Test
    void whatIsPrintedAndWhatIsDocumentedAreTheSame() throws IOException {
        JsonReference reference = JsonReference.read(PAGE);
        for (Scenario scenario : scenarios()) {
            JsonNode printed = json(explain(scenario.domain().toString(), "--connect", "--json"));
            reference.check(printed, scenario.id());
        }
        reference.check(
                json(CommandRun.of("explain", "--json", "--config", indifferent.toString(), "sts-good.test")),
                "a gateway that honours nothing");
        for (String domain : ConnectorLabTest.domains()) {
            CommandRun run = CommandRun.of("explain", "--connect", "--json", "--config", connected.toString(), domain);
            reference.check(json(run), "the connector for " + domain);
        }
        assertSoftly(softly -> {
            softly.assertThat(reference.undocumented())
                    .as("printed, but not in " + PAGE)
                    .isEmpty();
            softly.assertThat(reference.neverProduced())
                    .as("in " + PAGE + ", but never printed")
                    .isEmpty();
        });
    }

    @Test
    void theExampleOfTheReferenceIsOfTheSchema() throws IOException {
        JsonReference reference = JsonReference.read(PAGE);
        reference.check(MAPPER.readTree(reference.example()), "the example");
        assertThat(reference.undocumented()).isEmpty();
    }

    @Test
    void everyReasonIsListed() throws IOException {
        assertThat(JsonReference.read(PAGE).valuesListedUnder("Reasons"))
                .isEqualTo(Arrays.stream(SubReason.values())
                        .map(SubReason::toString)
                        .collect(Collectors.toSet()));
    }
}
