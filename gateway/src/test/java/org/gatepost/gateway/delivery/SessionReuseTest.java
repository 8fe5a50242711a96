// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.gateway.delivery.DeliveryWorld.ANNA;
import static org.gatepost.gateway.delivery.DeliveryWorld.CONTENT;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.gatepost.gateway.config.GatewayConfig.Reuse;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.StsFacts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several messages over one connection (spec O7, pitfall 14). The time limit only turns a hang into a failure.
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SessionReuseTest {
    private final DeliveryWorld world = new DeliveryWorld();

    private DomainDelivery delivery(ScriptedPeer peer, int messages, Duration idle) {
        world.host("mx.example.test", "127.0.0.1");
        world.reuse = new Reuse(messages, idle, 10);
        return world.delivery(peer.port());
    }

    private DomainDelivery delivery(ScriptedPeer peer) {
        return delivery(peer, 100, Duration.ofMinutes(1));
    }

    /// As a retry, so that DNS and policies are looked at each time.
    private static DomainDelivery.Order order() {
        return new DomainDelivery.Order(
                DeliveryWorld.message(CONTENT.length(), ANNA),
                DeliveryWorld.source(CONTENT),
                DeliveryWorld.DOMAIN,
                List.of(ANNA),
                1,
                false);
    }

    private static Delivered delivered(DomainDelivery delivery) {
        RecipientResult result = delivery.deliver(order()).orElseThrow().get(ANNA);
        if (result instanceof Delivered delivered) {
            return delivered;
        }
        throw new AssertionError("not delivered: " + result);
    }

    @Test
    void messagesUnderTheSameDemandShareAConnectionThatIsCountedOnce() throws Exception {
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            DomainDelivery delivery = delivery(peer);
            for (int i = 0; i < 3; i++) {
                assertThat(delivered(delivery).attempts()).hasSize(1);
            }
            assertThat(peer.sessions()).hasSize(1);
            assertThat(peer.heard()).filteredOn(line -> line.startsWith("MAIL")).hasSize(3);
            assertThat(world.sessions).hasSize(1);
        }
    }

    @Test
    void aConnectionServesItsNumberOfMessagesAndIsClosedThen() throws Exception {
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            DomainDelivery delivery = delivery(peer, 2, Duration.ofMinutes(1));
            for (int i = 0; i < 5; i++) {
                delivered(delivery);
            }
            assertThat(peer.sessions()).hasSize(3);
            while (!peer.sessions().getFirst().heard().getLast().equals("QUIT")) {
                Thread.sleep(10);
            }
        }
    }

    @Test
    void aPolicyThatAppearsMeetsNoConnectionThatWasJudgedWithoutIt() throws Exception {
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            world.policy = DeliveryWorld.inForce("enforce", "mx.example.test", StsFacts.Source.FETCHED);
            assertThat(delivery.deliver(order()).orElseThrow().get(ANNA))
                    .isInstanceOf(RecipientResult.NotDelivered.class);
            assertThat(peer.sessions()).hasSize(2);
            assertThat(peer.heard()).filteredOn(line -> line.startsWith("MAIL")).hasSize(1);
        }
    }

    @Test
    void anotherDomainsPolicyAtTheSameHostMeansAnotherConnection() throws Exception {
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            DomainDelivery delivery = delivery(peer);
            world.policy = DeliveryWorld.inForce("testing", "mx.example.test", StsFacts.Source.FETCHED);
            delivered(delivery);
            world.policy = new StsFacts.NoPolicy("none", Optional.empty());
            delivered(delivery);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    @Test
    void aConnectionThatTheHostClosedWhileItWaitedIsNoFailedAttempt() throws Exception {
        try (var peer = ScriptedPeer.start(session -> {
            session.greet();
            oneMessage(session);
        })) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            assertThat(delivered(delivery).attempts()).hasSize(1);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    @Test
    void aHostThatHasHadEnoughOfAConnectionIsConnectedToAnew() throws Exception {
        try (var peer = ScriptedPeer.start(session -> {
            session.greet();
            oneMessage(session);
            session.hear();
            session.say("421 4.7.0 enough for now");
        })) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            assertThat(delivered(delivery).attempts()).hasSize(1);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    @Test
    void aNewConnectionThatIsRefusedSoIsAFailedAttempt() throws Exception {
        try (var peer = ScriptedPeer.start(session -> {
            session.greet().hear();
            session.say("421 4.7.0 not now");
        })) {
            assertThat(delivery(peer).deliver(order()).orElseThrow().get(ANNA))
                    .isInstanceOf(RecipientResult.NotDelivered.class);
            assertThat(peer.sessions()).hasSize(1);
        }
    }

    private static void oneMessage(ScriptedPeer.Session session) throws IOException {
        session.hear();
        session.say("250 OK").hear();
        session.say("250 OK").hear();
        session.say("354 go on").hearMessage();
        session.say("250 2.0.0 taken");
    }

    @Test
    void aConnectionDoesNotWaitForEver() throws Exception {
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            delivered(delivery(peer, 100, Duration.ofMillis(100)));
            while (!peer.heard().contains("QUIT")) {
                Thread.sleep(10);
            }
        }
    }

    @Test
    void noMoreConnectionsWaitThanAllowed() throws Exception {
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            world.host("mx.example.test", "127.0.0.1");
            world.reuse = new Reuse(100, Duration.ofMinutes(1), 0);
            DomainDelivery delivery = world.delivery(peer.port());
            delivered(delivery);
            delivered(delivery);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    @Test
    void aBusyDomainIsLookedUpOnceInASecondButARetryEachTime() throws Exception {
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            DomainDelivery delivery = delivery(peer);
            long begun = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                delivery.deliver(DeliveryWorld.order(ANNA));
            }
            int seconds = (int) Duration.ofNanos(System.nanoTime() - begun).toSeconds();
            int asked = world.lookups;
            delivered(delivery);
            delivered(delivery);
            assertThat(asked).isBetween(1, 1 + seconds);
            assertThat(world.lookups).isEqualTo(asked + 2);
        }
    }

    @Test
    void mailToAnotherDomainAtTheHostUnderNoDemandSharesTheConnection() throws Exception {
        DomainName other = DomainName.parse("other.test");
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            world.alsoServes(other);
            Mailbox carl = Mailbox.parse("carl@other.test");
            var order = new DomainDelivery.Order(
                    DeliveryWorld.message(CONTENT.length(), carl),
                    DeliveryWorld.source(CONTENT),
                    other,
                    List.of(carl),
                    1,
                    false);
            assertThat(delivery.deliver(order).orElseThrow().get(carl)).isInstanceOf(Delivered.class);
            assertThat(peer.sessions()).hasSize(1);
            assertThat(world.sessions).as("counted for each domain").hasSize(2);
        }
    }

    /// What a host holds against a conversation is no word about the message that comes next.
    @ParameterizedTest
    @ValueSource(strings = {"452 4.7.0 enough on this connection", "554 5.5.0 no more"})
    void aHostThatWillNotGoOnIsAskedOnANewConnection(String reply) throws Exception {
        AtomicInteger sessions = new AtomicInteger();
        try (var peer = ScriptedPeer.start(session -> {
            session.greet();
            if (sessions.incrementAndGet() > 1) {
                session.serve();
                return;
            }
            oneMessage(session);
            session.hear();
            session.say(reply).hearOut();
        })) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            assertThat(delivered(delivery).attempts()).hasSize(1);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    @Test
    void anAnswerLeftOverFromTheMessageBeforeIsNoAnswerToTheNext() throws Exception {
        AtomicInteger sessions = new AtomicInteger();
        try (var peer = ScriptedPeer.start(session -> {
            session.greet();
            if (sessions.incrementAndGet() > 1) {
                session.serve();
                return;
            }
            session.hear();
            session.say("250 OK").hear();
            session.say("250 OK").hear();
            session.say("354 go on").hearMessage();
            session.say("250 2.0.0 taken\r\n250 once more").hearOut();
        })) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            assertThat(delivered(delivery).attempts()).hasSize(1);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    /// It is looked for before the next message, so that it need not have come with the answer before it.
    @Test
    void aConnectionOnWhichSomethingCameUnaskedIsNotUsedAgain() throws Exception {
        world.connectionsPerHost = 1;
        AtomicInteger sessions = new AtomicInteger();
        var firstDelivered = new CompletableFuture<Void>();
        var said = new CompletableFuture<Void>();
        var left = new CompletableFuture<Void>();
        try (var peer = ScriptedPeer.start(session -> {
            session.greet();
            if (sessions.incrementAndGet() > 1) {
                session.serve();
                return;
            }
            session.hear();
            session.say("250 OK").hear();
            session.say("250 OK").hear();
            session.say("354 go on").hearMessage();
            session.say("250 2.0.0 taken");
            firstDelivered.join();
            session.say("250 once more");
            said.complete(null);
            try {
                session.hearOut();
            } finally {
                left.complete(null);
            }
        })) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            firstDelivered.complete(null);
            said.join();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos()); // what is sent may take a moment to arrive
            assertThat(delivered(delivery).attempts()).hasSize(1);
            assertThat(peer.sessions()).hasSize(2);
            left.join();
            assertThat(peer.sessions().getFirst().heard())
                    .extracting(line -> line.replaceAll("[ :].*", ""))
                    .filteredOn(word -> !word.equals("lost"))
                    .containsExactly("EHLO", "MAIL", "RCPT", "DATA", "QUIT");
        }
    }

    /// A connection that waits under another demand makes room for one that is needed now.
    @Test
    void aConnectionThatWaitsGivesItsPlaceToAnotherDemand() throws Exception {
        world.connectionsPerHost = 1;
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            DomainDelivery delivery = delivery(peer);
            delivered(delivery);
            world.policy = DeliveryWorld.inForce("testing", "mx.example.test", StsFacts.Source.FETCHED);
            Optional<Map<Mailbox, RecipientResult>> results = delivery.deliver(order());
            while (results.isEmpty()) {
                Thread.sleep(10);
                results = delivery.deliver(order());
            }
            assertThat(results.get().get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(peer.sessions()).hasSize(2);
            while (!peer.sessions().getFirst().heard().getLast().equals("QUIT")) {
                Thread.sleep(5);
            }
        }
    }
}
