// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gatepost.cli.sending.SendingOutput;
import org.gatepost.cli.sending.SendingOutput.Shown;
import org.gatepost.cli.sending.SentReports;
import org.gatepost.gateway.Reporting;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.reports.sending.Reporter;
import org.gatepost.spool.SpoolException;
import org.gatepost.spool.StoreView;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Shows what became of the reports that the gateway sends.
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the reports that were planned for a day: their state, the addresses, what each of them answered.",
            "Works beside a running gateway. A day is kept for eight days.",
            "Exit status: 0 there are reports, 1 there are none."
        })
final class ReportShowCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Option(names = "--day", paramLabel = "YYYY-MM-DD", description = "the UTC day; without it the last one planned")
    private @Nullable LocalDate day;

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "only the report to this domain")
    private @Nullable String domain;

    @Option(names = "--full", description = "also the report itself, as JSON")
    private boolean full;

    @Option(names = "--json", description = "print JSON (docs/reference/report-json.md)")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem {
        GatewayConfig values = config.read();
        Optional<Reporter> reporter = full ? Reporting.reporter(values) : Optional.empty();
        if (full && reporter.isEmpty()) {
            throw ReportSendCommand.notConfigured();
        }
        try (StoreView store = StoreView.open(values.spoolDirectory())) {
            List<LocalDate> days = store.reportPlans().days();
            Optional<LocalDate> shown =
                    Optional.ofNullable(day).or(() -> days.stream().findFirst());
            SendingOutput out = SendingOutput.of(json, spec.commandLine().getOut());
            long count = 0;
            if (shown.isPresent()) {
                var reports = new SentReports(store, reporter);
                count = reports.each(
                        shown.get(), ReportSendCommand.domain(spec, domain), (Shown one) -> out.report(one));
            }
            out.end(store.reportPlans().suppressed(Instant.now(), SentReports.SUPPRESSED));
            return count > 0 ? 0 : Main.NO;
        } catch (SpoolException e) {
            throw new ConfigProblem(String.valueOf(e.getMessage()), e);
        }
    }
}
