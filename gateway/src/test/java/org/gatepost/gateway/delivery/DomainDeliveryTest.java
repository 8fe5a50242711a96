// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.gateway.delivery.DeliveryWorld.ANNA;
import static org.gatepost.gateway.delivery.DeliveryWorld.BERT;
import static org.gatepost.gateway.delivery.DeliveryWorld.order;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.SubReason;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.spool.SpoolException;
import org.gatepost.tls.HandshakeException;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.ResultType;
import org.gatepost.tlsrpt.SessionResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One delivery against hosts that follow scripts. The time limit only turns a hang into a failure.
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DomainDeliveryTest {
    private final DeliveryWorld world = new DeliveryWorld();

    private Map<Mailbox, RecipientResult> deliver(ScriptedPeer peer, DomainDelivery.Order order) {
        return world.delivery(peer.port()).deliver(order).orElseThrow();
    }

    private static DeliveryFailure failure(@Nullable RecipientResult result) {
        if (result instanceof NotDelivered failed) {
            return failed.failure();
        }
        throw new AssertionError("not a failure: " + result);
    }

    private static NextStep nextStep(@Nullable RecipientResult result) {
        return OutcomeTable.row(failure(result)).nextStep();
    }

    @Test
    void everyRecipientHasTheResultOfItsOwnReply() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(
                session -> session.greet().serve(line -> line.contains("bert") ? "550 5.1.1 who is that" : "250 OK"))) {
            var results = deliver(peer, order(ANNA, BERT));

            assertThat(results.get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(nextStep(results.get(BERT))).isEqualTo(NextStep.RETURN_AT_ONCE);
        }
    }

    @Test
    void hostIsNamedAsTheMxRecordNamesIt() throws Exception { // RFC 7672 §2.2.1
        world.host("mx.example.test", "127.0.0.1");
        world.resolver.aliased(
                "mx.example.test",
                RecordType.A,
                DnssecStatus.INSECURE,
                new RecordData.Address(InetAddress.ofLiteral("127.0.0.1")),
                "elsewhere.test");
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            var delivered = (Delivered)
                    Objects.requireNonNull(deliver(peer, order(ANNA)).get(ANNA));

            assertThat(delivered.host()).isEqualTo("mx.example.test[127.0.0.1]");
            assertThat(delivered.attempts().getLast().line()).contains(" mx.example.test[127.0.0.1] ");
        }
    }

    @Test
    void recipientRefusedForNowIsTriedAtTheNextHostAndOthersAreNotSentTwice() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        try (var first = ScriptedPeer.start(session ->
                        session.greet().serve(line -> line.contains("bert") ? "450 4.2.1 later" : "250 OK"));
                var second = ScriptedPeer.start(
                        "127.0.0.2", first.port(), session -> session.greet().serve())) {
            var results = deliver(first, order(ANNA, BERT));

            assertThat(results.values()).allMatch(Delivered.class::isInstance);
            assertThat(second.heard())
                    .contains("RCPT TO:<bert@example.test>")
                    .doesNotContain("RCPT TO:<anna@example.test>");
        }
    }

    /// Pitfall 29, and no duplicates: what was delivered before a defect struck stays delivered.
    @Test
    void defectInTheMiddleKeepsWhatAnEarlierHostTookOver() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        world.tls = (socket, name, deadline) -> {
            throw new IllegalStateException("a bug");
        };
        try (var first = ScriptedPeer.start(session ->
                        session.greet().serve(line -> line.contains("bert") ? "450 4.2.1 later" : "250 OK"));
                var second = ScriptedPeer.start("127.0.0.2", first.port(), session -> {
                    session.greet("STARTTLS").hear();
                    session.say("220 go ahead").hearOut();
                })) {
            var results = deliver(first, order(ANNA, BERT));

            assertThat(second.sessions()).isNotEmpty();
            assertThat(results.get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(nextStep(results.get(BERT))).isEqualTo(NextStep.RETRY);
        }
    }

    @Test
    void startTlsAnsweredWith421IsNoDefect() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("testing", "mx1.example.test", StsFacts.Source.FETCHED);
        try (var peer = ScriptedPeer.start(session -> {
            session.greet("STARTTLS");
            if (session.hear().equals("STARTTLS")) {
                session.say("421 4.3.0 out of order");
            }
        })) {
            var results = deliver(peer, order(ANNA));

            assertThat(failure(results.get(ANNA))).isNotInstanceOf(DeliveryFailure.InternalDefect.class);
        }
    }

    @Test
    void unreadableContentIsOurOwnDefectAndOtherHostsAreLeftAlone() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        try (var first = ScriptedPeer.start(session -> session.greet().serve());
                var second = ScriptedPeer.start(
                        "127.0.0.2", first.port(), session -> session.greet().serve())) {
            var results = deliver(
                    first,
                    order(
                            () -> {
                                throw new IOException("damaged");
                            },
                            ANNA));

            assertThat(failure(results.get(ANNA))).isInstanceOf(DeliveryFailure.InternalDefect.class);
            assertThat(second.sessions()).isEmpty();
        }
    }

    @Test
    void spoolThatFailsWhileSendingIsOurOwnDefectToo() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            var results = deliver(
                    peer,
                    order(
                            () -> {
                                throw new SpoolException("the disk is gone", null);
                            },
                            ANNA));

            assertThat(failure(results.get(ANNA))).isInstanceOf(DeliveryFailure.InternalDefect.class);
            assertThat(peer.heard()).doesNotContain(".");
        }
    }

    /// RFC 1047: the host may have the message. Each further host asked at once could make one more copy.
    @Test
    void messageInDoubtIsNotOfferedToTheNextHost() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        try (var first = ScriptedPeer.start(session -> {
                    session.greet();
                    for (String line = session.hear(); !line.equals("DATA"); line = session.hear()) {
                        session.say("250 OK");
                    }
                    session.say("354 go on").hearMessage();
                });
                var second = ScriptedPeer.start(
                        "127.0.0.2", first.port(), session -> session.greet().serve())) {
            var results = deliver(first, order(ANNA));

            assertThat(failure(results.get(ANNA)).subReason()).isEqualTo(SubReason.CONNECTION_CLOSED);
            assertThat(nextStep(results.get(ANNA))).isEqualTo(NextStep.RETRY);
            assertThat(second.sessions()).isEmpty();
        }
    }

    @Test
    void connectionLostBeforeTheContentIsOverLeadsToTheNextHost() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        try (var first = ScriptedPeer.start(session -> session.greet().hear());
                var second = ScriptedPeer.start(
                        "127.0.0.2", first.port(), session -> session.greet().serve())) {
            assertThat(deliver(first, order(ANNA)).get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(second.sessions()).hasSize(1);
        }
    }

    @Test
    void greetingOf421LeadsToTheNextHost() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        try (var first = ScriptedPeer.start(session -> session.say("421 4.3.2 busy"));
                var _ = ScriptedPeer.start(
                        "127.0.0.2", first.port(), session -> session.greet().serve())) {
            assertThat(deliver(first, order(ANNA)).get(ANNA)).isInstanceOf(Delivered.class);
        }
    }

    @Test
    void refusingGreetingReturnsAtOnceOnlyWhenEveryHostSaysSo() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        try (var first = ScriptedPeer.start(session -> session.say("554 5.3.2 no mail here"));
                var second = ScriptedPeer.start("127.0.0.2", first.port(), session -> session.say("421 4.3.2 busy"))) {
            assertThat(nextStep(deliver(first, order(ANNA)).get(ANNA))).isEqualTo(NextStep.RETRY);
            assertThat(second.sessions()).hasSize(1);
        }
    }

    /// RFC 1870 §6.1: what the host says it will not take need not be sent to be refused.
    @Test
    void messageLargerThanTheHostTakesIsNotSent() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session -> session.greet("SIZE 10").serve())) {
            DeliveryFailure failure = failure(deliver(peer, order(ANNA)).get(ANNA));

            assertThat(OutcomeTable.permanent(failure).status()).isEqualTo("5.3.4");
            assertThat(OutcomeTable.permanent(failure).replyCode()).isEqualTo(552);
            assertThat(peer.heard()).noneMatch(line -> line.startsWith("MAIL"));
        }
    }

    /// RFC 5321 §4.5.3.1.8 promises no more than 100 recipients a transaction.
    @Test
    void manyRecipientsGoInTransactionsOfAHundred() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        var recipients = IntStream.range(0, 250)
                .mapToObj(i -> Mailbox.parse("r" + i + "@example.test"))
                .toArray(Mailbox[]::new);
        try (var peer = ScriptedPeer.start(session -> {
            int[] inTransaction = {0};
            session.greet("PIPELINING");
            for (String line = session.hear(); !line.isEmpty(); line = session.hear()) {
                if (line.startsWith("RCPT")) {
                    session.say(++inTransaction[0] > 100 ? "452 4.5.3 too many" : "250 OK");
                } else if (line.equals("DATA")) {
                    session.say("354 go on").hearMessage();
                    session.say("250 OK");
                    inTransaction[0] = 0;
                } else {
                    session.say("250 OK");
                }
            }
        })) {
            var results = deliver(peer, order(recipients));

            assertThat(results.values()).hasSize(250).allMatch(Delivered.class::isInstance);
            assertThat(peer.sessions()).hasSize(1);
        }
    }

    /// RFC 5321 §4.5.3.1.10: at RCPT, 552 is the 452 of old servers.
    @Test
    void tooManyRecipientsSaidWith552IsTemporary() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session ->
                session.greet().serve(line -> line.contains("bert") ? "552 too many recipients" : "250 OK"))) {
            var results = deliver(peer, order(ANNA, BERT));

            assertThat(results.get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(nextStep(results.get(BERT))).isEqualTo(NextStep.RETRY);
        }
    }

    /// The handshake may succeed next time; the sender must not hear of it as a refusal for good.
    @Test
    void demandForTlsAfterAFailedHandshakeIsTemporary() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.tls = (socket, name, deadline) -> {
            throw new HandshakeException(HandshakeException.Kind.TIMED_OUT, null, "too slow", null);
        };
        try (var peer = ScriptedPeer.start(session -> {
            session.greet("STARTTLS");
            for (String line = session.hear(); !line.isEmpty(); line = session.hear()) {
                session.say(line.equals("STARTTLS") ? "220 go ahead" : "530 5.7.0 Must issue STARTTLS first");
            }
        })) {
            assertThat(nextStep(deliver(peer, order(ANNA)).get(ANNA))).isEqualTo(NextStep.RETRY);
        }
    }

    /// A peer that takes the content as slowly as it likes would hold the delivery for ever: writing has no
    /// time-out of its own.
    @Test
    void peerThatStopsReadingTheContentIsGivenUp() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.commandTimeout = Duration.ofMillis(500);
        world.dataTimeout = Duration.ofMillis(500);
        String large = ("x".repeat(998) + "\r\n").repeat(20_000);
        try (var peer = ScriptedPeer.start(session -> {
            session.greet();
            for (String line = session.hear(); !line.equals("DATA"); line = session.hear()) {
                session.say("250 OK");
            }
            session.say("354 go on");
            session.fallAsleep();
        })) {
            var results = deliver(peer, order(DeliveryWorld.source(large), ANNA));

            assertThat(failure(results.get(ANNA)).subReason()).isEqualTo(SubReason.CONNECTION_TIMED_OUT);
        }
    }

    @Test
    void addressLiteralIsReturnedWithoutADefect() throws Exception {
        Mailbox literal = Mailbox.parse("root@[192.0.2.1]");
        var message = DeliveryWorld.message(10, literal);
        var order = new DomainDelivery.Order(
                message, DeliveryWorld.source(""), DomainName.ROOT, List.of(literal), 0, false);

        var results = world.delivery(25).deliver(order).orElseThrow();

        assertThat(nextStep(results.get(literal))).isEqualTo(NextStep.RETURN_AT_ONCE);
    }

    @Test
    void policyThatListsNoHostIsFetchedAnewBeforeItIsBelieved() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("enforce", "old.example.test", StsFacts.Source.CACHED);
        world.freshPolicy = DeliveryWorld.inForce("testing", "mx1.example.test", StsFacts.Source.FETCHED);
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(deliver(peer, order(ANNA)).get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(world.refreshes).isEqualTo(1);
        }
    }

    @Test
    void rememberedPolicyIsFetchedAnewBeforeTheMessageIsReturned() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("enforce", "mx1.example.test", StsFacts.Source.CACHED);
        world.freshPolicy = DeliveryWorld.inForce("none", "mx1.example.test", StsFacts.Source.FETCHED);
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            var order = new DomainDelivery.Order(
                    DeliveryWorld.message(10, ANNA),
                    DeliveryWorld.source("x: y\r\n\r\n"),
                    DeliveryWorld.DOMAIN,
                    List.of(ANNA),
                    5,
                    true);

            assertThat(deliver(peer, order).get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(world.refreshes).isEqualTo(1);
        }
    }

    /// RFC 8461 §5.1: a message that is not returned yet need not have the policy looked up twice.
    @Test
    void rememberedPolicyIsNotFetchedAnewWhileTheMessageWaits() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("enforce", "mx1.example.test", StsFacts.Source.CACHED);
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(nextStep(deliver(peer, order(ANNA)).get(ANNA))).isEqualTo(NextStep.RETRY);
            assertThat(world.refreshes).isZero();
        }
    }

    /// RFC 8461 §5.1: also when the policy fetched anew says the same, the message is returned for what it
    /// demands.
    @Test
    void policyFetchedAnewThatSaysTheSameReturnsTheMessage() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("enforce", "mx1.example.test", StsFacts.Source.CACHED);
        world.freshPolicy = DeliveryWorld.inForce("enforce", "mx1.example.test", StsFacts.Source.FETCHED);
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            var order = new DomainDelivery.Order(
                    DeliveryWorld.message(10, ANNA),
                    DeliveryWorld.source("x: y\r\n\r\n"),
                    DeliveryWorld.DOMAIN,
                    List.of(ANNA),
                    5,
                    true);

            assertThat(OutcomeTable.row(failure(deliver(peer, order).get(ANNA))).id())
                    .isEqualTo("C1");
            assertThat(world.refreshes).isEqualTo(1);
            assertThat(peer.heard()).noneMatch(line -> line.startsWith("MAIL"));
        }
    }

    /// Spec S1, pitfall 16: not known is not absent; no host is even spoken to until the grace is over.
    @Test
    void recordThatCannotBeLookedUpMakesMailWaitAndThenGo() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        var trouble = new DnsFailure(DnsFailure.Reason.TIMED_OUT, "no answer");
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            world.policy = new StsFacts.LookupFailed(trouble, false);
            assertThat(nextStep(deliver(peer, order(ANNA)).get(ANNA))).isEqualTo(NextStep.RETRY);
            assertThat(peer.sessions()).isEmpty();
            world.policy = new StsFacts.LookupFailed(trouble, true);
            assertThat(deliver(peer, order(ANNA)).get(ANNA)).isInstanceOf(Delivered.class);
        }
    }

    /// Spec S6: were a listed target enough, a forged MX answer could lead anywhere.
    @Test
    void aliasWhoseTargetIsListedIsNotListedItself() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.resolver.aliased(
                "mx1.example.test",
                RecordType.A,
                DnssecStatus.INSECURE,
                new RecordData.Address(InetAddress.ofLiteral("127.0.0.1")),
                "listed.example.test");
        world.policy = DeliveryWorld.inForce("enforce", "listed.example.test", StsFacts.Source.FETCHED);
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(OutcomeTable.row(failure(deliver(peer, order(ANNA)).get(ANNA)))
                            .id())
                    .isEqualTo("C3");
            assertThat(peer.sessions()).isEmpty();
        }
    }

    /// The second round must not be cut short by the addresses of the first.
    @Test
    void policyFetchedAnewIsTriedOnAllAddressesAgain() throws Exception {
        for (int i = 1; i <= 6; i++) {
            world.host("mx" + i + ".example.test", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4");
        }
        world.policy = DeliveryWorld.inForce("enforce", "*.example.test", StsFacts.Source.CACHED);
        world.freshPolicy = DeliveryWorld.inForce("enforce", "*.example.test", StsFacts.Source.FETCHED);
        try (var peer =
                ScriptedPeer.start("127.0.0.1", 0, session -> session.greet().serve())) {
            var order = new DomainDelivery.Order(
                    DeliveryWorld.message(10, ANNA),
                    DeliveryWorld.source(""),
                    DeliveryWorld.DOMAIN,
                    List.of(ANNA),
                    5,
                    true);

            assertThat(OutcomeTable.row(failure(deliver(peer, order).get(ANNA))).id())
                    .isEqualTo("C1");
        }
    }

    @Test
    void eachAttemptIsCountedOnceWithItsEnds() throws Exception { // R1
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        try (var first = ScriptedPeer.start(session -> session.greet().serve(line -> "450 4.2.1 later"));
                var second = ScriptedPeer.start(
                        "127.0.0.2", first.port(), session -> session.greet().serve())) {
            deliver(first, order(ANNA, BERT));

            assertThat(world.sessions).hasSize(2).allSatisfy(result -> {
                assertThat(result.reportDomain()).isEqualTo(DeliveryWorld.DOMAIN);
                assertThat(result.policy().type()).isEqualTo("no-policy-found");
                SessionResult.Failure failure = result.failure().orElseThrow();
                assertThat(failure.type()).isEqualTo(ResultType.STARTTLS_NOT_SUPPORTED);
                assertThat(failure.session().sendingMtaIp())
                        .hasValueSatisfying(ip -> assertThat(ip).startsWith("127.0.0."));
                assertThat(failure.session().receivingMxHelo()).contains("mx.example");
            });
            assertThat(world.sessions)
                    .extracting(result -> result.failure()
                            .orElseThrow()
                            .session()
                            .receivingIp()
                            .orElseThrow())
                    .containsExactly("127.0.0.1", "127.0.0.2");
            assertThat(second.heard()).isNotEmpty();
        }
    }

    @Test
    void refusedConnectionIsNoSession() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        try (Socket deaf = ScriptedPeer.deaf()) {
            world.delivery(deaf.getLocalPort()).deliver(order(ANNA));
        }
        assertThat(world.sessions).isEmpty();
    }

    @Test
    void hostThatThePolicyForbidsIsCountedWithoutConnection() {
        world.host("mx.example.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("enforce", "other.example.test", StsFacts.Source.FETCHED);
        world.delivery(1).deliver(order(ANNA));
        assertThat(world.sessions).singleElement().satisfies(result -> {
            assertThat(result.policy().type()).isEqualTo("sts");
            assertThat(result.failure().orElseThrow().type()).isEqualTo(ResultType.VALIDATION_FAILURE);
        });
    }

    @Test
    void reportsGoWherePoliciesFailAndAreNotCounted() throws Exception { // pitfall 24; RFC 8460 §5.3, RFC 8689 §4.1
        world.host("mx.example.test", "127.0.0.1");
        world.policy = DeliveryWorld.inForce("enforce", "other.example.test", StsFacts.Source.FETCHED);
        for (var handling : List.of(Envelope.Handling.TLS_REPORT, Envelope.Handling.TLS_NOT_REQUIRED)) {
            try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
                var results = deliver(peer, handled(handling));

                assertThat(results.get(ANNA)).isInstanceOf(Delivered.class);
                assertThat(world.sessions).isEmpty();
            }
        }
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(deliver(peer, handled(Envelope.Handling.USUAL)).get(ANNA))
                    .isInstanceOf(NotDelivered.class);
        }
    }

    /// RFC 8689 §4.2.1: without proof of who the host is, or without encryption, it hears nothing of the
    /// message.
    @Test
    void requireTlsHoldsTheMessageBackFromHostsThatProveNothing() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        var unproven = heldBack(handled(Optional.of(ANNA), Envelope.Handling.TLS_REQUIRED), "STARTTLS");
        assertThat(OutcomeTable.permanent(failure(unproven))).hasToString("550 5.7.30 REQUIRETLS support required");
        assertThat(nextStep(unproven)).isEqualTo(NextStep.RETURN_AT_ONCE);

        signMx();
        for (var sender : List.of(Optional.of(ANNA), Optional.<Mailbox>empty())) {
            for (String offered : List.of("STARTTLS", "SIZE 1000")) { // an untrusted certificate, and none
                var result = heldBack(handled(sender, Envelope.Handling.TLS_REQUIRED), offered);
                assertThat(OutcomeTable.temporary(failure(result))).hasToString("450 4.7.10 Encryption needed");
                assertThat(nextStep(result)).isEqualTo(NextStep.RETRY);
            }
        }
    }

    @Test
    void requireTlsNeedsAHostThatOffersItAndAReportDoesNot() throws Exception { // RFC 8689 §5
        world.host("mx.example.test", "127.0.0.1");
        signMx();
        try (var peer = peer("STARTTLS")) {
            publishTlsa(peer.port());
            var refused = deliver(peer, handled(Optional.of(ANNA), Envelope.Handling.TLS_REQUIRED))
                    .get(ANNA);
            assertThat(failure(refused).subReason()).isEqualTo(SubReason.REQUIRETLS_NOT_OFFERED);
            assertThat(nextStep(refused)).isEqualTo(NextStep.RETURN_AT_ONCE);
            assertThat(peer.heard()).noneMatch(line -> line.startsWith("MAIL"));

            var report = deliver(peer, handled(Optional.empty(), Envelope.Handling.TLS_REQUIRED));
            assertThat(report.get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(peer.heard()).contains("MAIL FROM:<>");
        }
        try (var peer = peer("STARTTLS", "REQUIRETLS")) {
            publishTlsa(peer.port());
            var taken = deliver(peer, handled(Optional.of(ANNA), Envelope.Handling.TLS_REQUIRED));
            assertThat(taken.get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(peer.heard()).contains("MAIL FROM:<anna@example.test> REQUIRETLS");
        }
    }

    @Test
    void whatIsAskedOfReportsIsPassedOnWhereItIsUnderstood() throws Exception { // RFC 3461 §5.2.1
        world.host("mx.example.test", "127.0.0.1");
        for (boolean offered : List.of(true, false)) {
            try (var peer = ScriptedPeer.start(
                    session -> session.greet(offered ? "DSN" : "SIZE").serve())) {
                var result = deliver(peer, asking(new DsnRequest(MessageDsn.NONE, List.of(RecipientDsn.NEVER))));
                assertThat(result.get(ANNA))
                        .isInstanceOfSatisfying(
                                Delivered.class,
                                delivered -> assertThat(delivered.dsnPassedOn()).isEqualTo(offered));
                assertThat(peer.heard()).contains("RCPT TO:<anna@example.test>" + (offered ? " NOTIFY=NEVER" : ""));
            }
        }
    }

    private static DomainDelivery.Order asking(DsnRequest dsn) {
        DomainDelivery.Order usual = order(ANNA);
        Envelope envelope = usual.message().envelope();
        return withEnvelope(
                usual,
                new Envelope(
                        envelope.reversePath(), List.of(ANNA), false, false, Envelope.Handling.USUAL, dsn, "test"));
    }

    private static ScriptedPeer peer(String... capabilities) throws IOException {
        return ScriptedPeer.start(session -> {
            session.greet(capabilities);
            if (capabilities[0].equals("STARTTLS")) {
                session.hear();
                session.say("220 go on").hello(capabilities);
            }
            session.serve();
        });
    }

    private @Nullable RecipientResult heldBack(DomainDelivery.Order order, String... capabilities) throws IOException {
        try (var peer = peer(capabilities)) {
            var results = deliver(peer, order);
            assertThat(peer.heard()).noneMatch(line -> line.startsWith("MAIL"));
            return results.get(ANNA);
        }
    }

    private void signMx() {
        world.resolver.found(
                "example.test",
                RecordType.MX,
                DnssecStatus.SECURE,
                new RecordData.Mx(10, DomainName.parse("mx.example.test")));
    }

    /// A record that the scripted channel's certificate matches.
    private void publishTlsa(int port) throws GeneralSecurityException {
        byte[] shown = TrustStore.platform().authorities().getFirst().getEncoded();
        world.resolver.found(
                "mx.example.test",
                RecordType.A,
                DnssecStatus.SECURE,
                new RecordData.Address(InetAddress.ofLiteral("127.0.0.1")));
        world.resolver.found(
                "_" + port + "._tcp.mx.example.test",
                RecordType.TLSA,
                DnssecStatus.SECURE,
                new RecordData.Tlsa(3, 0, 0, HexFormat.of().formatHex(shown)));
    }

    private static DomainDelivery.Order handled(Optional<Mailbox> sender, Envelope.Handling handling) {
        return withEnvelope(order(ANNA), new Envelope(sender, List.of(ANNA), false, false, handling, "test"));
    }

    private static DomainDelivery.Order withEnvelope(DomainDelivery.Order usual, Envelope envelope) {
        var message = new QueuedMessage(
                usual.message().id(),
                envelope,
                usual.message().arrived(),
                usual.message().size());
        return new DomainDelivery.Order(message, usual.content(), usual.domain(), List.of(ANNA), 0, false);
    }

    private static DomainDelivery.Order handled(Envelope.Handling handling) {
        DomainDelivery.Order usual = order(ANNA);
        var message = new QueuedMessage(
                usual.message().id(),
                new Envelope(Optional.empty(), List.of(ANNA), false, false, handling, "test"),
                usual.message().arrived(),
                usual.message().size());
        return new DomainDelivery.Order(message, usual.content(), usual.domain(), List.of(ANNA), 0, false);
    }

    @Test
    void defectInTheCountingDoesNotTouchTheMail() throws Exception {
        world.host("mx.example.test", "127.0.0.1");
        world.recorder = results -> {
            throw new IllegalStateException("a bug");
        };
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(deliver(peer, order(ANNA)).get(ANNA)).isInstanceOf(Delivered.class);
        }
    }

    /// The host's accept queue is never read by anybody: what is counted are the connections begun.
    @Test
    void mailToAHostWithItsNumberOfConnectionsIsNotTriedAndComesBack() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        world.connectionsPerHost = 1;
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var first = ScriptedPeer.start(session -> {
                    session.greet();
                    begun.countDown();
                    awaitUninterruptibly(goOn);
                    session.serve();
                });
                var second = ScriptedPeer.start(
                        "127.0.0.2", first.port(), session -> session.greet().serve())) {
            DomainDelivery delivery = world.delivery(first.port());
            var busy = CompletableFuture.supplyAsync(() -> delivery.deliver(order(ANNA)));
            begun.await();

            assertThat(delivery.deliver(order(BERT))).as("nothing tried").isEmpty();
            assertThat(second.sessions()).as("the host of worse preference").isEmpty();

            goOn.countDown();
            assertThat(busy.get().orElseThrow().get(ANNA)).isInstanceOf(Delivered.class);
            assertThat(first.sessions()).hasSize(1);
        }
    }

    /// A host that we keep from being tried is no reason to return anything.
    @Test
    void whereTheNextHostIsFullTheLastAttemptIsNotTheLast() throws Exception {
        world.host("mx1.example.test", "127.0.0.1").host("mx2.example.test", "127.0.0.2");
        world.connectionsPerHost = 1;
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var first = ScriptedPeer.start(session -> session.greet().serve(line -> "451 4.2.1 later"));
                var second = ScriptedPeer.start("127.0.0.2", first.port(), session -> {
                    session.greet();
                    begun.countDown();
                    awaitUninterruptibly(goOn);
                    session.serve();
                })) {
            DomainDelivery delivery = world.delivery(first.port());
            var busy = CompletableFuture.supplyAsync(() -> delivery.deliver(order(ANNA)));
            begun.await();
            var last = new DomainDelivery.Order(
                    DeliveryWorld.message(DeliveryWorld.CONTENT.length(), BERT),
                    DeliveryWorld.source(DeliveryWorld.CONTENT),
                    DeliveryWorld.DOMAIN,
                    List.of(BERT),
                    3,
                    true);

            var results = delivery.deliver(last).orElseThrow();

            assertThat(failure(results.get(BERT)).subReason()).isEqualTo(SubReason.CONNECTION_LIMIT_REACHED);
            goOn.countDown();
            assertThat(busy.get()).isPresent();
            assertThat(second.sessions()).hasSize(1);
        }
    }

    /// Filters before a host are known to pass its CHUNKING on without knowing BDAT.
    @ParameterizedTest
    @ValueSource(strings = {"502 5.5.1 not implemented", "500 5.5.2 what?", "503 5.5.1 not now"})
    void aHostThatOffersChunkingAndDoesNotKnowItGetsTheMessageByData(String reply) throws Exception {
        world.connectionsPerHost = 1;
        world.host("mx1.example.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session -> {
            session.greet("CHUNKING");
            session.serveWithoutBdat(reply);
        })) {
            var results = deliver(peer, order(ANNA, BERT));

            assertThat(results.values()).allMatch(Delivered.class::isInstance);
            assertThat(peer.sessions()).hasSize(2);
            assertThat(peer.heard()).filteredOn(line -> line.equals("DATA")).hasSize(1);
            assertThat(peer.heard()).as("content read as commands").noneMatch(line -> line.contains("hidden"));
        }
    }

    @Test
    void aChunkThatIsRefusedForItsContentIsRefused() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        try (var peer = ScriptedPeer.start(session -> {
            session.greet("CHUNKING");
            session.serveRefusingChunks("554 5.6.0 we do not like it");
        })) {
            assertThat(nextStep(deliver(peer, order(ANNA)).get(ANNA))).isEqualTo(NextStep.RETURN_AT_ONCE);
            assertThat(peer.sessions()).hasSize(1);
        }
    }

    @Test
    void errorWhileCountingForReportsLeavesDeliveredWhatWas() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        world.recorder = results -> {
            throw new NoClassDefFoundError("scripted");
        };
        try (var peer = ScriptedPeer.start(session -> session.greet().serve())) {
            assertThat(deliver(peer, order(ANNA)).get(ANNA)).isInstanceOf(Delivered.class);
        }
    }

    @Test
    void whatIsMeantForAHostThatWasDownAMomentAgoFailsAtOnceAndIsTriedLater() throws Exception {
        world.host("mx1.example.test", "127.0.0.1");
        try (Socket deaf = ScriptedPeer.deaf()) {
            int port = deaf.getLocalPort();
            DomainDelivery delivery = world.delivery(port);
            var first = delivery.deliver(order(ANNA)).orElseThrow();
            assertThat(failure(first.get(ANNA)).subReason()).isEqualTo(SubReason.CONNECTION_REFUSED);
            assertThat(failure(first.get(ANNA)).evidence()).doesNotContain("not tried again");
            try (var peer = ScriptedPeer.start(
                    "127.0.0.1", port, session -> session.greet().serve())) {
                var second = delivery.deliver(order(ANNA)).orElseThrow();
                assertThat(failure(second.get(ANNA)).evidence()).contains("not tried again");
                assertThat(peer.sessions()).isEmpty();

                world.now = world.now.plusSeconds(1);
                assertThat(delivery.deliver(order(ANNA)).orElseThrow().get(ANNA))
                        .isInstanceOf(Delivered.class);
            }
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
