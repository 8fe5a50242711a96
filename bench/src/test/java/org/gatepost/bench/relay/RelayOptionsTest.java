// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class RelayOptionsTest {
    @Test
    void measuresThreeRoundsOfEverythingUnlessToldOtherwise() {
        assertThat(RelayOptions.parse(new String[0]))
                .isEqualTo(new RelayOptions(List.of(), 3, OptionalInt.empty(), 10, 1_000_000, 10, true));
    }

    @Test
    void takesCasesAndOptionsInAnyOrder() {
        assertThat(RelayOptions.parse(new String[] {"50", "--rounds", "5", "sts", "--no-wait", "--messages", "100"}))
                .isEqualTo(new RelayOptions(List.of("50", "sts"), 5, OptionalInt.of(100), 10, 1_000_000, 10, false));
    }

    @Test
    void namesTheOptionThatLacksItsNumber() {
        for (String[] words : List.of(
                new String[] {"--rounds"}, new String[] {"--rounds", "0"}, new String[] {"--rounds", "--no-wait"})) {
            assertThatThrownBy(() -> RelayOptions.parse(words))
                    .isInstanceOf(BenchFailure.class)
                    .hasMessage("--rounds needs a number from 1 to 100");
        }
    }
}
