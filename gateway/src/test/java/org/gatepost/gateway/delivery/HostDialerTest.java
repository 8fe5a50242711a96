// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DaneDemand;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.StsDemand;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.tls.HandshakeException;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How the way to a session ends, against a host that follows a script. The time limit only turns a hang into a
/// failure.
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostDialerTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final DaneDemand.Nothing NO_DANE = new DaneDemand.Nothing(DaneDemand.Why.HOST_INSECURE);

    private final DeliveryWorld world = new DeliveryWorld();

    private static HostDecision.Try host(StsDemand sts) {
        DomainName name = DomainName.parse("mx.example.test");
        return new HostDecision.Try(
                new HostFacts(
                        name, 10, none(name, RecordType.A), none(name, RecordType.AAAA), Optional.empty(), List.of()),
                List.of(LOOPBACK),
                NO_DANE,
                sts);
    }

    private static Answer<RecordData.Address> none(DomainName name, RecordType type) {
        return new Answer.Denied<>(
                new Question(name, type), DnssecStatus.INSECURE, Answer.Denial.NO_DATA, List.of(), DeliveryWorld.NOW);
    }

    static HostDecision.Try undemanding() {
        return host(new StsDemand.Nothing("no policy"));
    }

    private static HostDecision.Try enforcing() {
        return host(new StsDemand.Enforce(DeliveryWorld.DOMAIN, policy("enforce")));
    }

    private static HostDecision.Try testing() {
        return host(new StsDemand.Testing(DeliveryWorld.DOMAIN, policy("testing"), true));
    }

    private static org.gatepost.policy.StsPolicy policy(String mode) {
        return ((StsFacts.InForce) DeliveryWorld.inForce(mode, "mx.example.test", StsFacts.Source.FETCHED)).policy();
    }

    private Opening open(HostDecision.Try host, ScriptedPeer.Script script) throws IOException {
        try (ScriptedPeer peer = ScriptedPeer.start(script)) {
            Opening opening = world.dialer(peer.port()).open(host, LOOPBACK);
            if (opening instanceof Opening.Ready ready) {
                ready.session().close();
            }
            return opening;
        }
    }

    private static HostSession ready(Opening opening) {
        assertThat(opening).isInstanceOf(Opening.Ready.class);
        return ((Opening.Ready) opening).session();
    }

    private static DeliveryFailure failure(Opening opening) {
        assertThat(opening).isInstanceOf(Opening.Failed.class);
        return ((Opening.Failed) opening).failure();
    }

    private void breakHandshakes() {
        world.tls = (socket, name, deadline) -> {
            throw new HandshakeException(HandshakeException.Kind.VERSION_TOO_OLD, "TLSv1.0", "too old", null);
        };
    }

    @Test
    void hostWithoutStartTlsIsUsedInClearWhenNothingIsDemanded() throws Exception {
        var session = ready(open(undemanding(), peer -> peer.greet().serve()));

        assertThat(session.verdict().protection()).isEqualTo(Protection.NONE);
    }

    @Test
    void hostWithoutStartTlsIsRefusedWhenThePolicyIsEnforced() throws Exception {
        assertThat(failure(open(enforcing(), peer -> peer.greet().serve())))
                .isInstanceOf(DeliveryFailure.StsStartTlsMissing.class);
    }

    @Test
    void serverNameInTheHandshakeIsTheTlsaBaseDomain() throws Exception { // RFC 7672 §8.1, RFC 7671 §10.2
        DomainName base = DomainName.parse("real.hosting.test");
        List<Tlsa> records = List.of(new Tlsa(3, 1, 1, "ab".repeat(32)));
        List<DomainName> asked = new CopyOnWriteArrayList<>();
        world.tls = (socket, name, deadline) -> {
            asked.add(name);
            return DeliveryWorld.clearChannel(socket);
        };
        for (DaneDemand demand : List.of(
                new DaneDemand.Authenticate(base, records, records, List.of(base), true),
                new DaneDemand.EncryptOnly(base, records, true))) {
            open(
                    new HostDecision.Try(
                            undemanding().host(), List.of(LOOPBACK), demand, new StsDemand.Nothing("no policy")),
                    peer -> {
                        peer.greet("STARTTLS").hear();
                        peer.say("220 go on");
                        peer.serve();
                    });
        }
        open(enforcing(), peer -> {
            peer.greet("STARTTLS").hear();
            peer.say("220 go on");
            peer.serve();
        });

        assertThat(asked).containsExactly(base, base, DomainName.parse("mx.example.test")); // RFC 8461 §7.1
    }

    @Test
    void hostWhoseCertificateMatchesNoRecordIsNotUsed() throws Exception { // RFC 7672 §3.2
        DomainName base = DomainName.parse("mx.example.test");
        List<Tlsa> records = List.of(new Tlsa(3, 1, 1, "ab".repeat(32)));
        var host = new HostDecision.Try(
                undemanding().host(),
                List.of(LOOPBACK),
                new DaneDemand.Authenticate(base, records, records, List.of(base), true),
                new StsDemand.Nothing("no policy"));

        DeliveryFailure failure = failure(open(host, peer -> {
            peer.greet("STARTTLS").hear();
            peer.say("220 go on");
            peer.serve();
        }));

        assertThat(failure).isInstanceOf(DeliveryFailure.DaneMismatch.class);
        assertThat(failure.subReason()).isEqualTo(SubReason.EE_KEY_MISMATCH);
    }

    @Test
    void whatWasShakenHandsOverIsClosedWhenNothingComesOfIt() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        world.tls = (socket, name, deadline) -> {
            TlsChannel channel = DeliveryWorld.clearChannel(socket);
            return new TlsChannel() {
                @Override
                public InputStream input() {
                    return channel.input();
                }

                @Override
                public OutputStream output() {
                    return channel.output();
                }

                @Override
                public boolean hasUnread() throws IOException {
                    return channel.hasUnread();
                }

                @Override
                public HandshakeFacts facts() {
                    return channel.facts();
                }

                @Override
                public void close() throws IOException {
                    closed.incrementAndGet();
                    channel.close();
                }
            };
        };

        DeliveryFailure failure = failure(open(undemanding(), peer -> {
            peer.greet("STARTTLS").hear();
            peer.say("220 go on").hear();
            peer.say("554 no").hear();
            peer.say("554 no").hearOut();
        }));

        assertThat(failure).isInstanceOf(DeliveryFailure.PeerRejected.class);
        assertThat(closed.get()).isPositive();
    }

    @Test
    void brokenHandshakeIsDoneWithoutWhenNothingIsDemanded() throws Exception {
        breakHandshakes();

        var session = ready(open(undemanding(), peer -> {
            peer.greet("STARTTLS");
            peer.serve(line -> "250 OK");
        }));

        assertThat(session.verdict().protection()).isEqualTo(Protection.NONE);
    }

    @Test
    void brokenHandshakeIsNeverDoneWithoutWhenThePolicyIsEnforced() throws Exception {
        breakHandshakes();

        try (ScriptedPeer peer = ScriptedPeer.start(HostDialerTest::startTlsThenClose)) {
            Opening opening = world.dialer(peer.port()).open(enforcing(), LOOPBACK);

            assertThat(failure(opening)).isInstanceOf(DeliveryFailure.StsTlsTooOld.class);
            assertThat(peer.sessions()).hasSize(1);
        }
    }

    /// A testing policy is reported on: what the handshake showed must not be lost with the first connection.
    @Test
    void fallbackToClearTextKeepsWhatTheHandshakeShowed() throws Exception {
        world.tls = (socket, name, deadline) -> {
            throw new HandshakeException(HandshakeException.Kind.VERSION_TOO_OLD, "TLSv1.0", "too old", null);
        };

        var session = ready(open(testing(), HostDialerTest::startTlsThenClose));

        assertThat(session.tls()).isEqualTo(new TlsObservation.HandshakeFailed(Optional.of("TLSv1.0"), "too old"));
        assertThat(session.verdict().findings().getFirst().failure())
                .get()
                .isInstanceOf(DeliveryFailure.StsTlsTooOld.class);
    }

    /// Fails so many times, and says each time that it knows another way.
    private static TlsClient versatile(int failures) {
        var left = new AtomicInteger(failures);
        return new TlsClient() {
            @Override
            public TlsChannel handshake(Socket socket, DomainName name, Duration deadline) throws HandshakeException {
                if (left.getAndDecrement() > 0) {
                    throw new HandshakeException(HandshakeException.Kind.REFUSED_BY_PEER, null, "no", null);
                }
                return DeliveryWorld.clearChannel(socket);
            }

            @Override
            public boolean hasAnotherWay(DomainName name) {
                return true;
            }
        };
    }

    @Test
    void anotherWayToShakeHandsIsTriedBeforeClearText() throws Exception {
        world.tls = versatile(1);

        var session = ready(open(undemanding(), peer -> {
            peer.greet("STARTTLS");
            if (peer.hear().equals("STARTTLS")) {
                peer.say("220 go ahead");
            }
            peer.serve(line -> "250 OK");
        }));

        assertThat(session.tls()).isInstanceOf(TlsObservation.Established.class);
    }

    @Test
    void anotherWayToShakeHandsIsTriedOnceOnlyAndNeverGivesUpTheDemand() throws Exception {
        world.tls = versatile(10);

        try (ScriptedPeer peer = ScriptedPeer.start(HostDialerTest::startTlsThenClose)) {
            Opening opening = world.dialer(peer.port()).open(enforcing(), LOOPBACK);

            assertThat(opening).isInstanceOf(Opening.Failed.class);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    @Test
    void anotherWayThatEndsBeforeTlsLeavesWhatTheFirstShowed() throws Exception {
        world.tls = versatile(1);
        var connections = new AtomicInteger();

        var session = ready(open(undemanding(), peer -> {
            switch (connections.incrementAndGet()) {
                case 1 -> startTlsThenClose(peer);
                case 2 -> {} // closed at the banner
                default -> {
                    peer.greet("STARTTLS");
                    peer.serve();
                }
            }
        }));

        assertThat(session.tls()).isEqualTo(new TlsObservation.HandshakeFailed(Optional.empty(), "no"));
        assertThat(connections).hasValue(3);
    }

    private static void startTlsThenClose(ScriptedPeer.Session session) throws IOException {
        session.greet("STARTTLS");
        if (session.hear().equals("STARTTLS")) {
            session.say("220 go ahead");
            session.hearOut();
        }
    }

    /// In TLS 1.3 a host that dislikes the client says so only after the client's side is done (pitfall 22).
    @Test
    void connectionLostRightAfterTheHandshakeIsDoneWithoutTlsWhenNothingIsDemanded() throws Exception {
        var session = ready(open(undemanding(), peer -> {
            peer.greet("STARTTLS");
            if (peer.hear().equals("STARTTLS")) {
                peer.say("220 go ahead"); // and closes
            }
        }));

        assertThat(session.verdict().protection()).isEqualTo(Protection.NONE);
    }

    @Test
    void startTlsAnsweredWith421IsDoneWithoutOnANewConnection() throws Exception {
        var session = ready(open(undemanding(), peer -> {
            peer.greet("STARTTLS");
            if (peer.hear().equals("STARTTLS")) {
                peer.say("421 4.3.0 TLS is out of order");
            }
        }));

        assertThat(session.smtp().capabilities().offers("STARTTLS")).isTrue();
        assertThat(session.tls()).isInstanceOf(TlsObservation.Refused.class);
    }

    /// Whoever sits in between can forge a greeting, and must not get mail returned by it.
    @Test
    void permanentReplyBeforeTheHostProvedItselfIsNotBelievedWhereProofIsDemanded() throws Exception {
        DeliveryFailure failure = failure(open(enforcing(), peer -> peer.say("554 5.7.1 go away")));

        assertThat(OutcomeTable.row(failure).nextStep()).isEqualTo(NextStep.RETRY);
        assertThat(failure.evidence()).contains("554").contains("go away");
    }

    @Test
    void permanentGreetingIsBelievedWhereNothingIsDemanded() throws Exception {
        DeliveryFailure failure = failure(open(undemanding(), peer -> peer.say("554 5.7.1 go away")));

        assertThat(failure).isInstanceOf(DeliveryFailure.PeerRejected.class);
    }

    @Test
    void replyThatComesInDropsIsNotWaitedForLongerThanOneReplyMayTake() throws Exception {
        world.commandTimeout = Duration.ofMillis(400);

        DeliveryFailure failure = failure(open(undemanding(), peer -> {
            for (int i = 0; i < 10_000; i++) {
                peer.say("220-still there");
                java.util.concurrent.locks.LockSupport.parkNanos(
                        Duration.ofMillis(100).toNanos());
            }
        }));

        assertThat(failure.subReason()).isEqualTo(SubReason.CONNECTION_TIMED_OUT);
    }

    @Test
    void wordsOfThePeerArePrintableAndBounded() throws Exception {
        DeliveryFailure failure = failure(open(
                undemanding(), peer -> peer.say("450-4.7.1 \u001b[2J\u202efoo\rbar\u2028", "450 " + "x".repeat(1900))));

        assertThat(failure.evidence()).doesNotContainPattern("[\\p{C}\\u2028]").hasSizeLessThan(700);
    }

    @Test
    void closedPortIsARefusedConnection() throws Exception {
        try (Socket deaf = ScriptedPeer.deaf()) {
            DeliveryFailure failure = failure(world.dialer(deaf.getLocalPort()).open(undemanding(), LOOPBACK));

            assertThat(failure.subReason()).isEqualTo(SubReason.CONNECTION_REFUSED);
        }
    }

    @Test
    void unreachableNetworkIsNotCalledAClosedConnection() {
        DeliveryFailure failure =
                failure(world.dialer(25).open(undemanding(), InetAddress.ofLiteral("255.255.255.255")));

        assertThat(failure.subReason()).isEqualTo(SubReason.CONNECTION_REFUSED);
    }
}
