// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.stream.Stream;
import org.gatepost.gateway.config.ConfigProblem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserFileTest {
    private static final PasswordHash HASH = PasswordHash.of("secret", new SecureRandom());
    private static final PasswordHash NEW = PasswordHash.of("new", new SecureRandom());

    private Path file;

    @BeforeEach
    void nameFile(@TempDir Path directory) {
        file = directory.resolve("users");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "anna;users:2: a line is name:hash",
                "an na:HASH;users:2: a line is name:hash",
                ":HASH;users:2: a line is name:hash",
                "anna:secret;users:2: not a hash such as",
                "bert:HASH;users:2: the user bert stands in the file before",
            })
    void whatIsWrongIsNamedWithItsLine(String line, String words) throws Exception {
        Files.writeString(file, "bert:" + HASH + "\n" + line.replace("HASH", HASH.toString()) + "\n");
        assertThatThrownBy(() -> UserFile.read(file))
                .isInstanceOf(ConfigProblem.class)
                .hasMessageContaining(words)
                .hasMessageNotContaining("secret");
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws Exception {
        Files.write(file, "\u00e4:x".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> UserFile.read(file)).hasMessageContaining("users: not UTF-8");
        Files.delete(file);
        assertThatThrownBy(() -> UserFile.read(file)).hasMessageContaining("users: there is no such file");
    }

    @Test
    void notEveryNameCanStandInIt() {
        for (String bad : new String[] {"", "a b", "a:b", "#a", "a\n", "\u00e4".repeat(128)}) {
            assertThatThrownBy(() -> UserFile.line(bad, HASH)).isInstanceOf(ConfigProblem.class);
        }
    }

    @Test
    void aUserIsAddedOrChangedAndAllElseStays() throws Exception {
        Files.writeString(file, "# who may relay\n\nanna:" + HASH + "\r\n bert:" + HASH);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        UserFile.put(file, "anna", NEW);
        UserFile.put(file, "carl", NEW);
        assertThat(Files.readAllLines(file))
                .containsExactly("# who may relay", "", "anna:" + NEW, " bert:" + HASH, "carl:" + NEW);
        assertThat(permissions(file)).isEqualTo("rw-r-----");

        Path fresh = file.resolveSibling("fresh");
        UserFile.put(fresh, "anna", NEW);
        assertThat(Files.readString(fresh)).isEqualTo("anna:" + NEW + "\n");
        assertThat(permissions(fresh)).isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files).containsExactlyInAnyOrder(file, fresh);
        }
    }

    private static String permissions(Path of) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(of));
    }

    @Test
    void aFileThatMakesNoSenseIsLeftAlone() throws Exception {
        Files.writeString(file, "half a li");
        assertThatThrownBy(() -> UserFile.put(file, "anna", NEW))
                .isInstanceOf(ConfigProblem.class)
                .hasMessageContaining("users:1: ");
        assertThat(Files.readString(file)).isEqualTo("half a li");
    }
}
