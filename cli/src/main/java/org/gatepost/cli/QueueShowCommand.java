// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.queue.QueueRequest;
import org.gatepost.spool.MessageId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows one queued message.
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = {
            "Shows one queued message with everything that is known of it: who handed it in, and each recipient's"
                    + " attempts.",
            "Exit status: 0 it is there, 1 it is not, or no longer, 2 it cannot be looked at."
        })
final class QueueShowCommand implements Callable<Integer> {
    @Mixin
    private final QueueQuestion question = new QueueQuestion();

    @Parameters(paramLabel = "ID", description = "the queue id, as in the log")
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private String id;

    @Option(names = "--headers", description = "also the message's header, never its body")
    private boolean headers;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem {
        return question.ask(new QueueRequest.Show(message(), headers));
    }

    private MessageId message() {
        try {
            return MessageId.parse(id);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "'" + id + "' is no queue id, such as 0000002A", e);
        }
    }
}
