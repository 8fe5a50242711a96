// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// What is about the queue.
@Command(
        name = "queue",
        mixinStandardHelpOptions = true,
        description = {
            "The queue: what waits, for whom and why; and what an operator does about it.",
            "Works beside a running gateway, as its user or as root, and without one."
        },
        subcommands = {
            QueueSummaryCommand.class,
            QueueListCommand.class,
            QueueShowCommand.class,
            QueueChangeCommand.Retry.class,
            QueueChangeCommand.Hold.class,
            QueueChangeCommand.Release.class,
            QueueChangeCommand.Drop.class,
            QueueFlushCommand.class
        })
final class QueueCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
