// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VitalsTrendTest {
    private static final Vitals STEADY = new Vitals(100, 30, 300_000_000, 40_000_000);

    @Test
    void whatStaysTheSameButForOneMomentDoesNotGrow() {
        List<Vitals> samples =
                new ArrayList<>(IntStream.range(0, 9).mapToObj(_ -> STEADY).toList());
        samples.set(8, new Vitals(2000, 90, 900_000_000, 200_000_000));

        assertThat(VitalsTrend.growth(samples)).isEmpty();
    }

    @Test
    void whatGrowsIsNamedWithItsFigures() {
        List<Vitals> samples = IntStream.range(0, 9)
                .mapToObj(i -> new Vitals(100 + 10 * i, 30, 300_000_000, 40_000_000L + 5_000_000L * i))
                .toList();

        assertThat(VitalsTrend.growth(samples))
                .containsExactly("from 110 to 170 descriptors", "from 45000000 to 75000000 octets of live objects");
    }
}
