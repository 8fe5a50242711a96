// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// What is about TLS reports.
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = "TLS reports (RFC 8460): what senders say about their sessions with a domain's mail hosts.",
        subcommands = {
            ReportReadCommand.class,
            ReportListCommand.class,
            ReportShowCommand.class,
            ReportSendCommand.class,
            ReportDkimCommand.class
        })
final class ReportCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
