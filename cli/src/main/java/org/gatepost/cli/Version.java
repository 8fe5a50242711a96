// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/// The version as the build wrote it into the jar.
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("development");
        return new String[] {"gatepost " + version};
    }
}
