// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// Whether a process that has warmed up holds more and more. Medians are compared, so that a busy moment does not
/// count.
final class VitalsTrend {
    private VitalsTrend() {}

    /// @param allowed by how much the last third may exceed the first, beyond a tenth of it
    private record Measure(String name, ToLongFunction<Vitals> value, long allowed) {}

    private static final List<Measure> MEASURES = List.of(
            new Measure("descriptors", Vitals::descriptors, 20),
            new Measure("threads", Vitals::threads, 8),
            new Measure("octets of resident memory", Vitals::resident, 24_000_000),
            new Measure("octets of live objects", Vitals::live, 8_000_000));

    /// @param samples in their order, at regular intervals, three at least
    /// @return a line for each measure that grows
    static List<String> growth(List<Vitals> samples) {
        int third = samples.size() / 3;
        List<Vitals> first = samples.subList(0, third);
        List<Vitals> last = samples.subList(samples.size() - third, samples.size());
        return MEASURES.stream()
                .flatMap(measure -> growth(measure, first, last).stream())
                .toList();
    }

    private static Optional<String> growth(Measure measure, List<Vitals> first, List<Vitals> last) {
        long before = median(first.stream(), measure.value());
        long after = median(last.stream(), measure.value());
        return after > before + before / 10 + measure.allowed()
                ? Optional.of("from " + before + " to " + after + " " + measure.name())
                : Optional.empty();
    }

    private static long median(Stream<Vitals> samples, ToLongFunction<Vitals> value) {
        long[] sorted = samples.mapToLong(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
