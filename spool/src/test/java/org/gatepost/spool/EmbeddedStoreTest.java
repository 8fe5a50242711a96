// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Random;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Opening a spool directory: who may, and what is refused.
final class EmbeddedStoreTest {
    @TempDir
    Path root;

    private Path directory;

    @BeforeEach
    void name() {
        directory = root.resolve("var/spool");
    }

    private void assertRefused(String... says) {
        assertThatThrownBy(() -> EmbeddedStore.open(directory).close())
                .isInstanceOf(SpoolException.class)
                .hasMessageContainingAll(says);
    }

    private void change(String sql) throws SQLException {
        try (Database database = Database.toWrite(directory.resolve("spool.db"))) {
            database.execute(sql);
        }
    }

    @Test
    void aNewDirectoryIsForItsOwnerAlone() throws IOException {
        EmbeddedStore.open(directory).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        EmbeddedStore.open(directory).close();
    }

    @Test
    void aSecondOpenerInTheSameProcessIsRefusedAndTheFirstKeepsItsLock() throws Exception {
        try (EmbeddedStore first = EmbeddedStore.open(directory)) {
            assertRefused(directory.toString(), "in use by this process");
            assertRefused(directory.toString(), "in use by this process");
            assertThat(first.spool().depth().messages()).isZero();
            Process child = Child.start(Child.command(OpenChild.class, directory.toString()));
            child.getOutputStream().close();
            assertThat(new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains(
                            directory.toString(),
                            "in use by process " + ProcessHandle.current().pid());
            child.waitFor();
        }
        EmbeddedStore.open(directory).close();
    }

    @Test
    void aSecondProcessIsRefusedUntilTheFirstEnds() throws Exception {
        Process child = Child.start(Child.command(OpenChild.class, directory.toString()));
        try (var out = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).isEqualTo("open 0");
            assertRefused(directory.toString(), "in use by process " + child.pid());
        } finally {
            child.destroyForcibly().waitFor();
        }
        EmbeddedStore.open(directory).close();
    }

    @Test
    void aNewerFormatIsRefused() throws SQLException {
        EmbeddedStore.open(directory).close();
        change("PRAGMA user_version = " + (Schema.VERSION + 1));
        assertRefused("spool.db", "format " + (Schema.VERSION + 1), "format " + Schema.VERSION);
        change("PRAGMA user_version = " + Schema.VERSION);
        EmbeddedStore.open(directory).close();
    }

    @Test
    void noMorePoliciesAreRememberedThanTheBound() {
        var settings = StoreSettings.DEFAULT.withPolicies(2);
        for (int opened = 0; opened < 2; opened++) {
            try (EmbeddedStore store = EmbeddedStore.open(directory, settings)) {
                PolicyMemory memory = store.policyMemory();
                memory.remember(policy("a.example"));
                memory.remember(policy("b.example"));
                memory.remember(policy("b.example"));
                assertThatThrownBy(() -> memory.remember(policy("c.example")))
                        .isInstanceOf(SpoolException.class)
                        .hasMessageContaining("2 policies");
                memory.forget(DomainName.parse("a.example"));
                memory.remember(policy("c.example"));
                assertThat(memory.size()).isEqualTo(2);
                memory.forget(DomainName.parse("c.example"));
            }
        }
    }

    private static PolicyMemory.Remembered policy(String domain) {
        return new PolicyMemory.Remembered(
                DomainName.parse(domain),
                "1",
                "text",
                SpoolContract.T0,
                SpoolContract.T0,
                SpoolContract.T0,
                Optional.empty());
    }

    @Test
    void anotherProgramsDatabaseIsRefusedAndLeftAlone() throws Exception {
        Files.createDirectories(directory);
        change("CREATE TABLE accounts (id INTEGER)");
        assertRefused("spool.db", "another program");
        change("INSERT INTO accounts VALUES (1)");
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedByName() throws IOException {
        Files.createDirectories(directory);
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        Files.write(directory.resolve("spool.db"), noise);
        assertRefused(directory.resolve("spool.db").toString(), "damaged");
        assertThat(directory.resolve("spool.db")).hasBinaryContent(noise);
    }

    @Test
    void damageInTheMiddleOfTheDatabaseIsToldWhereItIsMet() throws IOException {
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            for (int i = 0; i < 300; i++) {
                try (Spool.Draft draft = store.spool().draft()) {
                    draft.commit(SpoolContract.envelope("a" + i + "@example.net"), SpoolContract.T0, SpoolContract.T0);
                }
            }
        }
        Path database = directory.resolve("spool.db");
        try (var file = new RandomAccessFile(database.toFile(), "rw")) {
            byte[] noise = new byte[(int) file.length() - 8192];
            new Random(1).nextBytes(noise);
            file.seek(8192);
            file.write(noise);
        }
        assertThatThrownBy(() -> {
                    try (EmbeddedStore store = EmbeddedStore.open(directory)) {
                        store.spool().lease(SpoolContract.T0, 1000);
                    }
                })
                .isInstanceOf(SpoolException.class)
                .hasMessageContainingAll(database.toString(), "damaged");
    }

    @Test
    void aPathThatIsAFileIsRefused() throws IOException {
        Files.createDirectories(directory.getParent());
        Files.write(directory, new byte[0]);
        assertRefused(directory.toString(), "cannot be used as a directory");
    }
}
