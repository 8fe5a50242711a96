// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.routing.ConnectorNotices;
import org.gatepost.gateway.users.Users;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Works on configuration files.
@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description = "Works on configuration files.",
        subcommands = ConfigCommand.Check.class)
final class ConfigCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /// Reads a file and says whether it can be used.
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Reads a configuration file and says whether `serve` could use it; starts nothing.")
    static final class Check implements Callable<Integer> {
        @Mixin
        private final ConfigOption config = new ConfigOption();

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
        private CommandSpec spec;

        @Override
        public Integer call() throws ConfigProblem {
            GatewayConfig values = config.read();
            Users.of(values.listen());
            var out = spec.commandLine().getOut();
            ConnectorNotices.of(values.connectors(), LocalDate.now(ZoneOffset.UTC))
                    .forEach(notice -> out.println("warning: " + notice));
            out.println("the configuration is fine");
            return 0;
        }
    }
}
