// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.users.PasswordHash;
import org.gatepost.gateway.users.UserFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Keeps the file that `listen.users-file` names.
@Command(
        name = "user",
        mixinStandardHelpOptions = true,
        description = {
            "Gives a user who may relay after AUTH a password, in the file that listen.users-file names. The password"
                    + " is asked for at a terminal, and read from the first line of standard input otherwise.",
            "A gateway that runs reads the file again when it has changed. To remove a user, remove the line."
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

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "the file to add the user to, or to change; without it the line is printed")
    private @Nullable Path file;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem, IOException {
        SecureRandom random = new SecureRandom();
        String password = generate ? newPassword(random) : askForPassword();
        PasswordHash hash = hash(password, random);
        if (file == null) {
            spec.commandLine().getOut().println(UserFile.line(name, hash));
            spec.commandLine().getOut().flush();
        } else {
            UserFile.put(file, name, hash);
        }
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
        if (isTerminal(Path.of("/proc/self/fd/0"))) {
            throw new ConfigProblem("the password would show on the screen; use --file, or send it through a pipe");
        }
        String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new ConfigProblem("a password is expected on standard input");
        }
        return line;
    }

    /// The Java platform calls a terminal one only while standard output goes there, too.
    private static boolean isTerminal(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().matches("/dev/(pts/|tty|console).*");
        } catch (IOException e) {
            return false;
        }
    }
}
