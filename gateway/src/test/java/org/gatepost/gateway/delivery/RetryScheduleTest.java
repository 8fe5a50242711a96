// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
    private static final Instant ARRIVED = Instant.parse("2026-11-23T00:00:00Z");
    private static final RetrySchedule STANDARD = new RetrySchedule(
            List.of(Duration.ofMinutes(15), Duration.ofMinutes(15), Duration.ofHours(1)), Duration.ofHours(24));

    @Test
    void attemptsComeAfterFifteenMinutesTwiceThenHourlyAndLastAtTheEndOfTheDay() { // spec O5
        List<Instant> attempts = new ArrayList<>(List.of(ARRIVED));
        while (!STANDARD.isOver(ARRIVED, attempts.getLast())) {
            attempts.add(STANDARD.next(ARRIVED, attempts.getLast(), attempts.size()));
        }
        assertThat(attempts.subList(0, 5))
                .containsExactly(
                        ARRIVED,
                        ARRIVED.plus(Duration.ofMinutes(15)),
                        ARRIVED.plus(Duration.ofMinutes(30)),
                        ARRIVED.plus(Duration.ofMinutes(90)),
                        ARRIVED.plus(Duration.ofMinutes(150)));
        assertThat(attempts).hasSize(27);
        assertThat(attempts.getLast()).isEqualTo(ARRIVED.plus(Duration.ofHours(24)));
    }

    @Test
    void aMessageThatOutlivedItsTimeInAStoppedGatewayIsOverAtItsFirstFailure() {
        assertThat(STANDARD.isOver(ARRIVED, ARRIVED.plus(Duration.ofHours(30)))).isTrue();
        assertThat(STANDARD.isOver(ARRIVED, ARRIVED.plus(Duration.ofHours(24).minusMillis(1))))
                .isFalse();
    }
}
