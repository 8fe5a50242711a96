// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Test data of others, which is not part of the sources.
final class Corpus {
    private Corpus() {}

    /// The folder below the one that the environment variable GATEPOST_CORPUS names; if it is absent, a line says
    /// what did not run.
    static Optional<Path> folder(String name, String what) {
        String root = System.getenv("GATEPOST_CORPUS");
        if (root != null && Files.isDirectory(Path.of(root, name))) {
            return Optional.of(Path.of(root, name));
        }
        System.out.println("corpus not present: " + what + " did not run");
        return Optional.empty();
    }
}
