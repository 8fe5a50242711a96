// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.queue.QueueRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Lists what is queued.
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = {
            "Lists queued messages, the oldest first, with the recipients that still wait: when they are tried next, and"
                    + " what the last attempt came to.",
            "Exit status: 0 there are any, 1 there are none, 2 they cannot be looked at."
        })
final class QueueListCommand implements Callable<Integer> {
    @Mixin
    private final QueueQuestion question = new QueueQuestion();

    @Mixin
    private final QueueFilterOptions filter = new QueueFilterOptions();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "the most messages shown (default: ${DEFAULT-VALUE})")
    private int limit;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem {
        if (limit < 1 || limit > QueueRequest.MOST_SHOWN) {
            throw new ParameterException(
                    spec.commandLine(), "--limit takes a number from 1 to " + QueueRequest.MOST_SHOWN);
        }
        return question.ask(new QueueRequest.Find(filter.filter(List.of(), Instant.now()), limit));
    }
}
