// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.gatepost.gateway.users.FailedGuesses.Leave;
import org.junit.jupiter.api.Test;

class FailedGuessesTest {
    private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("198.51.100.2");

    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
    private final FailedGuesses guesses = new FailedGuesses(nanoTime::get);

    private static final ByteBuffer DIGEST = ByteBuffer.wrap(new byte[] {1});

    private void guessWrongly(InetAddress client, String user) {
        assertThat(guesses.areTooMany(client, user, false)).isFalse();
        assertThat(guesses.begin(client, user, false)).isEqualTo(Leave.BEGUN);
        guesses.wasWrong(client, user, DIGEST);
    }

    @Test
    void anAddressThatTriesManyUsersIsStopped() {
        for (int i = 0; i < FailedGuesses.MOST_OF_ADDRESS; i++) {
            guessWrongly(CLIENT, "user" + i);
        }
        assertThat(guesses.begin(CLIENT, "another", false)).isEqualTo(Leave.TOO_MANY);
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
            guessWrongly(InetAddress.ofLiteral("2001:db8::" + i), "anna");
        }
        assertThat(guesses.areTooMany(InetAddress.ofLiteral("2001:db8::ffff"), "anna", true))
                .isTrue();
        assertThat(guesses.areTooMany(InetAddress.ofLiteral("2001:db8:0:1::"), "anna", false))
                .isFalse();
    }

    /// Their checks have not ended when the next begins; they may all be right.
    @Test
    void noMoreAreCheckedAtTheSameTimeThanMayBeWrong() {
        for (int i = 0; i < FailedGuesses.MOST_OF_USER; i++) {
            assertThat(guesses.begin(CLIENT, "anna", false)).isEqualTo(Leave.BEGUN);
        }
        assertThat(guesses.begin(CLIENT, "anna", false)).isEqualTo(Leave.LATER);
        assertThat(guesses.areTooMany(CLIENT, "anna", false)).isFalse();
        guesses.takeBack(CLIENT, "anna");
        assertThat(guesses.begin(CLIENT, "anna", false)).isEqualTo(Leave.BEGUN);
        for (int i = 0; i < FailedGuesses.MOST_OF_USER; i++) {
            guesses.wasWrong(CLIENT, "anna", DIGEST);
        }
        assertThat(guesses.begin(CLIENT, "anna", false)).isEqualTo(Leave.TOO_MANY);
        assertThat(guesses.isRepeated(CLIENT, "anna", DIGEST)).isTrue();
        assertThat(guesses.isRepeated(OTHER, "anna", DIGEST)).isFalse();
    }
}
