// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import org.gatepost.cli.queue.QueueOutput;
import org.gatepost.cli.report.Terminal;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.queue.QueueAccess;
import org.gatepost.gateway.queue.QueueAnswer;
import org.gatepost.gateway.queue.QueueRequest;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What every command about the queue has: where the queue is, how the answer is printed, what it means.
final class QueueQuestion {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Option(names = "--json", description = "print JSON (docs/reference/queue-json.md)")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    /// Asks, and prints the answer.
    ///
    /// @return the exit status
    int ask(QueueRequest request) throws ConfigProblem {
        QueueAccess queue = new QueueAccess(config.read(), Gateway.Environment.system());
        QueueOutput out = QueueOutput.of(json, spec.commandLine().getOut(), Terminal.width());
        return switch (queue.ask(request, out)) {
            case QueueAnswer.Shown shown -> shown.recipients() > 0 ? 0 : Main.NO;
            case QueueAnswer.Done done -> isDone(done) ? 0 : Main.NO;
            case QueueAnswer.Unconfirmed _ -> Main.NO;
            case QueueAnswer.Failed failed -> throw new ConfigProblem(failed.reason());
        };
    }

    /// A delivery under way is a retry, but stands in the way of everything else.
    private static boolean isDone(QueueAnswer.Done done) {
        return done.action() == QueueRequest.Action.RETRY
                ? done.recipients() + done.beingDelivered() > 0
                : done.recipients() > 0 && done.beingDelivered() == 0;
    }
}
