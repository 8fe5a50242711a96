// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The `gatepost` command and its subcommands.
///
/// Exit status: 0 when what was asked for was done; 1 when the answer is no (a check or a demonstration failed); 2
/// when the command or the configuration cannot be used, after one line on standard error and with nothing started.
@Command(
        name = "gatepost",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "An SMTP transport-security gateway: DANE, MTA-STS and TLS reports, enforced.",
        subcommands = {
            ServeCommand.class,
            ExplainCommand.class,
            DemoCommand.class,
            DnsCommand.class,
            ConfigCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main implements Runnable {
    static final int NO = 1;
    static final int UNUSABLE = 2;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    /// Runs the command and exits with its status.
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(
                        (exception, commandLine, result) -> report(exception, commandLine.getErr()))
                .setParameterExceptionHandler((exception, args) -> {
                    PrintWriter err = exception.getCommandLine().getErr();
                    err.println("gatepost: " + exception.getMessage());
                    err.println("Try 'gatepost --help'.");
                    return UNUSABLE;
                });
    }

    private static int report(Exception exception, PrintWriter err) {
        err.println("gatepost: " + oneLine(exception));
        if (exception instanceof RuntimeException && System.getenv("GATEPOST_DEBUG") != null) {
            exception.printStackTrace(err);
        }
        return UNUSABLE;
    }

    private static String oneLine(Exception exception) {
        String message = exception.getMessage() == null ? exception.getClass().getSimpleName() : exception.getMessage();
        boolean expected = exception instanceof org.gatepost.gateway.config.ConfigProblem
                || exception instanceof IllegalArgumentException;
        return expected ? message : "a defect of ours: " + message + " (GATEPOST_DEBUG=1 shows where)";
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
