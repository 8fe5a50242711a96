// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Third-party test data, which is read where it lies and never committed.
final class Corpus {
    private Corpus() {}

    /// The lines of a file, or nothing, said on standard output, when the corpus is not on this machine.
    static Optional<List<String>> lines(String file) throws IOException {
        String folder = System.getenv("GATEPOST_CORPUS");
        if (folder == null) {
            System.out.println("corpus not present: " + file + " did not run");
            return Optional.empty();
        }
        return Optional.of(Files.readAllLines(Path.of(folder, file)));
    }
}
