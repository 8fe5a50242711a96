// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What a case came to: min / median / max of each system, and Gatepost's medians divided by the best of Postfix's.
///
/// @param runs by system, Gatepost's last
record ResultTable(Map<String, List<RelayRun>> runs, List<RelayCase.Goal> goals) {
    void print() {
        var line = new StringBuilder("%n%-32s".formatted("min / median / max"));
        runs.keySet().forEach(name -> line.append("%28s".formatted(name)));
        System.out.println(line.append("%14s".formatted("ratio")));
        for (Measure measure : Measure.values()) {
            print(measure);
        }
        long disturbed = runs.values().stream()
                .flatMap(List::stream)
                .filter(RelayRun::disturbed)
                .count();
        if (disturbed > 0) {
            System.out.println(
                    "others used the machine during " + disturbed + " of the runs: figures are not to be kept");
        }
    }

    private void print(Measure measure) {
        var line = new StringBuilder("%-32s".formatted(measure.title()));
        runs.values().forEach(own -> line.append("%28s".formatted(spread(measure, own))));
        if (measure.isCompared()) {
            double ratio = ratio(measure);
            line.append("%14s".formatted("%.3g".formatted(ratio)));
            goals.stream()
                    .filter(goal -> goal.measure() == measure)
                    .forEach(goal -> line.append("   goal " + goal + (goal.metBy(ratio) ? ": met" : ": MISSED")));
        }
        System.out.println(line);
    }

    private static String spread(Measure measure, List<RelayRun> runs) {
        double[] sorted = sorted(measure, runs);
        return String.join(
                " / ",
                measure.text(sorted[0]),
                measure.text(sorted[sorted.length / 2]),
                measure.text(sorted[sorted.length - 1]));
    }

    private static double[] sorted(Measure measure, List<RelayRun> runs) {
        return runs.stream().mapToDouble(measure::of).sorted().toArray();
    }

    private static double median(Measure measure, List<RelayRun> runs) {
        double[] sorted = sorted(measure, runs);
        return sorted[sorted.length / 2];
    }

    /// Postfix's best setting is chosen for each measure anew.
    double ratio(Measure measure) {
        var medians = new ArrayList<Double>();
        runs.values().forEach(own -> medians.add(median(measure, own)));
        double ours = medians.removeLast();
        double[] peers = medians.stream().mapToDouble(Double::doubleValue).toArray();
        var best = measure.moreIsBetter()
                ? Arrays.stream(peers).max()
                : Arrays.stream(peers).min();
        return ours / best.orElseThrow();
    }
}
