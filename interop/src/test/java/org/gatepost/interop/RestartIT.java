// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.interop.GatewaySettings.quoted;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What was acknowledged outlives the process, however it ends.
@NeedsPeers
class RestartIT {
    private static final Duration DELIVERY = Duration.ofSeconds(30);
    /// What an init system waits at least before it sends SIGKILL.
    private static final Duration STOP = Duration.ofSeconds(40);

    private static final String SENDER = Destinations.SENDERS.recipient("restart");

    @Test
    void queuedMailSurvivesTerminationAndKillAndIsDeliveredWhenTheHostComesUp() {
        var scratch = Scratch.create("gateway");
        var settings = patient();
        var early = TestMessages.awkward("restart-early");
        var late = TestMessages.awkward("restart-late");
        var earlyRecipient = Destinations.UNREACHABLE.recipient("early");
        var lateRecipient = Destinations.UNREACHABLE.recipient("late");

        try (var first = GatewayProcess.start(scratch, settings)) {
            assertThat(Swaks.send(first.address(), SENDER, earlyRecipient, early)
                            .accepted())
                    .isTrue();
            first.awaitLog("to <" + earlyRecipient + "> deferred: .* 450 4\\.4\\.316 Connection refused", DELIVERY);
            assertThat(first.terminate(STOP)).isIn(0, 143);
        }
        try (var second = GatewayProcess.start(scratch, settings)) {
            assertThat(Swaks.send(second.address(), SENDER, lateRecipient, late).accepted())
                    .isTrue();
            second.kill();
        }
        try (var third = GatewayProcess.start(scratch, settings);
                var host = PostfixServer.start(Scratch.create("postfix"), unreachableNoMore())) {
            for (var recipient : new String[] {earlyRecipient, lateRecipient}) {
                var sent = recipient.equals(earlyRecipient) ? early : late;
                var stored = host.mailbox().awaitMessageFor(recipient, DELIVERY);
                assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
                third.awaitLog("to <" + recipient + "> delivered", DELIVERY);
                assertThat(host.mailbox().messagesFor(recipient)).hasSize(1);
            }
        }
    }

    @Test
    void aHostThatSaysNothingDoesNotHoldUpTheStopAndItsMailGoesOnAfterwards() throws IOException {
        var scratch = Scratch.create("gateway");
        var sent = TestMessages.awkward("restart-silent");
        var recipient = Destinations.UNREACHABLE.recipient("silent");
        var address = InetAddress.ofLiteral(MiniInternet.shared().address(Destinations.UNREACHABLE));

        try (var silent = new ServerSocket(25, 50, address);
                var gateway = GatewayProcess.start(scratch, patient())) {
            silent.setSoTimeout((int) DELIVERY.toMillis());
            assertThat(Swaks.send(gateway.address(), SENDER, recipient, sent).accepted())
                    .isTrue();
            try (var held = silent.accept()) {
                assertThat(gateway.terminate(STOP)).isIn(0, 143);
                assertThat(held.isConnected()).isTrue();
            }
        }
        try (var gateway = GatewayProcess.start(scratch, patient());
                var host = PostfixServer.start(Scratch.create("postfix"), unreachableNoMore())) {
            var stored = host.mailbox().awaitMessageFor(recipient, DELIVERY);
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
            gateway.awaitLog("to <" + recipient + "> delivered", DELIVERY);
        }
    }

    @Test
    void aSecondGatewayOnTheSameSpoolIsRefusedAndTheFirstGoesOn() {
        var scratch = Scratch.create("gateway");
        var recipient = Destinations.PLAIN.recipient("second");
        var sent = TestMessages.awkward("restart-second");
        try (var first = GatewayProcess.start(scratch, patient())) {
            var refused = GatewayProcess.refused(
                    Scratch.create("other"),
                    patient()
                            .with(
                                    "spool.directory",
                                    quoted(scratch.path("spool").toString())));

            assertThat(refused.exit()).isEqualTo(2);
            assertThat(refused.output().lines()).hasSize(1);
            assertThat(refused.output())
                    .startsWith("gatepost: spool.directory: spool " + scratch.path("spool") + ": in use by process ");
            assertThat(Swaks.send(first.address(), SENDER, recipient, sent).accepted())
                    .isTrue();
            MiniInternet.shared().mailbox(Destinations.PLAIN).awaitMessageFor(recipient, DELIVERY);
        }
    }

    private static GatewaySettings patient() {
        return GatewaySettings.in(MiniInternet.shared())
                .with("queue.lifetime", quoted("1h"))
                .with("queue.retry", "[\"500ms\"]");
    }

    private static SmtpListener unreachableNoMore() {
        return SmtpListener.plain(
                MiniInternet.shared().address(Destinations.UNREACHABLE), Destinations.UNREACHABLE.mxHost());
    }
}
