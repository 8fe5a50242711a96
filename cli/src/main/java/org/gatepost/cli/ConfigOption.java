// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.gatepost.gateway.config.ConfigFile;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The `--config` option that commands share.
final class ConfigOption {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "the configuration file; without it every key has its default")
    private @Nullable Path file;

    GatewayConfig read() throws ConfigProblem {
        Optional<Path> given = Optional.ofNullable(file);
        return given.isPresent() ? ConfigFile.read(given.get()) : ConfigFile.defaults();
    }
}
