// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.users.Users.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsersTest {
    private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("198.51.100.2");

    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
    private long written = 1_000_000_000_000L;
    private Path file;

    @BeforeEach
    void writeFile(@TempDir Path directory) throws IOException {
        file = directory.resolve("users");
        write("# who may relay\n\n" + line("anna", "secret") + "  " + line("bert@example.test", "geheim"));
    }

    private static String line(String name, String password) {
        return UserFile.line(name, PasswordHash.of(password, new SecureRandom()))
                        .orElseThrow() + "\r\n";
    }

    /// With another time each time, however coarse the file system's is.
    private void write(String text) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(written += 1000));
    }

    private Users users() throws ConfigProblem {
        return Users.open(file, nanoTime::get);
    }

    @Test
    void whoeverStandsInTheFileIsKnownByHisPassword() throws Exception {
        Users users = users();
        for (int i = 0; i < 2; i++) { // the second time it is remembered
            assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
            assertThat(users.check("bert@example.test", "geheim", CLIENT)).isEqualTo(Verdict.RIGHT);
            assertThat(users.check("anna", "geheim", CLIENT)).isEqualTo(Verdict.WRONG);
            assertThat(users.check("Anna", "secret", CLIENT)).isEqualTo(Verdict.WRONG);
            assertThat(users.check("nobody", "nobody", CLIENT)).isEqualTo(Verdict.WRONG);
        }
    }

    @Test
    void aChangedFileCountsFromTheNextCheckOn() throws Exception {
        Users users = users();
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
        write(line("anna", "another") + line("carl", "new"));
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.WRONG);
        assertThat(users.check("anna", "another", CLIENT)).isEqualTo(Verdict.RIGHT);
        assertThat(users.check("carl", "new", CLIENT)).isEqualTo(Verdict.RIGHT);
        assertThat(users.check("bert@example.test", "geheim", CLIENT)).isEqualTo(Verdict.WRONG);
    }

    @Test
    void aFileThatCannotBeUsedChangesNothing() throws Exception {
        Users users = users();
        write("half a li");
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
        Files.delete(file);
        assertThat(users.check("bert@example.test", "geheim", CLIENT)).isEqualTo(Verdict.RIGHT);
        write(line("anna", "back"));
        assertThat(users.check("anna", "back", CLIENT)).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void guessesAtOneUserAreStoppedAndOthersOfTheAddressGoOn() throws Exception {
        Users users = users();
        for (int i = 0; i < FailedGuesses.MOST_OF_USER; i++) {
            assertThat(users.check("anna", "guess" + i, CLIENT)).isEqualTo(Verdict.WRONG);
        }
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.TOO_MANY_GUESSES);
        assertThat(users.check("bert@example.test", "geheim", CLIENT)).isEqualTo(Verdict.RIGHT);
        assertThat(users.check("anna", "secret", OTHER)).isEqualTo(Verdict.RIGHT);
        nanoTime.addAndGet(FailedGuesses.WINDOW.toNanos());
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void anAddressThatTriesManyUsersIsStopped() {
        FailedGuesses guesses = new FailedGuesses(nanoTime::get);
        for (int i = 0; i < FailedGuesses.MOST_OF_ADDRESS; i++) {
            assertThat(guesses.areTooMany(CLIENT, "user" + i)).isFalse();
            guesses.note(CLIENT, "user" + i);
        }
        assertThat(guesses.areTooMany(CLIENT, "another")).isTrue();
        assertThat(guesses.areTooMany(OTHER, "another")).isFalse();
        nanoTime.addAndGet(FailedGuesses.WINDOW.minus(Duration.ofNanos(1)).toNanos());
        assertThat(guesses.areTooMany(CLIENT, "another")).isTrue();
        nanoTime.incrementAndGet();
        assertThat(guesses.areTooMany(CLIENT, "another")).isFalse();
    }

    @Test
    void anIpv6NetworkIsOneClient() {
        FailedGuesses guesses = new FailedGuesses(nanoTime::get);
        for (int i = 0; i < FailedGuesses.MOST_OF_USER; i++) {
            guesses.note(InetAddress.ofLiteral("2001:db8::" + i), "anna");
        }
        assertThat(guesses.areTooMany(InetAddress.ofLiteral("2001:db8::ffff"), "anna"))
                .isTrue();
        assertThat(guesses.areTooMany(InetAddress.ofLiteral("2001:db8:0:1::"), "anna"))
                .isFalse();
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
    void whatIsWrongInTheFileIsNamedWithItsLine(String line, String words) throws Exception {
        String bert = line("bert", "geheim").strip();
        write(bert + "\n" + line.replace("HASH", bert.substring("bert:".length())) + "\n");
        assertThatThrownBy(this::users)
                .isInstanceOf(ConfigProblem.class)
                .hasMessageContaining(words)
                .hasMessageNotContaining("secret");
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws Exception {
        Files.write(file, "\u00e4:x".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(this::users).hasMessageContaining("users: not UTF-8");
        Files.delete(file);
        assertThatThrownBy(this::users).hasMessageContaining("users: there is no such file");
    }

    @Test
    void notEveryNameCanStandInTheFile() {
        PasswordHash hash = PasswordHash.of("secret", new SecureRandom());
        for (String bad : new String[] {"", "a b", "a:b", "#a", "a\n", "a".repeat(256)}) {
            assertThat(UserFile.line(bad, hash)).isEmpty();
        }
    }
}
