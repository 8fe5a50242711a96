// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.users.PasswordHash;
import org.gatepost.gateway.users.UserFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Makes a line of the file that `listen.users-file` names.
@Command(
        name = "user",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the line of listen.users-file for a user who may relay after AUTH. The password is asked for at a"
                    + " terminal, and read from the first line of standard input otherwise.",
            "A gateway that runs reads the file again when it has changed."
        })
final class UserCommand implements Callable<Integer> {
    /// None that looks like another.
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

    private static final int GROUPS = 5;
    private static final int GROUP = 4;

    @Parameters(paramLabel = "NAME", description = "the user's name, as clients give it")
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private String name;

    @Option(names = "--generate", description = "make a password, and print it on standard error")
    private boolean generate;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem, IOException {
        SecureRandom random = new SecureRandom();
        String password = generate ? newPassword(random) : askForPassword();
        String line = UserFile.line(name, hash(password, random))
                .orElseThrow(
                        () -> new ConfigProblem(
                                "a user's name has 1 to 255 characters without spaces, colons and controls, and no # in front"));
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
        if (generate) {
            spec.commandLine().getErr().println("password: " + password);
        }
        return 0;
    }

    private static PasswordHash hash(String password, SecureRandom random) throws ConfigProblem {
        try {
            return PasswordHash.of(password, random);
        } catch (IllegalArgumentException e) {
            throw new ConfigProblem(String.valueOf(e.getMessage()), e);
        }
    }

    private static String newPassword(SecureRandom random) {
        StringBuilder password = new StringBuilder();
        for (int i = 0; i < GROUPS * GROUP; i++) {
            password.append(i > 0 && i % GROUP == 0 ? "-" : "")
                    .append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return password.toString();
    }

    private static String askForPassword() throws ConfigProblem, IOException {
        Optional<Console> terminal = Optional.ofNullable(System.console()).filter(Console::isTerminal);
        if (terminal.isPresent()) {
            char[] first = terminal.get().readPassword("password: ");
            char[] second = terminal.get().readPassword("again: ");
            if (first == null || !Arrays.equals(first, second)) {
                throw new ConfigProblem("the two passwords differ");
            }
            return new String(first);
        }
        String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new ConfigProblem("a password is expected on standard input");
        }
        return line;
    }
}
