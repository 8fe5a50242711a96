// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Spec S4; RFC 8461 §3.3, §10.2; pitfalls 15 and 20.
class RefreshScheduleTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration YEAR = Duration.ofHours(8766);

    private final RefreshSchedule schedule = new RefreshSchedule(new Random(1));

    @Test
    void longLivedPolicyIsRefreshedAboutDailyAndNeverAtTheSameDistance() {
        Set<Duration> distances = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            Duration distance =
                    Duration.between(NOW, schedule.afterFetch(NOW, YEAR).orElseThrow());
            assertThat(distance).isBetween(Duration.ofHours(18), Duration.ofHours(24));
            distances.add(distance);
        }
        assertThat(distances).hasSizeGreaterThan(900);
    }

    @ParameterizedTest
    @ValueSource(longs = {600, 601, 3600, 86_400, 172_800})
    void policyIsRefreshedAtTheLatestHalfWayToItsExpiry(long maxAge) {
        for (int i = 0; i < 100; i++) {
            Instant due = schedule.afterFetch(NOW, Duration.ofSeconds(maxAge)).orElseThrow();
            assertThat(due).isBetween(NOW.plus(Duration.ofMinutes(5)), NOW.plusSeconds(maxAge / 2 + 1));
        }
    }

    /// Such a policy would be fetched without end for mail that may never come.
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 300, 599})
    void policyOfAFewMinutesIsNotRefreshedAhead(long maxAge) {
        assertThat(schedule.afterFetch(NOW, Duration.ofSeconds(maxAge))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {3600, 86_400, 604_800, 31_557_600L})
    void failuresAreTriedAgainEverMoreSeldomButToTheEnd(long maxAge) {
        Instant expires = NOW.plusSeconds(maxAge);
        Optional<Instant> next = schedule.afterFetch(NOW, Duration.ofSeconds(maxAge));
        Instant last = NOW;
        int tries = 0;
        while (next.isPresent()) {
            tries++;
            last = next.get();
            next = schedule.afterFailure(last, NOW, expires);
            assertThat(next.orElse(Instant.MAX)).isAfterOrEqualTo(last.plus(Duration.ofMinutes(5)));
        }
        assertThat(tries).isBetween(4, 600);
        assertThat(Duration.between(last, expires)).isLessThan(Duration.ofMinutes(20));
    }

    @Test
    void firstFailureOfADailyRefreshIsTriedAgainTheSameDay() {
        Instant expires = NOW.plus(YEAR);
        Instant later = NOW.plus(Duration.ofDays(1));

        assertThat(schedule.afterFailure(later, NOW, expires).orElseThrow()).isBefore(later.plus(Duration.ofHours(4)));
    }
}
