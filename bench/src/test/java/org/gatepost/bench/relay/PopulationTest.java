// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

final class PopulationTest {
    @Test
    void mixesKindsEvenly() {
        assertThat(new Population(2, 1, 0, 2, 0).live())
                .extracting(Destination::domain)
                .containsExactly("d0000.test", "s0000.test", "c0000.test", "d0001.test", "c0001.test");
    }

    @Test
    void hasAHostToBeRefusedForEachKindOfPolicy() {
        assertThat(Population.ofDane(3).controls())
                .extracting(Destination::protection)
                .containsExactly(Protection.DANE_CONTROL);
        assertThat(new Population(0, 0, 5, 5, 5).controls()).isEmpty();
    }

    @Test
    void givesEveryDestinationAnAddressOfItsOwn() {
        var all = new Population(1000, 1000, 10, 10, 1000).all();
        var addresses = new HashSet<>(all.stream().map(Destination::address).toList());
        assertThat(addresses).hasSameSizeAs(all);
    }

    @Test
    void holdsBothOfTwo() {
        assertThat(new Population(1, 20, 3, 0, 0).and(new Population(50, 2, 0, 4, 1000)))
                .isEqualTo(new Population(50, 20, 3, 4, 1000));
    }
}
