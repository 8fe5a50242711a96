// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.users.Users.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UsersTest {
    private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("198.51.100.2");
    private static final int MANY = 2 * FailedGuesses.MOST_OF_USER;

    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
    private Executor hashing = Runnable::run;
    private Path file;

    @BeforeEach
    void writeFile(@TempDir Path directory) throws IOException {
        file = directory.resolve("users");
        write("# who may relay\n\n" + line("anna", "secret") + "  " + line("bert@example.test", "geheim"));
    }

    private static String line(String name, String password) {
        try {
            return UserFile.line(name, PasswordHash.of(password, new SecureRandom())) + "\r\n";
        } catch (ConfigProblem e) {
            throw new AssertionError(e);
        }
    }

    private void write(String text) throws IOException {
        Path beside = Files.writeString(file.resolveSibling("beside"), text);
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private Users users() throws ConfigProblem {
        return Users.open(file, nanoTime::get, hashing);
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

    /// Hashes are of one length, and tools may leave the time.
    @Test
    void aChangeThatKeepsSizeAndTimeCounts() throws Exception {
        String one = line("anna", "one");
        write(one);
        FileTime time = Files.getLastModifiedTime(file);
        Users users = users();
        Path other = Files.writeString(file.resolveSibling("other"), line("anna", "two"));
        assertThat(Files.size(other)).isEqualTo(one.length());
        Files.setLastModifiedTime(other, time);
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
        assertThat(users.check("anna", "two", CLIENT)).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void aFileThatCannotBeUsedChangesNothing() throws Exception {
        Users users = users();
        for (String part : new String[] {
            "half a li", "", "# nobody yet\n", line("carl", "new").strip()
        }) {
            write(part);
            assertThat(users.check("anna", "secret", CLIENT)).as(part).isEqualTo(Verdict.RIGHT);
            assertThat(users.check("carl", "new", CLIENT)).as(part).isEqualTo(Verdict.WRONG);
        }
        Files.delete(file);
        assertThat(users.check("bert@example.test", "geheim", CLIENT)).isEqualTo(Verdict.RIGHT);
        write(line("anna", "back"));
        assertThat(users.check("anna", "back", CLIENT)).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void theLastUserCanBeRemoved() throws Exception {
        Users users = users();
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
        write("");
        assertThat(users.check("anna", "secret", CLIENT))
                .as("may be half written")
                .isEqualTo(Verdict.RIGHT);
        nanoTime.addAndGet(Duration.ofSeconds(5).toNanos());
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.WRONG);
    }

    /// After each change of the file all would have to be hashed again.
    @Test
    void whoIsUnchangedStaysProven() throws Exception {
        Users users = users();
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
        String anna = Files.readAllLines(file).get(2);
        write(anna + "\n" + line("carl", "new"));
        for (int i = 0; i < FailedGuesses.MOST_OF_ADDRESS; i++) {
            users.check("nobody" + i, "x", CLIENT);
        }
        assertThat(users.check("carl", "new", CLIENT)).isEqualTo(Verdict.TOO_MANY_GUESSES);
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
    }

    /// As when the disk failed to read it, and does no longer.
    @Test
    void aFileThatCouldNotBeUsedIsLookedAtAgainWhateverItLooksLike() throws Exception {
        Path folder = Files.createDirectory(file.resolveSibling("folder"));
        Path link = Files.createSymbolicLink(folder.resolve("users"), file);
        Users users = Users.open(link, nanoTime::get, hashing);
        Files.delete(link);
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
        nanoTime.addAndGet(Duration.ofSeconds(5).toNanos());
        assertThat(users.check("anna", "secret", CLIENT)).as("still gone").isEqualTo(Verdict.RIGHT);
        write(line("anna", "another"));
        Files.createSymbolicLink(link, file);
        assertThat(users.check("anna", "another", OTHER)).isEqualTo(Verdict.RIGHT);
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
    void aDeviceWithAnOldPasswordCountsOnce() throws Exception {
        Users users = users();
        for (int i = 0; i < MANY; i++) {
            assertThat(users.check("anna", "old", CLIENT)).isEqualTo(Verdict.WRONG);
        }
        assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.RIGHT);
        write(line("anna", "old"));
        assertThat(users.check("anna", "old", CLIENT)).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void whatCannotBeCheckedIsNeitherRightNorAGuess() throws Exception {
        hashing = _ -> {
            throw new RejectedExecutionException();
        };
        Users users = users();
        for (int i = 0; i < MANY; i++) {
            assertThat(users.check("anna", "secret", CLIENT)).isEqualTo(Verdict.BUSY);
        }
    }

    /// As a client that comes with many connections.
    @Test
    void whoeverSaysTheSameAtTheSameTimeIsAnsweredWithIt() throws Exception {
        var work = new LinkedBlockingQueue<Runnable>();
        hashing = work::add;
        Users users = users();
        var verdicts = new LinkedBlockingQueue<Verdict>();
        for (int i = 0; i < MANY; i++) {
            Thread.ofVirtual().start(() -> verdicts.add(users.check("anna", "secret", CLIENT)));
        }
        while (verdicts.size() < MANY) {
            Runnable next = work.poll(5, TimeUnit.MILLISECONDS);
            if (next != null) {
                next.run();
            }
        }
        assertThat(verdicts).containsOnly(Verdict.RIGHT);
    }
}
