// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.queue.QueueRequest;
import org.gatepost.gateway.queue.QueueRequest.Action;
import org.gatepost.gateway.queue.QueueRequest.Manner;
import org.gatepost.spool.QueueFilter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// What the commands that change the queue share.
abstract class QueueChangeCommand implements Callable<Integer> {
    @Mixin
    private final QueueQuestion question = new QueueQuestion();

    @Mixin
    private final QueueFilterOptions filter = new QueueFilterOptions();

    @Parameters(paramLabel = "ID", arity = "0..*", description = "only messages with these queue ids")
    private List<String> ids = List.of();

    @Option(names = "--all", description = "everything in the queue")
    private boolean all;

    @Option(names = "--dry-run", description = "change nothing, say how much it would be")
    private boolean dryRun;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    final int change(Action action, boolean confirmed, boolean telling) throws ConfigProblem {
        return question.ask(new QueueRequest.Act(action, meant(), new Manner(dryRun, confirmed, telling)));
    }

    /// What is meant must be said: nothing at all is more likely a slip than the whole queue.
    private QueueFilter meant() {
        boolean chosen = !ids.isEmpty() || filter.areGiven();
        if (all && chosen) {
            throw new ParameterException(spec.commandLine(), "--all goes with no ids and no other filter");
        }
        if (!all && !chosen) {
            throw new ParameterException(
                    spec.commandLine(), "say which: queue ids, a filter such as --domain, or --all");
        }
        return filter.filter(ids, Instant.now());
    }

    /// Makes due.
    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description = {
                "Makes recipients due now; what is on hold stays there. Nobody is tried twice at the same time.",
                "Exit status: 0 done, 1 nothing matched, 2 it cannot be done."
            })
    static final class Retry extends QueueChangeCommand {
        @Override
        public Integer call() throws ConfigProblem {
            return change(Action.RETRY, true, false);
        }
    }

    /// Takes out of service.
    @Command(
            name = "hold",
            mixinStandardHelpOptions = true,
            description = {
                "Keeps recipients from being tried, also over restarts, until 'release'. The queue lifetime goes on: what"
                        + " is released after its end gets one more attempt.",
                "Exit status: 0 done, 1 nothing matched or some are being delivered now, 2 it cannot be done."
            })
    static final class Hold extends QueueChangeCommand {
        @Override
        public Integer call() throws ConfigProblem {
            return change(Action.HOLD, true, false);
        }
    }

    /// Puts back into service.
    @Command(
            name = "release",
            mixinStandardHelpOptions = true,
            description = {
                "Puts recipients that are on hold back into service, due now.",
                "Exit status: 0 done, 1 nothing on hold matched, 2 it cannot be done."
            })
    static final class Release extends QueueChangeCommand {
        @Override
        public Integer call() throws ConfigProblem {
            return change(Action.RELEASE, true, false);
        }
    }

    /// Takes out of the queue.
    @Command(
            name = "drop",
            mixinStandardHelpOptions = true,
            description = {
                "Removes recipients undelivered; a message goes with its last one. There is no way back. Senders are not"
                        + " told unless --bounce is given.",
                "Exit status: 0 done, 1 nothing matched, --yes is missing or some are being delivered now, 2 it cannot"
                        + " be done."
            })
    static final class Drop extends QueueChangeCommand {
        @Option(names = "--yes", description = "needed to drop more than one message")
        private boolean yes;

        @Option(names = "--bounce", description = "send each sender a non-delivery report")
        private boolean bounce;

        @Override
        public Integer call() throws ConfigProblem {
            return change(Action.DROP, yes, bounce);
        }
    }
}
