// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.gatepost.cli.demo.DemoJson;
import org.gatepost.cli.demo.ScenarioResult;
import org.gatepost.lab.Scenarios;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The `demo` command around its scenarios, which [ScenariosTest] runs.
class DemoTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Path PAGE = Path.of("..", "docs", "reference", "demo-json.md");

    @Test
    void theTableSaysWhatHappenedAndHowItEnded() {
        CommandRun run = CommandRun.of("demo", "plain-tls", "null-mx");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .containsPattern("ok  plain-tls\\.test +nothing +nothing +delivered: TLS, unauthenticated\n")
                .containsPattern("ok  null-mx\\.test +nothing +publishes a null MX +returned at once\n")
                .contains("      556 5.1.10 Recipient address has null MX\n")
                .contains("  | Your message was not delivered to:\n")
                .contains("All 2 scenarios ended as they must.");
    }

    @Test
    void whatIsPrintedAndWhatIsDocumentedAreTheSame() throws IOException {
        CommandRun run = CommandRun.of("demo", "--json", "plain-tls", "null-mx");
        assertThat(run.status()).isZero();
        JsonNode printed = MAPPER.readTree(run.out());
        assertThat(printed.path("as-expected").asBoolean()).isTrue();
        assertThat(printed.path("scenarios").size()).isEqualTo(2);

        JsonReference reference = JsonReference.read(PAGE);
        reference.check(printed, "the demonstration");
        assertThat(reference.neverProduced()).isEmpty();
        reference.check(MAPPER.readTree(reference.example()), "the example");
        assertThat(reference.undocumented()).isEmpty();
    }

    @Test
    void anObjectionShowsInTheVerdict() {
        ScenarioResult wrong = new ScenarioResult(
                Scenarios.all().getFirst(),
                "delivered",
                Optional.empty(),
                Optional.empty(),
                List.of("it came in clear"));
        JsonNode printed = MAPPER.readTree(DemoJson.render(List.of(wrong)));
        assertThat(printed.path("as-expected").asBoolean(true)).isFalse();
        assertThat(printed.path("scenarios").path(0).path("objections").path(0).asString())
                .isEqualTo("it came in clear");
    }
}
