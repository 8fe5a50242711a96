// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.queue.QueueRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Sums the queue up by destination.
@Command(
        name = "summary",
        mixinStandardHelpOptions = true,
        description = {
            "Shows which destinations hang and why: the recipient domains with the most messages, their oldest message,"
                    + " the next attempt, and what most of the last attempts came to.",
            "Exit status: 0 something is queued, 1 nothing is, 2 it cannot be looked at."
        })
final class QueueSummaryCommand implements Callable<Integer> {
    @Mixin
    private final QueueQuestion question = new QueueQuestion();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "30",
            description = "the most domains shown (default: ${DEFAULT-VALUE})")
    private int limit;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem {
        if (limit < 1 || limit > QueueRequest.Summary.MOST) {
            throw new ParameterException(
                    spec.commandLine(), "--limit takes a number from 1 to " + QueueRequest.Summary.MOST);
        }
        return question.ask(new QueueRequest.Summary(limit));
    }
}
