// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.UsageMessageSpec;

/// What is known of the terminal, if there is one.
public final class Terminal {
    private static final int NARROWEST = 72;
    private static final int WIDEST = 200;
    private static final int USUAL = 120;

    private Terminal() {}

    /// Whether someone sees standard error, also while standard output goes into a file.
    public static boolean showsErrors() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            return isTerminal();
        }
    }

    /// Columns of the terminal; a usual number when the output goes elsewhere.
    public static int width() {
        int columns = isTerminal() ? new UsageMessageSpec().autoWidth(true).width() : USUAL;
        return Math.clamp(columns, NARROWEST, WIDEST);
    }

    private static boolean isTerminal() {
        return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }
}
