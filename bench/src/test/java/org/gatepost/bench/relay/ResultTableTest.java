// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResultTableTest {
    private static RelayRun run(double perSecond, double cpu) {
        return new RelayRun(perSecond, cpu, 0, 0, 1, 1, 1, 100, 0);
    }

    private static final Map<String, List<RelayRun>> RUNS = new LinkedHashMap<>();

    static {
        RUNS.put("Postfix", List.of(run(100, 5), run(300, 4), run(200, 6)));
        RUNS.put("Postfix, reuse", List.of(run(250, 7), run(260, 8), run(100, 9)));
        RUNS.put("Gatepost", List.of(run(500, 1), run(1500, 1), run(1000, 2)));
    }

    @Test
    void comparesMediansWithTheBestOfPostfixForEachMeasure() {
        var table = new ResultTable(RUNS, List.of());
        assertThat(table.ratio(Measure.RATE)).isEqualTo(1000 / 250.0);
        assertThat(table.ratio(Measure.CPU)).isEqualTo(1 / 5.0);
    }

    @Test
    void aGoalOfRateIsALeastAndOneOfCpuAMost() {
        assertThat(new RelayCase.Goal(Measure.RATE, 5).metBy(4.9)).isFalse();
        assertThat(new RelayCase.Goal(Measure.RATE, 5).metBy(5)).isTrue();
        assertThat(new RelayCase.Goal(Measure.CPU, 0.2).metBy(0.21)).isFalse();
        assertThat(new RelayCase.Goal(Measure.CPU, 0.2).metBy(0.2)).isTrue();
    }
}
