// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.PrintWriter;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.reports.receiving.ReceivedList;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.spool.ReceivedReport;
import org.gatepost.spool.ReceivedReports;
import org.gatepost.spool.ReceivedReports.Query;
import org.gatepost.spool.SpoolException;
import org.gatepost.spool.StoreView;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows the reports that the gateway has received.
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the TLS reports that the gateway received, and the sessions they count. Works beside a running gateway.",
            "Exit status: 0 when there are any, 1 when there are none, 2 when they cannot be looked at."
        })
final class ReportListCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "NUMBER", arity = "0..1", description = "one report in full, by its number")
    private @Nullable Long number;

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "only reports about this policy domain")
    private @Nullable String domain;

    @Option(
            names = "--sender",
            paramLabel = "TEXT",
            description = "only reports with this in the organization's name or the signer's domain, in any case")
    private @Nullable String sender;

    @Option(names = "--from", paramLabel = "DAY", description = "only reports about this UTC day and later ones")
    private @Nullable LocalDate from;

    @Option(names = "--to", paramLabel = "DAY", description = "only reports about this UTC day and earlier ones")
    private @Nullable LocalDate to;

    @Option(
            names = "--failure",
            paramLabel = "TYPE",
            description = "only reports with this result type, such as certificate-expired")
    private @Nullable String failure;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "50",
            description = "the most reports, and days of a domain, shown (default: ${DEFAULT-VALUE})")
    private int rows;

    @Option(
            names = "--before",
            paramLabel = "NUMBER",
            description = "only reports with lower numbers, to go on where a list ended")
    private @Nullable Long before;

    @Option(names = "--json", description = "print JSON (docs/reference/report-list-json.md)")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem {
        Query query = query();
        try (StoreView view = StoreView.open(config.read().spoolDirectory())) {
            return number == null ? list(view.receivedReports(), query) : show(view.receivedReports(), number);
        } catch (SpoolException e) {
            throw new ConfigProblem("spool.directory: " + e.getMessage(), e);
        }
    }

    private int list(ReceivedReports reports, Query query) {
        List<ReceivedReports.Entry> entries = reports.list(query, before == null ? Long.MAX_VALUE : before, rows);
        List<ReceivedReports.Sum> sums = reports.sums(query, rows);
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? ReceivedList.json(entries, sums) : ReceivedList.text(entries, sums));
        out.flush();
        return entries.isEmpty() ? Main.NO : 0;
    }

    private int show(ReceivedReports reports, long wanted) {
        Optional<ReceivedReport> report = reports.read(wanted);
        PrintWriter out = spec.commandLine().getOut();
        out.print(report.map(found -> json ? ReceivedList.json(wanted, found) : ReceivedList.text(wanted, found))
                .orElse("there is no received report " + wanted + "\n"));
        out.flush();
        return report.isPresent() ? 0 : Main.NO;
    }

    private Query query() {
        if (from != null && to != null && to.isBefore(from)) {
            throw new ParameterException(spec.commandLine(), "--to is before --from");
        }
        if (rows < 1 || rows > 10_000) {
            throw new ParameterException(spec.commandLine(), "--rows takes a number from 1 to 10000");
        }
        return new Query(
                domainName(),
                Optional.ofNullable(sender),
                Optional.ofNullable(from),
                Optional.ofNullable(to),
                Optional.ofNullable(failure));
    }

    private Optional<DomainName> domainName() {
        try {
            return Optional.ofNullable(domain).map(DomainName::parse);
        } catch (NameSyntaxException e) {
            throw new ParameterException(spec.commandLine(), "--domain: " + e.rule());
        }
    }
}
