// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gatepost.cli.report.Progress;
import org.gatepost.cli.report.ReportJson;
import org.gatepost.cli.report.ReportScan;
import org.gatepost.cli.report.ReportText;
import org.gatepost.cli.report.Terminal;
import org.gatepost.gateway.Gateway;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.tlsrpt.ReportAnalysis;
import org.gatepost.tlsrpt.ReportFilter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Reads reports from files and says what they say together.
@Command(
        name = "read",
        mixinStandardHelpOptions = true,
        description = {
            "Reads TLS reports and shows what failed, how often, why most likely, and who can mend it.",
            "A file holds a report as JSON, as gzip or as a whole mail; its content tells which. Folders are read with all"
                    + " below them. A report that is there twice counts once. Nothing is sent, and no gateway is needed.",
            "Exit status: 0 when every file was read, 1 when some could not be, 2 when nothing can be read at all."
        })
final class ReportReadCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE|DIR", arity = "1..*", description = "reports, or folders of reports")
    private List<Path> paths = List.of();

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "only results for this policy domain")
    private @Nullable String domain;

    @Option(
            names = "--sender",
            paramLabel = "TEXT",
            description = "only reports whose organization-name has this in it, in any case")
    private @Nullable String sender;

    @Option(names = "--day", paramLabel = "DAY", description = "only reports about this UTC day, such as 2026-11-27")
    private @Nullable LocalDate day;

    @Option(names = "--from", paramLabel = "DAY", description = "only reports about this day and later ones")
    private @Nullable LocalDate from;

    @Option(names = "--to", paramLabel = "DAY", description = "only reports about this day and earlier ones")
    private @Nullable LocalDate to;

    @Option(
            names = "--failure",
            paramLabel = "TYPE",
            description =
                    "only sessions that failed so, by result type such as certificate-expired; 'unexplained' for those"
                            + " that no detail explains")
    private @Nullable String failure;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "20",
            description = "the most lines of each table (default: ${DEFAULT-VALUE}); --json has all")
    private int rows;

    @Option(names = "--json", description = "print JSON (docs/reference/report-read-json.md)")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() {
        ReportAnalysis analysis = new ReportAnalysis(filter());
        for (Path path : paths) {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new ParameterException(spec.commandLine(), "there is no file or folder " + path);
            }
        }
        PrintWriter err = spec.commandLine().getErr();
        var progress = new Progress(
                err, Terminal.showsErrors(), Gateway.Environment.system().clock());
        ReportScan.Result result = new ReportScan(analysis, progress).read(paths);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ReportJson.write(out, result, analysis.summary());
        } else {
            new ReportText(out, Terminal.width(), rows).print(result, analysis.summary());
        }
        out.flush();
        return result.unreadable() == 0 ? 0 : Main.NO;
    }

    private ReportFilter filter() {
        if (day != null && (from != null || to != null)) {
            throw new ParameterException(spec.commandLine(), "--day and --from or --to exclude each other");
        }
        if (from != null && to != null && to.isBefore(from)) {
            throw new ParameterException(spec.commandLine(), "--to is before --from");
        }
        if (rows < 1 || rows > 100_000) {
            throw new ParameterException(spec.commandLine(), "--rows takes a number from 1 to 100000");
        }
        return new ReportFilter(
                domainName(),
                Optional.ofNullable(sender),
                Optional.ofNullable(day != null ? day : from),
                Optional.ofNullable(day != null ? day : to),
                Optional.ofNullable(failure).map(type -> type.toLowerCase(Locale.ROOT)));
    }

    private Optional<String> domainName() {
        try {
            return Optional.ofNullable(domain)
                    .map(text -> DomainName.parse(text).ascii());
        } catch (NameSyntaxException e) {
            throw new ParameterException(spec.commandLine(), "--domain: " + e.getMessage());
        }
    }
}
