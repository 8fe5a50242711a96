// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gatepost.gateway.config.ConfigKey;
import org.gatepost.gateway.config.ConfigKeys;
import org.gatepost.gateway.config.ConnectorKeys;
import org.gatepost.policy.OutcomeTable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/// The pages of `docs/reference` say what the code says. `./dev docs` prints them anew (`-Dgatepost.docs=write`).
class ReferenceDocsTest {
    private static final Path FOLDER = Path.of("..", "docs", "reference");
    private static final String NOTICE =
            "<!-- Printed from the code by ./dev docs; changes here are overwritten. -->\n\n";

    @TestFactory
    List<DynamicTest> aReferencePageIsWhatTheCodeSays() {
        return List.of(
                DynamicTest.dynamicTest("outcomes.md", () -> require("outcomes.md", outcomes())),
                DynamicTest.dynamicTest("configuration.md", () -> require("configuration.md", configuration())),
                DynamicTest.dynamicTest("command.md", () -> require("command.md", command())));
    }

    private static void require(String name, String text) throws IOException {
        Path page = FOLDER.resolve(name);
        if ("write".equals(System.getProperty("gatepost.docs"))) {
            Files.createDirectories(FOLDER);
            Files.writeString(page, NOTICE + text);
        }
        assertThat(page)
                .as("run ./dev docs when the code has changed")
                .content()
                .isEqualTo(NOTICE + text);
    }

    private static String outcomes() {
        return """
                # Outcomes

                What can keep a message from its recipient, and what follows. While a message is tried again, the reply code is
                450 and the enhanced code begins with 4; the form below is the final one, in the report to the sender. Reasons
                below the code are printed beside it in logs, reports and `gatepost explain`.

                """ + OutcomeTable.toMarkdown();
    }

    private static String configuration() {
        StringBuilder page = new StringBuilder("""
                # Configuration

                One TOML file, named with `--config`. A key that is not listed here is refused, and so is a value out of its
                range; `gatepost config check` says which line. Every key may be left out. Relative paths are relative to the
                file's folder.

                """);
        ConfigKeys.ALL.forEach(key -> describe(page, key));
        page.append("""
                # Connectors

                Any number of tables headed `[[connector]]`, each for some recipient domains. A key that says nothing leaves
                things as they are without the connector. The [operator's guide](../operating.md#connectors) has examples.

                """);
        ConnectorKeys.ALL.forEach(key -> describe(page, key));
        return page.toString();
    }

    private static void describe(StringBuilder page, ConfigKey<?> key) {
        page.append("## `")
                .append(key.name())
                .append("`\n\n")
                .append(key.meaning())
                .append("\n\n");
        page.append("- value: ").append(key.form().description()).append('\n');
        page.append(key.isRequired() ? "- must be given\n\n" : "- default: `" + key.defaultText() + "`\n\n");
    }

    private static String command() {
        StringBuilder page = new StringBuilder("""
                # The command

                Exit status: 0 when what was asked for was done, 1 when the answer is no, 2 when the command or the
                configuration cannot be used; then one line on standard error says why, and nothing was started.
                `GATEPOST_LOG` sets the log level (`ERROR`, `WARN`, `INFO`, `DEBUG`); the log goes to standard error.

                """);
        usage(page, Main.commandLine());
        return page.toString();
    }

    private static void usage(StringBuilder page, CommandLine command) {
        page.append("## `").append(command.getCommandSpec().qualifiedName()).append("`\n\n```\n");
        page.append(command.getUsageMessage(Ansi.OFF)).append("```\n\n");
        command.getSubcommands().values().stream()
                .filter(sub -> !sub.getCommandName().equals("help"))
                .forEach(sub -> usage(page, sub));
    }
}
