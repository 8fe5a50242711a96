// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Test data of other projects, read in place from the folder that the environment variable `GATEPOST_CORPUS`
/// names.
final class Corpus {
    private Corpus() {}

    /// The lines of a file; empty, with one line on standard output, when there is no corpus.
    static Optional<List<String>> lines(String file) throws IOException {
        String folder = System.getenv().getOrDefault("GATEPOST_CORPUS", "");
        if (folder.isEmpty()) {
            System.out.println("corpus not present: " + file + " did not run");
            return Optional.empty();
        }
        return Optional.of(Files.readAllLines(Path.of(folder).resolve(file)));
    }

    /// Prints the waivers that were needed, so that each run shows where and why its verdicts differ.
    static void printWaivers(String file, Map<String, String> waivers) {
        new TreeMap<>(waivers)
                .forEach((one, reason) -> System.out.println("waiver " + file + " " + one + ": " + reason));
    }
}
