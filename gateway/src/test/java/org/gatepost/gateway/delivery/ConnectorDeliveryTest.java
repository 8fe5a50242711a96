// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.gateway.delivery.DeliveryWorld.ANNA;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.config.GatewayConfig.Reuse;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.gateway.routing.Route;
import org.gatepost.gateway.routing.Routes;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.MechanismUse;
import org.gatepost.policy.MxPattern;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TlsDemand;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Deliveries through connectors (O2, O6) to hosts that follow scripts. The time limit only turns a hang into a
/// failure.
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectorDeliveryTest {
    private static final DomainName RELAY = DomainName.parse("relay.test");

    private final DeliveryWorld world = new DeliveryWorld();

    private static OperatorDemand demand(TlsDemand tls, MechanismUse dane, MechanismUse mtaSts) {
        return new OperatorDemand(Optional.of("partner"), tls, dane, mtaSts, false);
    }

    private static OperatorDemand demand(TlsDemand tls) {
        return demand(tls, MechanismUse.OPPORTUNISTIC, MechanismUse.OPPORTUNISTIC);
    }

    /// A port is the same one whether a connector names it or not.
    @Test
    void aConnectionThatWaitsForAConnectorsMailMakesRoomForOtherMail() throws Exception {
        world.connectionsPerHost = 1;
        world.reuse = new Reuse(100, Duration.ofMinutes(1), 10);
        world.host("mx.example.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            var route = new Route(List.of(smartHost("mx.example.test", peer.port())), Optional.empty());
            var routes = new AtomicReference<Routes>(domain -> route);
            world.routes = domain -> routes.get().of(domain);
            DomainDelivery delivery = world.delivery(peer.port());
            assertThat(DeliveryWorld.results(delivery, DeliveryWorld.order(ANNA))
                            .get(ANNA))
                    .isInstanceOf(Delivered.class);
            routes.set(Routes.direct(OperatorDemand.USUAL));
            Optional<Map<Mailbox, RecipientResult>> results = delivery.deliver(DeliveryWorld.order(ANNA));
            while (results.isEmpty()) {
                Thread.sleep(10);
                results = delivery.deliver(DeliveryWorld.order(ANNA));
            }
            assertThat(results.get().get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(peer.sessions()).hasSize(2);
        }
    }

    private static NextHop smartHost(String name, int port) {
        return new NextHop(
                DomainName.parse(name),
                NextHop.Kind.SMART_HOST,
                Optional.of(port),
                demand(new TlsDemand.Opportunistic()));
    }

    private void route(NextHop... hops) {
        world.routes = domain -> new Route(List.of(hops), Optional.empty());
    }

    private void route(OperatorDemand demand) {
        route(NextHop.recipientDomain(DeliveryWorld.DOMAIN, demand));
    }

    private void address(String host, String address) {
        world.resolver
                .found(
                        host,
                        RecordType.A,
                        DnssecStatus.INSECURE,
                        new RecordData.Address(InetAddress.ofLiteral(address)))
                .denied(host, RecordType.AAAA, DnssecStatus.INSECURE, Answer.Denial.NO_DATA);
    }

    private @Nullable RecipientResult deliver(int port) {
        return deliver(port, DeliveryWorld.order(ANNA));
    }

    private @Nullable RecipientResult deliver(int port, DomainDelivery.Order order) {
        Map<Mailbox, RecipientResult> results =
                world.delivery(port).deliver(order).orElseThrow();
        return results.get(ANNA);
    }

    private static DeliveryFailure failure(@Nullable RecipientResult result) {
        if (result instanceof NotDelivered failed) {
            assertThat(OutcomeTable.row(failed.failure()).nextStep()).isEqualTo(NextStep.RETRY);
            return failed.failure();
        }
        throw new AssertionError("not a failure: " + result);
    }

    /// Pitfall 17: the recipient domain's records and policy have no say about a relay.
    @Test
    void smartHostIsAskedAboutUnderItsOwnNameOnly() throws Exception {
        address("relay.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            route(smartHost("relay.test", peer.port()));

            assertThat(deliver(1)).isInstanceOf(Delivered.class);

            assertThat(peer.heard()).contains("RCPT TO:<anna@example.test>");
            assertThat(world.policiesAsked).containsExactly(RELAY);
            assertThat(world.resolver.asked())
                    .extracting(question -> question.name())
                    .containsOnly(RELAY);
            assertThat(world.resolver.asked())
                    .extracting(question -> question.type())
                    .doesNotContain(RecordType.MX);
            assertThat(world.sessions)
                    .allMatch(session -> session.reportDomain().equals(RELAY));
        }
    }

    @Test
    void enforcedPolicyOfTheSmartHostBindsIt() throws Exception {
        address("relay.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("enforce", "other.test", StsFacts.Source.FETCHED);
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            route(smartHost("relay.test", peer.port()));

            assertThat(failure(deliver(1)))
                    .isInstanceOfSatisfying(
                            DeliveryFailure.StsMxNotListed.class,
                            failure -> assertThat(failure.policyDomain()).isEqualTo(RELAY));
            assertThat(peer.sessions()).isEmpty();
        }
    }

    @Test
    void smartHostWithoutBracketsIsLookedUpByMx() throws Exception {
        world.resolver.found(
                "relay.test",
                RecordType.MX,
                DnssecStatus.INSECURE,
                new RecordData.Mx(10, DomainName.parse("mx.relay.test")));
        address("mx.relay.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            route(new NextHop(
                    RELAY, NextHop.Kind.SMART_HOST_DOMAIN, Optional.empty(), demand(new TlsDemand.Opportunistic())));

            assertThat(deliver(peer.port()))
                    .isInstanceOfSatisfying(
                            Delivered.class,
                            delivered -> assertThat(delivered.host()).isEqualTo("mx.relay.test[127.0.0.1]"));
        }
    }

    @Test
    void nextSmartHostIsTriedWhereOneFailsForNow() throws Exception {
        address("relay.test", "127.0.0.1");
        address("second.test", "127.0.0.1");
        try (var first = ScriptedPeer.start(session -> session.greet().serve(line -> "450 4.2.1 later"));
                var second = ScriptedPeer.start(session -> session.greet().serve());
                var third = ScriptedPeer.start(session -> session.greet().serve())) {
            route(
                    smartHost("absent.test", 25),
                    smartHost("relay.test", first.port()),
                    smartHost("second.test", second.port()),
                    smartHost("second.test", third.port()));

            assertThat(deliver(1)).isInstanceOf(Delivered.class);
            assertThat(first.heard()).contains("RCPT TO:<anna@example.test>");
            assertThat(third.sessions()).isEmpty();
        }
    }

    /// A relay that is misspelled must not bounce the mail of a day.
    @Test
    void mailWaitsForASmartHostThatDoesNotExist() {
        route(smartHost("absent.test", 25));

        assertThat(failure(deliver(1))).isInstanceOf(DeliveryFailure.SmartHostUnusable.class);
    }

    private void assertNothingSent(OperatorDemand demand, Class<? extends DeliveryFailure> failure) throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        route(demand);
        for (String capability : List.of("STARTTLS", "SIZE")) {
            try (var peer = ScriptedPeer.start(session -> {
                session.greet(capability);
                if (session.hear().equals("STARTTLS")) {
                    session.say("454 4.7.0 out of order").hearOut();
                }
            })) {
                assertThat(failure(deliver(peer.port()))).isInstanceOf(failure);
                assertThat(peer.heard()).noneMatch(line -> line.startsWith("MAIL"));
            }
        }
    }

    @Tag("slow")
    @Test
    void withoutTheTlsThatAConnectorDemandsNothingIsSent() throws Exception {
        for (TlsDemand tls : List.of(
                new TlsDemand.Encryption(),
                new TlsDemand.CertificateValidation(),
                new TlsDemand.DomainValidation(new MxPattern(false, DomainName.parse("mx.example.test"))))) {
            assertNothingSent(demand(tls), DeliveryFailure.ConnectorTlsMissing.class);
        }
    }

    private static void encrypted(ScriptedPeer.Session session) throws IOException {
        session.greet("STARTTLS").hear();
        session.say("220 go ahead").hello();
        session.serve();
    }

    @Test
    void anyCertificateWillDoForEncryption() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        route(demand(new TlsDemand.Encryption()));
        try (var peer = ScriptedPeer.start(ConnectorDeliveryTest::encrypted)) {
            assertThat(deliver(peer.port())).isInstanceOf(Delivered.class);
        }
    }

    @Test
    void certificateThatNobodyVouchesForStopsValidation() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        route(demand(new TlsDemand.CertificateValidation()));
        try (var peer = ScriptedPeer.start(ConnectorDeliveryTest::encrypted)) {
            assertThat(failure(deliver(peer.port()))).isInstanceOf(DeliveryFailure.ConnectorCertificateInvalid.class);
            assertThat(peer.heard()).noneMatch(line -> line.startsWith("MAIL"));
            assertThat(world.sessions)
                    .as("the operator's demand is no policy of the receiver's")
                    .allMatch(session -> session.failure().isEmpty());
        }
    }

    @Test
    void switchedOffTlsIsNotBegunThoughOffered() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        route(demand(new TlsDemand.Never(), MechanismUse.NONE, MechanismUse.NONE));
        try (var peer = ScriptedPeer.start(session -> session.greet("STARTTLS").serve())) {
            assertThat(deliver(peer.port()))
                    .isInstanceOfSatisfying(
                            Delivered.class,
                            delivered -> assertThat(delivered.protection()).isEqualTo(Protection.NONE));
            assertThat(peer.heard()).doesNotContain("STARTTLS");
            assertThat(world.policiesAsked).isEmpty();
            assertThat(world.sessions).isEmpty();
        }
    }

    @Test
    void withoutMandatoryDaneNobodyIsConnectedTo() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        route(demand(new TlsDemand.Opportunistic(), MechanismUse.MANDATORY, MechanismUse.OPPORTUNISTIC));
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(failure(deliver(peer.port())).subReason()).isEqualTo(SubReason.DANE_NOT_PUBLISHED);
            assertThat(peer.sessions()).isEmpty();
            assertThat(world.sessions).isEmpty();
        }
    }

    /// RFC 8689 §4.1 waives the receiver's policies; the operator's demands are not the sender's to waive.
    @Test
    void messageThatNeedsNoTlsIsBoundByTheConnectorAllTheSame() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        route(demand(new TlsDemand.Encryption()));
        var message = new QueuedMessage(
                new MessageId(7),
                new Envelope(Optional.empty(), List.of(ANNA), false, false, Envelope.Handling.TLS_NOT_REQUIRED, "test"),
                DeliveryWorld.NOW,
                DeliveryWorld.CONTENT.length());
        var order = new DomainDelivery.Order(
                message, DeliveryWorld.source(DeliveryWorld.CONTENT), DeliveryWorld.DOMAIN, List.of(ANNA), 0, false);
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(failure(deliver(peer.port(), order))).isInstanceOf(DeliveryFailure.ConnectorTlsMissing.class);
            assertThat(world.policiesAsked).isEmpty();
        }
    }
}
