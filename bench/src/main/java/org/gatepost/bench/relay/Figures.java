// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/// Lines of `name=number`, in which the C programs answer.
final class Figures {
    private Figures() {}

    static Map<String, Double> parse(String line) {
        return Arrays.stream(line.split(" ", -1))
                .map(word -> word.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> Double.parseDouble(pair[1])));
    }
}
