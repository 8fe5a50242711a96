// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.queue.QueueRequest;
import org.gatepost.gateway.queue.QueueRequest.Action;
import org.gatepost.gateway.queue.QueueRequest.Manner;
import org.gatepost.spool.QueueFilter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Makes everything due that is not on hold.
@Command(
        name = "flush",
        mixinStandardHelpOptions = true,
        description = {
            "Makes everything due now that is not on hold, as 'retry --all' does.",
            "Exit status: 0 done, 1 nothing waits, 2 it cannot be done."
        })
final class QueueFlushCommand implements Callable<Integer> {
    @Mixin
    private final QueueQuestion question = new QueueQuestion();

    @Option(names = "--dry-run", description = "change nothing, say how much it would be")
    private boolean dryRun;

    @Override
    public Integer call() throws ConfigProblem {
        return question.ask(new QueueRequest.Act(Action.RETRY, QueueFilter.ALL, new Manner(dryRun, true, false)));
    }
}
