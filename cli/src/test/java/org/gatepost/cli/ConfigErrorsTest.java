// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.gatepost.spool.EmbeddedStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A configuration that cannot be used ends `serve`, in a process of its own, with status 2 and exactly one line on
/// standard error that names the place and the rule.
@Tag("slow")
class ConfigErrorsTest {
    private static final int LIMIT_SECONDS = 60;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("gatepost.toml");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "queue.lifetim = '1h'|:1: queue.lifetim: there is no such key; did you mean 'queue.lifetime'?",
                "delivery.port = 0|:1: delivery.port: must be: integer from 1 to 65535 (out of range)",
                "policy.dane = 'mandatory'|:1: policy.dane: must be: one of \"none\", \"opportunistic\" (not one of these words)",
                "queue.lifetime = |:1: not TOML: ",
                "queue = 7|:1: queue: there is no such key",
                "dns.trust-anchor-file = 'absent'|:1: dns.trust-anchor-file: the file FOLDER/absent does not exist",
                "policy.ca-bundle = 'absent'|:1: policy.ca-bundle: the file FOLDER/absent does not exist"
            })
    void aWrongKeyValueOrPathIsNamedWithItsLine(String text, String message) throws Exception {
        assertThat(refusal(text)).startsWith("gatepost: " + file + message.replace("FOLDER", folder.toString()));
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        assertThat(refusalOf(file)).isEqualTo("gatepost: " + file + ": there is no such file");
    }

    @Test
    void aFolderIsNoConfiguration() throws Exception {
        assertThat(refusalOf(folder)).isEqualTo("gatepost: " + folder + ": cannot be read as UTF-8 text");
    }

    @ParameterizedTest
    @CsvSource({"dns.trust-anchor-file", "policy.ca-bundle"})
    void aFileOfSomethingElseIsRefused(String key) throws Exception {
        Path other = Files.writeString(folder.resolve("other.txt"), "something else\n");

        assertThat(refusal(key + " = 'other.txt'"))
                .startsWith("gatepost: " + key + ": ")
                .contains(other.toString());
    }

    @ParameterizedTest
    @CsvSource({"dns.trust-anchor-file", "policy.ca-bundle"})
    void aFolderInTheFilesPlaceIsRefused(String key) throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));

        assertThat(refusal(key + " = 'other'")).contains(key + ": ").contains(other.toString());
    }

    @Test
    void aListenerCertificateWithAnotherKeyIsRefused() throws Exception {
        Files.writeString(folder.resolve("c.pem"), "no certificate\n");
        Files.writeString(folder.resolve("c.key"), "no key\n");

        assertThat(refusal("listen.certificate-file = 'c.pem'\nlisten.key-file = 'c.key'"))
                .startsWith("gatepost: listen.certificate-file: ")
                .contains(folder.resolve("c.pem").toString());
    }

    @Test
    void aPortInUseIsNamedAndNoOtherIsTaken() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
            String taken = "127.0.0.1:" + other.getLocalPort();

            assertThat(refusal("listen.addresses = ['127.0.0.1:0', '" + taken + "']"))
                    .isEqualTo("gatepost: listen.addresses: cannot listen on " + taken + ": Address already in use");
        }
    }

    @Test
    void aSpoolInUseByAnotherProcessIsNamedWithItsUser() throws Exception {
        Path spool = folder.resolve("spool");
        try (EmbeddedStore store = EmbeddedStore.open(spool)) {
            assertThat(refusal(""))
                    .isEqualTo("gatepost: spool.directory: spool " + spool.toRealPath() + ": in use by process "
                            + ProcessHandle.current().pid() + "; one directory serves one gateway at a time");
            assertThat(store.spool().depth().messages()).isZero();
        }
    }

    @Test
    void aSpoolThatIsAFileIsRefused() throws Exception {
        Files.writeString(folder.resolve("spool"), "");

        assertThat(refusal(""))
                .startsWith("gatepost: spool.directory: ")
                .contains(folder.resolve("spool").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "serve --confg x#gatepost: Unknown options: '--confg', 'x' (try 'gatepost serve --help')",
                "explain#gatepost: Missing required parameter: 'ADDRESS|DOMAIN' (try 'gatepost explain --help')",
                "serv#gatepost: there is no command 'serv'; did you mean 'serve'? (try 'gatepost --help')"
            })
    void aCommandThatCannotBeUsedIsOneLineToo(String command, String line) {
        StringWriter err = new StringWriter();

        int status = Main.run(new PrintWriter(Writer.nullWriter()), new PrintWriter(err, true), command.split(" ", -1));

        assertThat(status).isEqualTo(2);
        assertThat(err.toString().lines()).containsExactly(line);
    }

    /// The line with which a configuration is refused; what it leaves out is harmless, a free port and a new spool.
    private String refusal(String text) throws IOException, InterruptedException {
        Files.writeString(file, text + "\n");
        if (!text.contains("listen.addresses")) {
            Files.writeString(file, "listen.addresses = ['127.0.0.1:0']\n", StandardOpenOption.APPEND);
        }
        if (!text.contains("spool.directory")) {
            Files.writeString(file, "spool.directory = 'spool'\n", StandardOpenOption.APPEND);
        }
        return refusalOf(file);
    }

    /// The line that `serve` says of a file.
    private String refusalOf(Path config) throws IOException, InterruptedException {
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path", ""),
                "org.gatepost.cli.Main",
                "serve",
                "--config",
                config.toString()));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("it goes on: " + Files.readString(err))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(err).lines()).hasSize(1);
        assertThat(Files.readString(out)).isEmpty();
        assertThat(process.exitValue()).isEqualTo(2);
        return Files.readString(err).strip();
    }
}
