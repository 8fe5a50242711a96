// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailedGuessesTest {
    private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("198.51.100.2");

    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
    private final FailedGuesses guesses = new FailedGuesses(nanoTime::get);

    @Test
    void anAddressThatTriesManyUsersIsStopped() {
        for (int i = 0; i < FailedGuesses.MOST_OF_ADDRESS; i++) {
            assertThat(guesses.areTooMany(CLIENT, "user" + i, false)).isFalse();
            assertThat(guesses.begin(CLIENT, "user" + i, false)).isTrue();
        }
        assertThat(guesses.begin(CLIENT, "another", false)).isFalse();
        assertThat(guesses.areTooMany(CLIENT, "another", false)).isTrue();
        assertThat(guesses.areTooMany(CLIENT, "another", true))
                .as("who was right lately")
                .isFalse();
        assertThat(guesses.areTooMany(OTHER, "another", false)).isFalse();
        nanoTime.addAndGet(FailedGuesses.WINDOW.minus(Duration.ofNanos(1)).toNanos());
        assertThat(guesses.areTooMany(CLIENT, "another", false)).isTrue();
        nanoTime.incrementAndGet();
        assertThat(guesses.areTooMany(CLIENT, "another", false)).isFalse();
    }

    @Test
    void anIpv6NetworkIsOneClient() {
        for (int i = 0; i < FailedGuesses.MOST_OF_USER; i++) {
            assertThat(guesses.begin(InetAddress.ofLiteral("2001:db8::" + i), "anna", false))
                    .isTrue();
        }
        assertThat(guesses.areTooMany(InetAddress.ofLiteral("2001:db8::ffff"), "anna", true))
                .isTrue();
        assertThat(guesses.areTooMany(InetAddress.ofLiteral("2001:db8:0:1::"), "anna", false))
                .isFalse();
    }

    /// Their checks have not ended when the next begins.
    @Test
    void guessesAtTheSameTimeCountEach() {
        for (int i = 0; i < FailedGuesses.MOST_OF_USER; i++) {
            assertThat(guesses.begin(CLIENT, "anna", false)).isTrue();
        }
        assertThat(guesses.begin(CLIENT, "anna", false)).isFalse();
        guesses.takeBack(CLIENT, "anna");
        assertThat(guesses.begin(CLIENT, "anna", false)).isTrue();
    }
}
