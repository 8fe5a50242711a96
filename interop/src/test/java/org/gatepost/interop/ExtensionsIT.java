// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.interop.GatewaySettings.quoted;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a site's Postfix asks of reports goes through the gateway to Postfix, which offers DSN, and to Exim,
/// which does not (RFC 3461); both take the message in chunks (RFC 3030).
@NeedsPeers
class ExtensionsIT {
    private static final Duration DELIVERY = Duration.ofSeconds(60);

    private static GatewayProcess gateway;
    private static PostfixSender site;

    @BeforeAll
    static void start() {
        var settings = GatewaySettings.in(MiniInternet.shared())
                .with("queue.lifetime", quoted("20s"))
                .with("queue.delay-warning", quoted("2s"));
        gateway = GatewayProcess.start(Scratch.create("gateway"), settings);
        site = PostfixSender.start(Scratch.create("site"), gateway.address());
    }

    @AfterAll
    static void stop() {
        site.close();
        gateway.close();
    }

    @Test
    void theRequestReachesAHostThatReportsItself() {
        var sender = sender("success");
        var recipient = Destinations.DANE_EE.recipient("success");

        send(sender, recipient, "-N", "success,failure", "-V", "QQ314159", "-R", "hdrs");

        var report = report(sender);
        assertThat(report.recipientFields())
                .containsEntry("action", "delivered")
                .containsEntry("original-recipient", "rfc822;" + recipient);
        assertThat(report.messageFields())
                .containsEntry("original-envelope-id", "QQ314159")
                // One Postfix is all these hosts, and reports by the name of its first.
                .containsEntry("reporting-mta", "dns; " + Destinations.SENDERS.mxHost());
    }

    @Test
    void whereTheHostDoesNotReportTheGatewaySaysWhatItKnows() {
        var sender = sender("relayed");
        var recipient = Destinations.STS_EXIM.recipient("relayed");

        send(sender, recipient, "-N", "success", "-V", "QQ271828");

        var report = report(sender);
        assertThat(report.recipientFields())
                .containsEntry("action", "relayed")
                .containsEntry("original-recipient", "rfc822; " + recipient)
                .containsEntry("remote-mta", "dns; " + Destinations.STS_EXIM.mxHost());
        assertThat(report.messageFields())
                .containsEntry("original-envelope-id", "QQ271828")
                .containsEntry("reporting-mta", "dns; gateway.senders.test");
        assertThat(MiniInternet.shared().exim().log().lines())
                .as("Exim marks a message that came in chunks")
                .anyMatch(line -> line.contains(" <= " + sender + " ") && line.contains(" K "));
    }

    @Test
    void aMessageThatIsLateIsReportedOnceAndThenReturned() {
        var sender = sender("late");
        var recipient = Destinations.UNREACHABLE.recipient("late");

        send(sender, recipient);

        assertThat(report(sender).recipientFields())
                .containsEntry("action", "delayed")
                .containsEntry("status", "4.4.316")
                .containsKey("will-retry-until");
        gateway.awaitLog("to <" + recipient + "> returned", DELIVERY);
        var mailbox = MiniInternet.shared().mailbox(Destinations.SENDERS);
        gateway.awaitLog("to <" + sender + "> delivered", DELIVERY);
        var deadline = System.nanoTime() + DELIVERY.toNanos();
        while (mailbox.messagesFor(sender).size() < 2 && System.nanoTime() < deadline) {
            Daemon.pause();
        }
        assertThat(mailbox.messagesFor(sender))
                .extracting(
                        message -> DeliveryReport.of(message).recipientFields().get("action"))
                .containsExactlyInAnyOrder("delayed", "failed");
    }

    @Test
    void whoWantsNoReportGetsNone() {
        var recipient = Destinations.NULL_MX.recipient("never");

        send(sender("never"), recipient, "-N", "never");

        gateway.awaitLog("to <" + recipient + "> dropped: 556 5.1.10", DELIVERY);
    }

    @Test
    void aSenderMayWaiveTheProtectionOfTheRecipientsDomain() { // RFC 8689 §4
        var recipient = Destinations.DANE_MISMATCH.recipient("waived");
        var sent = "TLS-Required: No\r\n" + TestMessages.awkward("waived");

        var result = Swaks.send(gateway.address(), sender("waived"), recipient, sent);

        assertThat(result.accepted()).as(result.transcript()).isTrue();
        var stored = MiniInternet.shared().mailbox(Destinations.DANE_MISMATCH).awaitMessageFor(recipient, DELIVERY);
        assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
        assertThat(gateway.awaitLog("to <" + recipient + ">", DELIVERY)).contains("protected by TLS:");
    }

    private static String sender(String localPart) {
        return Destinations.SENDERS.recipient("extensions-" + localPart);
    }

    private static void send(String sender, String recipient, String... options) {
        var file = Scratch.create("message")
                .writeOctets("message", TestMessages.awkward("extensions").replace("\r\n", "\n"));
        site.send(sender, recipient, file, List.of(options));
    }

    private static DeliveryReport report(String sender) {
        try {
            return DeliveryReport.of(
                    MiniInternet.shared().mailbox(Destinations.SENDERS).awaitMessageFor(sender, DELIVERY));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + gateway.logTail(), e);
        }
    }
}
