// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gatepost.cli.sending.SendingOutput;
import org.gatepost.cli.sending.SentReports;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.ManualSending;
import org.gatepost.gateway.Reporting;
import org.gatepost.gateway.Transport;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.delivery.SessionRecorder;
import org.gatepost.gateway.reports.sending.RecordLookup;
import org.gatepost.gateway.reports.sending.Reporter;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.SpoolException;
import org.gatepost.spool.StoreInUseException;
import org.gatepost.spool.StoreView;
import org.gatepost.spool.VolatilePolicyMemory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Sends the reports of a day now, or says what would be sent.
@Command(
        name = "send",
        mixinStandardHelpOptions = true,
        description = {
            "Sends the reports of a day that were not sent yet, without waiting for their time.",
            "Beside a running gateway they are marked, and it sends them within half a minute; else they are sent at once.",
            "Exit status: 0 done, 1 there was nothing to send."
        })
final class ReportSendCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Option(names = "--day", required = true, paramLabel = "YYYY-MM-DD", description = "the UTC day")
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private LocalDate day;

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "only the report to this domain")
    private @Nullable String domain;

    @Option(
            names = "--dry-run",
            description =
                    "send nothing; look the records up and show what would be sent, also of a day that is not over")
    private boolean dryRun;

    @Option(names = "--full", description = "with --dry-run: also the report itself, as JSON")
    private boolean full;

    @Option(names = "--json", description = "print JSON (docs/reference/report-json.md)")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    static ConfigProblem notConfigured() {
        return new ConfigProblem("reports.from: not set, so no reports are sent");
    }

    static Optional<DomainName> domain(CommandSpec spec, @Nullable String text) {
        try {
            return Optional.ofNullable(text).map(DomainName::parse);
        } catch (NameSyntaxException e) {
            throw new ParameterException(spec.commandLine(), "--domain: " + e.rule());
        }
    }

    @Override
    public Integer call() throws ConfigProblem {
        GatewayConfig values = config.read();
        Optional<DomainName> only = domain(spec, domain);
        Reporter reporter = Reporting.reporter(values).orElseThrow(ReportSendCommand::notConfigured);
        try {
            return dryRun ? rehearse(values, reporter, only) : send(values, only);
        } catch (SpoolException e) {
            throw new ConfigProblem(String.valueOf(e.getMessage()), e);
        }
    }

    private int rehearse(GatewayConfig values, Reporter reporter, Optional<DomainName> only) throws ConfigProblem {
        var environment = Gateway.Environment.system();
        try (StoreView store = StoreView.open(values.spoolDirectory());
                Transport transport = Transport.of(
                        values,
                        new Transport.Store(new VolatilePolicyMemory(), SessionRecorder.none()),
                        environment.clock(),
                        environment.random())) {
            SendingOutput out = SendingOutput.of(json, spec.commandLine().getOut());
            var reports = new SentReports(store, Optional.of(reporter));
            long count = reports.eachDue(
                    day, only, new RecordLookup(transport.resolver()), one -> out.report(full ? one : one.brief()));
            out.end(List.of());
            return count > 0 ? 0 : Main.NO;
        }
    }

    private int send(GatewayConfig values, Optional<DomainName> only) throws ConfigProblem {
        if (!Reporting.isOver(day, Instant.now())) {
            throw new ConfigProblem("--day: " + day + " is not over, so its sessions are still counted; --dry-run shows"
                    + " them so far");
        }
        // A spool is the gateway's to make: one that this user makes, the gateway's own may not write to.
        StoreView.open(values.spoolDirectory()).close();
        try (EmbeddedStore store = EmbeddedStore.open(values.spoolDirectory())) {
            int tried = new ManualSending(values, store, Gateway.Environment.system()).send(day, only);
            return told(tried, tried + " reports tried; gatepost report show --day " + day + " says what came of them");
        } catch (StoreInUseException e) {
            try (StoreView store = StoreView.open(values.spoolDirectory())) {
                int marked = store.hasten(day, only, Instant.now());
                return told(marked, marked + " reports marked; the running gateway sends them within half a minute");
            }
        }
    }

    private int told(int count, String line) {
        var out = spec.commandLine().getOut();
        if (json) {
            out.println("{\"schema\":\"gatepost-report-send/1\",\"day\":\"" + day + "\",\"reports\":" + count + "}");
        } else {
            out.println(count > 0 ? line : "no report of " + day + " waits to be sent");
        }
        out.flush();
        return count > 0 ? 0 : Main.NO;
    }
}
