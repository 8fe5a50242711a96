// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.gatepost.gateway.Reporting;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.reports.sending.DkimKey;
import org.gatepost.gateway.reports.sending.Reporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Prints the DNS records of the keys that sign report mail.
@Command(
        name = "dkim",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the DNS records to publish for the keys that sign report mail, as lines of a zone file.",
            "Without them receivers ignore the reports (RFC 8460 section 3)."
        })
final class ReportDkimCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem {
        Reporter reporter = Reporting.reporter(config.read()).orElseThrow(ReportSendCommand::notConfigured);
        PrintWriter out = spec.commandLine().getOut();
        reporter.keys().stream().map(DkimKey::zoneLine).forEach(out::println);
        out.flush();
        return 0;
    }
}
