// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gatepost.gateway.users.Users;
import org.gatepost.gateway.users.Users.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String input, String... args) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            return Main.run(new PrintWriter(out), new PrintWriter(err), args);
        } finally {
            System.setIn(before);
        }
    }

    private Verdict check(String user, String password) throws Exception {
        Path file = Files.writeString(folder.resolve("users"), out.toString());
        return Users.open(file).check(user, password, InetAddress.getLoopbackAddress());
    }

    @Test
    void theLineFitsThePasswordThatWasGiven() throws Exception {
        assertThat(run("gr\u00fcne Tinte\nmore\n", "user", "anna@example.com")).isZero();
        assertThat(out.toString()).startsWith("anna@example.com:SCRAM-SHA-256$").hasLineCount(1);
        assertThat(check("anna@example.com", "gr\u00fcne Tinte")).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void aPasswordIsMadeAndToldApartFromTheLine() throws Exception {
        assertThat(run("", "user", "printer", "--generate")).isZero();
        assertThat(err.toString()).matches("password: (\\w{4}-){4}\\w{4}\\R");
        String password = err.toString().strip().substring("password: ".length());
        assertThat(out.toString()).hasLineCount(1).doesNotContain(password);
        assertThat(check("printer", password)).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void theFileIsKept() throws Exception {
        Path file = folder.resolve("users");
        for (String password : new String[] {"first", "second"}) {
            assertThat(run(password + "\n", "user", "anna", "--file", file.toString()))
                    .isZero();
        }
        assertThat(run("third\n", "user", "bert", "--file", file.toString())).isZero();
        assertThat(out.toString()).isEmpty();
        assertThat(Files.readAllLines(file)).hasSize(2);
        Users users = Users.open(file);
        assertThat(users.check("anna", "second", InetAddress.getLoopbackAddress()))
                .isEqualTo(Verdict.RIGHT);
        assertThat(users.check("bert", "third", InetAddress.getLoopbackAddress()))
                .isEqualTo(Verdict.RIGHT);
    }

    @Test
    void whatCannotBeIsRefusedInOneLine() {
        assertThat(run("secret\n", "user", "an na")).isEqualTo(Main.UNUSABLE);
        assertThat(run("", "user", "anna")).isEqualTo(Main.UNUSABLE);
        assertThat(run("\n", "user", "anna")).isEqualTo(Main.UNUSABLE);
        assertThat(run("secret\n", "user")).isEqualTo(Main.UNUSABLE);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .hasSize(4)
                .allMatch(line -> line.startsWith("gatepost: "))
                .noneMatch(line -> line.contains("defect"));
    }
}
