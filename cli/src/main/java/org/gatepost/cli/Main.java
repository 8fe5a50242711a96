// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.PrintWriter;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import org.gatepost.gateway.config.ConfigProblem;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `gatepost` command and its subcommands.
///
/// Exit status: 0 when what was asked for was done; 1 when the answer is no (a check or a demonstration failed); 2
/// when the command or the configuration cannot be used, after one line on standard error and with nothing
/// started.
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
            ReportCommand.class,
            QueueCommand.class,
            UserCommand.class,
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

    /// Runs the command within this process.
    ///
    /// @return the exit status
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        return commandLine().setOut(out).setErr(err).execute(args);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .registerConverter(LocalDate.class, Main::day)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(
                        (exception, commandLine, result) -> report(exception, commandLine.getErr()))
                .setParameterExceptionHandler((exception, args) -> refuse(exception));
    }

    private static LocalDate day(String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw new TypeConversionException("'" + text + "' is no day of the calendar, such as 2026-11-28");
        }
    }

    private static int refuse(ParameterException exception) {
        PrintWriter err = exception.getCommandLine().getErr();
        String help = exception.getCommandLine().getCommandSpec().qualifiedName() + " --help";
        err.println("gatepost: " + printable(complaint(exception)) + " (try '" + help + "')");
        return UNUSABLE;
    }

    private static String complaint(ParameterException exception) {
        if (!(exception instanceof UnmatchedArgumentException unmatched) || unmatched.isUnknownOption()) {
            return String.valueOf(exception.getMessage());
        }
        String argument = "'" + unmatched.getUnmatched().getFirst() + "'";
        if (exception.getCommandLine().getSubcommands().isEmpty()) {
            return argument + " is one argument too many";
        }
        String meant = unmatched.getSuggestions().isEmpty()
                ? ""
                : "; did you mean '" + unmatched.getSuggestions().getFirst() + "'?";
        return "there is no command " + argument + meant;
    }

    /// Arguments and file names can hold anything, and a line must stay a line.
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    private static int report(Exception exception, PrintWriter err) {
        err.println("gatepost: " + printable(oneLine(exception)));
        if (exception instanceof RuntimeException && System.getenv("GATEPOST_DEBUG") != null) {
            exception.printStackTrace(err);
        }
        return UNUSABLE;
    }

    private static String oneLine(Exception exception) {
        String message = exception.getMessage() == null ? exception.getClass().getSimpleName() : exception.getMessage();
        return exception instanceof ConfigProblem
                ? message
                : "a defect of ours: " + message + " (GATEPOST_DEBUG=1 shows where)";
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
