// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.util.List;

/// A load that every system is given.
///
/// @param size octets of a message
/// @param rate messages offered in a second; 0: as fast as they are taken
/// @param freshConnections whether every message must have a connection of its own
record RelayCase(
        String name,
        String about,
        Population population,
        int messages,
        int size,
        int rate,
        boolean freshConnections,
        List<Goal> goals) {

    /// What the median must be, divided by the best of Postfix.
    record Goal(Measure measure, double bound) {
        boolean metBy(double ratio) {
            return measure.moreIsBetter() ? ratio >= bound : ratio <= bound;
        }

        @Override
        public String toString() {
            return (measure.moreIsBetter() ? "≥ " : "≤ ") + "%.3g".formatted(bound);
        }
    }

    private static final int SIZE = 10 * 1024;

    static final List<RelayCase> ALL = List.of(
            fullSpeed("1", "one domain under DANE", Population.ofDane(1), 6_000, rateAndCpu(5, 1 / 7.0)),
            fullSpeed("50", "50 domains under DANE", Population.ofDane(50), 6_000, rateAndCpu(5, 1 / 6.0)),
            fullSpeed("500", "500 domains under DANE", Population.ofDane(500), 10_000, rateAndCpu(3.5, 1 / 4.0)),
            new RelayCase(
                    "500-fresh",
                    "500 domains under DANE, a connection for each message",
                    Population.ofDane(500),
                    10_000,
                    SIZE,
                    0,
                    true,
                    rateAndCpu(2.5, 1 / 3.0)),
            new RelayCase(
                    "latency",
                    "50 domains under DANE, 100 messages a second offered",
                    Population.ofDane(50),
                    3_000,
                    SIZE,
                    100,
                    false,
                    List.of(new Goal(Measure.P50, 0.6), new Goal(Measure.P99, 0.6))),
            fullSpeed(
                    "sts", "50 domains with MTA-STS in mode enforce", new Population(0, 50, 0, 0, 0), 6_000, List.of()),
            fullSpeed(
                    "mixed",
                    "20 domains each under DANE, with MTA-STS, with and without STARTTLS",
                    new Population(20, 20, 20, 20, 0),
                    6_000,
                    List.of()),
            sized("100k", "messages of 100 KB, 50 domains under DANE", 3_000, 100 * 1024),
            sized("1m", "messages of 1 MB, 50 domains under DANE", 400, 1024 * 1024));

    RelayCase {
        goals = List.copyOf(goals);
    }

    private static List<Goal> rateAndCpu(double rate, double cpu) {
        return List.of(new Goal(Measure.RATE, rate), new Goal(Measure.CPU, cpu));
    }

    private static RelayCase fullSpeed(
            String name, String about, Population population, int messages, List<Goal> goals) {
        return new RelayCase(name, about, population, messages, SIZE, 0, false, goals);
    }

    private static RelayCase sized(String name, String about, int messages, int size) {
        return new RelayCase(name, about, Population.ofDane(50), messages, size, 0, false, List.of());
    }
}
