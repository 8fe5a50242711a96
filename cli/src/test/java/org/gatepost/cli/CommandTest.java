// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The command line: what cannot be used ends with status 2 and one or two lines on standard error, and nothing is
/// started.
class CommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private record Misuse(String says, List<String> args) {
        Misuse(String says, String... args) {
            this(says, List.of(args));
        }

        CommandRun run() {
            return CommandRun.of(args.toArray(String[]::new));
        }
    }

    private static final List<Misuse> MISUSES = List.of(
            new Misuse("there is no command 'frobnicate'", "frobnicate"),
            new Misuse("there is no command 'explane'; did you mean 'explain'?", "explane", "example.com"),
            new Misuse("there is no command 'fro?bnicate'", "fro\nbnicate"),
            new Misuse("'--frobnicate'", "--frobnicate"),
            new Misuse("'--frobnicate'", "explain", "--frobnicate", "example.com"),
            new Misuse("ADDRESS|DOMAIN", "explain"),
            new Misuse("'two.example' is one argument too many", "explain", "one.example", "two.example"),
            new Misuse("FILE", "explain", "example.com", "--config"),
            new Misuse("'a..example' at offset 2", "explain", "a..example"),
            new Misuse("offset", "explain", "bob@"),
            new Misuse("offset", "explain", ""),
            new Misuse("offset", "explain", "bob smith@example.com"),
            new Misuse("'bad?name.example'", "explain", "bad\nname.example"),
            new Misuse("an address literal has no domain to explain", "explain", "bob@[192.0.2.1]"),
            new Misuse("there is no scenario 'frobnicate'", "demo", "frobnicate"),
            new Misuse("there is no such file", "serve", "--config", "no/such/file.toml"),
            new Misuse("there is no such file", "config", "check", "--config", "no/such/file.toml"),
            new Misuse("no/such?file.toml: there is no such file", "serve", "--config", "no/such\nfile.toml"),
            new Misuse("there is no command 'frobnicate'", "config", "frobnicate"),
            new Misuse("'2026-11-31' is no day of the calendar", "report", "send", "--day", "2026-11-31"),
            new Misuse("'yesterday' is no day of the calendar", "report", "list", "--from", "yesterday"));

    @TestFactory
    List<DynamicTest> whatCannotBeUsedIsRefusedInALineOrTwo() {
        return MISUSES.stream()
                .map(misuse -> DynamicTest.dynamicTest(
                        String.join(" ", misuse.args()).replace('\n', '?'),
                        () -> requireRefusal(misuse.run(), misuse.says())))
                .toList();
    }

    private static void requireRefusal(CommandRun run, String says) {
        assertThat(run.status()).as(run.toString()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        List<String> lines = run.err().lines().toList();
        assertThat(lines).as(run.err()).hasSize(1);
        assertThat(lines.getFirst()).startsWith("gatepost: ").contains(says);
        assertThat(run.err())
                .doesNotContain("Exception")
                .doesNotContain("\tat ")
                .doesNotContain("a defect of ours")
                .doesNotContain("org.gatepost")
                .doesNotContainPattern("\\bnull\\b(?!-)");
    }

    @Test
    void aConfigurationThatCannotBeUsedIsRefusedByCheckAndByServe() throws IOException {
        requireRefusedConfig("frobnicate = 1\n", ":1: ");
        requireRefusedConfig("[queue]\nlifetime = \"soon\"\n", ":2: queue.lifetime");
        requireRefusedConfig("[queue]\nlifetime = \"1ms\"\n", ":2: queue.lifetime");
        requireRefusedConfig("[queue\n", "not TOML");
    }

    private void requireRefusedConfig(String text, String says) throws IOException {
        Path file = Files.writeString(folder.resolve("gatepost.toml"), text);
        requireRefusal(CommandRun.of("config", "check", "--config", file.toString()), says);
        requireRefusal(CommandRun.of("serve", "--config", file.toString()), says);
    }

    @Test
    void whatAConfigurationNamesMustBeThere() throws IOException {
        String spool = "[spool]\ndirectory = \"spool\"\n[listen]\naddresses = [\"127.0.0.1:0\"]\n";
        requireRefusedByServe(spool + "[dns]\ntrust-anchor-file = \"no.anchor\"\n", "dns.trust-anchor-file");
        requireRefusedByServe(spool + "[policy]\nca-bundle = \"no.pem\"\n", "policy.ca-bundle");
        requireRefusedByServe(
                spool + "certificate-file = \"no.pem\"\nkey-file = \"no.key\"\n", "listen.certificate-file");
    }

    private void requireRefusedByServe(String text, String says) throws IOException {
        Path file = Files.writeString(folder.resolve("gatepost.toml"), text);
        requireRefusal(CommandRun.of("serve", "--config", file.toString()), says);
    }

    @Test
    void aConfigurationThatCanBeUsedIsFine() throws IOException {
        Path file = Files.writeString(folder.resolve("gatepost.toml"), "hostname = \"mx.example.com\"\n");
        CommandRun run = CommandRun.of("config", "check", "--config", file.toString());
        assertThat(run).isEqualTo(new CommandRun(0, "the configuration is fine" + System.lineSeparator(), ""));
    }

    @Test
    void helpIsForEveryCommand() {
        for (String command : List.of("serve", "explain", "demo", "config")) {
            CommandRun run = CommandRun.of(command, "--help");
            assertThat(run.status()).isZero();
            assertThat(run.err()).isEmpty();
            assertThat(run.out()).startsWith("Usage: gatepost " + command);
            assertThat(CommandRun.of("help", command)).isEqualTo(run);
        }
        assertThat(CommandRun.of("--help").out())
                .startsWith("Usage: gatepost ")
                .contains("serve", "explain", "demo", "config");
        assertThat(CommandRun.of("--help").status()).isZero();
    }

    @Test
    void theVersionIsOneLine() {
        CommandRun run = CommandRun.of("--version");
        assertThat(run.status()).isZero();
        assertThat(run.out()).matches("gatepost \\S+\\R");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void withoutACommandTheUsageIsShown() {
        assertThat(CommandRun.of().out()).isEqualTo(CommandRun.of("--help").out());
    }
}
