// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;

/// How many deliveries a domain may have at once, and how long that is remembered.
class RecentPacesTest {
    private static final DomainName DOMAIN = DomainName.parse("example.test");

    private long nanoTime;
    private final RecentPaces paces = new RecentPaces(5, () -> nanoTime);

    private static DomainPace after(Feedback... feedback) {
        DomainPace pace = new DomainPace(5);
        for (Feedback one : feedback) {
            pace.note(one);
        }
        return pace;
    }

    @Test
    void successAddsOneUpToTheBound() {
        assertThat(after().window()).isEqualTo(2);
        assertThat(after(Feedback.POSITIVE).window()).isEqualTo(3);
        assertThat(after(Feedback.POSITIVE, Feedback.POSITIVE, Feedback.POSITIVE, Feedback.POSITIVE)
                        .window())
                .isEqualTo(5);
    }

    @Test
    void theBoundHoldsFromTheBeginning() {
        DomainPace pace = new DomainPace(1);
        assertThat(pace.window()).isEqualTo(1);
        assertThat(pace.isAsInTheBeginning()).isTrue();
    }

    @Test
    void aHostThatAsksForLessGetsHalfButNeverNothing() {
        assertThat(after(Feedback.POSITIVE, Feedback.POSITIVE, Feedback.NEGATIVE)
                        .window())
                .isEqualTo(2);
        assertThat(after(Feedback.NEGATIVE, Feedback.NEGATIVE).window()).isEqualTo(1);
        assertThat(after(Feedback.POSITIVE, Feedback.HOST_FULL).window()).isEqualTo(1);
    }

    @Test
    void onlyTheLastWordCountsForWhetherADomainIsUp() {
        assertThat(after(Feedback.POSITIVE).isProven()).isTrue();
        assertThat(after(Feedback.POSITIVE, Feedback.NONE, Feedback.HOST_FULL).isProven())
                .isTrue();
        assertThat(after(Feedback.POSITIVE, Feedback.NEGATIVE).isProven()).isFalse();
    }

    @Test
    void aPaceIsRememberedForSomeMinutes() {
        paces.remember(DOMAIN, after(Feedback.POSITIVE));
        nanoTime = Duration.ofMinutes(9).toNanos();
        assertThat(paces.take(DOMAIN).window()).isEqualTo(3);
        paces.remember(DOMAIN, after(Feedback.POSITIVE));
        nanoTime = Duration.ofMinutes(20).toNanos();
        assertThat(paces.take(DOMAIN).window()).isEqualTo(2);
    }

    @Test
    void theMemoryIsBounded() {
        for (int i = 0; i <= RecentPaces.MOST; i++) {
            paces.remember(DomainName.parse("d" + i + ".test"), after(Feedback.POSITIVE));
        }
        assertThat(paces.take(DomainName.parse("d0.test")).isProven()).isFalse();
        assertThat(paces.take(DomainName.parse("d1.test")).isProven()).isTrue();
    }
}
