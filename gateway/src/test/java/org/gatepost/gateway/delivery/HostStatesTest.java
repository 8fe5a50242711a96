// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import org.gatepost.gateway.delivery.HostStates.Entry;
import org.gatepost.gateway.delivery.HostStates.Place;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.SubReason;
import org.junit.jupiter.api.Test;

/// How many connections an address gets, and how it fares after it could not be reached.
class HostStatesTest {
    private static final InetSocketAddress HOST = host(1);
    private static final ConnectionFailed FAILURE =
            new ConnectionFailed("mx.example.test", SubReason.CONNECTION_TIMED_OUT, "no answer in time");

    private Instant now = DeliveryWorld.NOW;
    private final HostStates states = new HostStates(2, () -> now);

    private static InetSocketAddress host(int i) {
        return new InetSocketAddress(InetAddress.ofLiteral("10.0." + i / 250 + "." + (1 + i % 250)), 25);
    }

    private Place enter() {
        return (Place) states.enter(HOST);
    }

    private Entry ask() {
        return states.enter(HOST);
    }

    private void fail() {
        try (Place place = enter()) {
            place.unreachable(FAILURE);
        }
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    @Test
    void anAddressGetsItsNumberOfConnectionsAndNoMore() {
        Place first = enter();
        enter();
        assertThat(ask()).isInstanceOf(Entry.Full.class);
        assertThat(states.enter(host(2))).isInstanceOf(Place.class);
        first.close();
        first.close();
        assertThat(ask()).isInstanceOf(Place.class);
        assertThat(ask()).isInstanceOf(Entry.Full.class);
    }

    @Test
    void whoComesNextNeedNotWaitForTheSameTimeOut() {
        fail();
        assertThat(ask()).isInstanceOfSatisfying(Entry.Down.class, down -> {
            assertThat(down.failure().subReason()).isEqualTo(SubReason.CONNECTION_TIMED_OUT);
            assertThat(down.failure().evidence())
                    .startsWith("no answer in time")
                    .contains("not tried again");
        });
    }

    @Test
    void afterAPauseOneTriesAndTheOthersGoOnByWhatIsRemembered() {
        fail();
        pass(Duration.ofSeconds(1));
        Place probe = enter();
        assertThat(ask()).isInstanceOf(Entry.Down.class);
        probe.reached();
        assertThat(ask()).isInstanceOf(Place.class);
    }

    @Test
    void aProbeThatEndsWithoutAWordIsFollowedByAnother() {
        fail();
        pass(Duration.ofSeconds(1));
        enter().close();
        assertThat(ask()).isInstanceOf(Place.class);
    }

    @Test
    void thePauseDoublesUpToTwoMinutes() {
        fail();
        for (int i = 0; i < 12; i++) {
            pass(Duration.ofMinutes(2));
            fail();
        }
        pass(Duration.ofSeconds(119));
        assertThat(ask()).isInstanceOf(Entry.Down.class);
        pass(Duration.ofSeconds(1));
        assertThat(ask()).isInstanceOf(Place.class);
    }

    /// So that waiting for those who are silent never takes more than half of anybody's time.
    @Test
    void theFirstPauseIsAsLongAsTheAttempt() {
        try (Place place = enter()) {
            pass(Duration.ofSeconds(30));
            place.unreachable(FAILURE);
        }
        pass(Duration.ofSeconds(29));
        assertThat(ask()).isInstanceOf(Entry.Down.class);
        pass(Duration.ofSeconds(1));
        assertThat(ask()).isInstanceOf(Place.class);
    }

    @Test
    void failuresAtTheSameTimeCountOnce() {
        Place first = enter();
        Place second = enter();
        first.unreachable(FAILURE);
        second.unreachable(FAILURE);
        first.close();
        second.close();
        pass(Duration.ofSeconds(1));
        assertThat(ask()).isInstanceOf(Place.class);
    }

    @Test
    void anAddressWithAConnectionThatWorksIsNotDown() {
        Place works = enter();
        works.reached();
        fail();
        assertThat(ask()).isInstanceOf(Place.class);
    }

    @Test
    void anOperatorsWordMakesAllBeTriedAgain() {
        fail();
        states.forgetFailures();
        assertThat(ask()).isInstanceOf(Place.class);
    }

    @Test
    void aClockSetBackKeepsNothingDown() {
        fail();
        pass(Duration.ofDays(-1));
        assertThat(ask()).isInstanceOf(Place.class);
    }

    @Test
    void theMemoryOfThoseDownIsBounded() {
        for (int i = 1; i <= HostStates.MOST_DOWN + 1; i++) {
            try (Place place = (Place) states.enter(host(i))) {
                place.unreachable(FAILURE);
            }
        }
        assertThat(states.enter(host(1))).isInstanceOf(Place.class);
        assertThat(states.enter(host(2))).isInstanceOf(Entry.Down.class);
    }
}
