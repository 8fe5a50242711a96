// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.gatepost.names.DomainName;
import org.gatepost.tls.HandshakeException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Which of two clients has its turn.
class ChosenTlsClientTest {
    private static final DomainName MX = DomainName.parse("mx.example");

    private final List<String> turns = new ArrayList<>();

    private TlsClient failing(String name, Kind kind) {
        return (socket, serverName, deadline) -> {
            turns.add(name + " " + serverName);
            throw new HandshakeException(kind, null, "no", null);
        };
    }

    private void tryOnce(ChosenTlsClient chosen, DomainName name) {
        assertThat(catchThrowableOfType(
                        HandshakeException.class, () -> chosen.handshake(new Socket(), name, Duration.ZERO)))
                .isNotNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSED_BY_PEER", "PROTOCOL_VIOLATION"})
    void aServerThatTheFastOneDisagreesWithIsMetByTheOtherNextAndThenInTurn(Kind kind) {
        var chosen = new ChosenTlsClient(failing("fast", kind), failing("other", kind));
        for (int i = 0; i < 4; i++) {
            tryOnce(chosen, MX);
        }
        assertThat(turns).containsExactly("fast mx.example", "other mx.example", "fast mx.example", "other mx.example");
    }

    @Test
    void aFailureOfTheFastOneLeavesAnotherWayAndOneOfTheOtherDoesNot() {
        var chosen = new ChosenTlsClient(failing("fast", Kind.REFUSED_BY_PEER), failing("other", Kind.CLOSED));
        assertThat(chosen.hasAnotherWay(MX)).isFalse();
        tryOnce(chosen, MX);
        assertThat(chosen.hasAnotherWay(MX)).isTrue();
        tryOnce(chosen, MX);
        assertThat(chosen.hasAnotherWay(MX)).isFalse();
    }

    @Test
    void aServerThatTheOtherOneAgreesWithStaysWithIt() throws Exception {
        var chosen = new ChosenTlsClient(failing("fast", Kind.REFUSED_BY_PEER), (socket, serverName, deadline) -> {
            turns.add("other " + serverName);
            return new Silent();
        });
        tryOnce(chosen, MX);
        chosen.handshake(new Socket(), MX, Duration.ZERO).close();
        chosen.handshake(new Socket(), MX, Duration.ZERO).close();
        assertThat(turns).containsExactly("fast mx.example", "other mx.example", "other mx.example");
    }

    /// A forged alert is enough to bring a server to the other one, which agrees no key that outlasts quantum
    /// computers.
    @Test
    void aServerReturnsToTheFastOneAfterAnHour() throws Exception {
        var now = new AtomicReference<>(Instant.EPOCH);
        var chosen = new ChosenTlsClient(
                failing("fast", Kind.REFUSED_BY_PEER),
                (socket, serverName, deadline) -> {
                    turns.add("other " + serverName);
                    return new Silent();
                },
                now::get);
        tryOnce(chosen, MX);
        now.set(Instant.EPOCH.plus(Duration.ofMinutes(59)));
        chosen.handshake(new Socket(), MX, Duration.ZERO).close();
        now.set(Instant.EPOCH.plus(Duration.ofHours(1)));
        assertThat(chosen.hasAnotherWay(MX)).isFalse();
        tryOnce(chosen, MX);
        assertThat(turns).containsExactly("fast mx.example", "other mx.example", "fast mx.example");
    }

    private record Silent() implements TlsChannel {
        @Override
        public InputStream input() {
            return InputStream.nullInputStream();
        }

        @Override
        public OutputStream output() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public boolean hasUnread() {
            return false;
        }

        @Override
        public HandshakeFacts facts() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @EnumSource(names = {"CLOSED", "TIMED_OUT"})
    void aServerThatNeverAnsweredTheFastOneMayAnswerTheOther(Kind kind) {
        var chosen = new ChosenTlsClient(
                (socket, serverName, deadline) -> {
                    turns.add("fast " + serverName);
                    throw HandshakeException.unanswered(kind, "no", null);
                },
                failing("other", kind));
        tryOnce(chosen, MX);
        assertThat(chosen.hasAnotherWay(MX)).isTrue();
        tryOnce(chosen, MX);
        assertThat(chosen.hasAnotherWay(MX)).isFalse();
        assertThat(turns).containsExactly("fast mx.example", "other mx.example");
    }

    @ParameterizedTest
    @EnumSource(names = {"CLOSED", "TIMED_OUT", "VERSION_TOO_OLD"})
    void troubleThatTheOtherWouldHaveTooChangesNothing(Kind kind) {
        var chosen = new ChosenTlsClient(failing("fast", kind), failing("other", kind));
        tryOnce(chosen, MX);
        tryOnce(chosen, MX);
        assertThat(turns).containsExactly("fast mx.example", "fast mx.example");
    }

    @Test
    void otherServersAreNotConcerned() {
        var chosen = new ChosenTlsClient(failing("fast", Kind.REFUSED_BY_PEER), failing("other", Kind.REFUSED_BY_PEER));
        tryOnce(chosen, MX);
        tryOnce(chosen, DomainName.parse("mx2.example"));
        assertThat(turns).containsExactly("fast mx.example", "fast mx2.example");
    }
}
