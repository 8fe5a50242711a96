// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MxHostTest {
    private static final String NAME = "mx.receiver.test";
    private static final LabCa CA = LabCa.create("Test", InstantSource.system());

    private final MxHost host = start();

    private static MxHost start() {
        try {
            return MxHost.start(
                    DomainName.parse(NAME),
                    new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                    HostBehaviour.good(CA.issue(List.of(NAME))));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @AfterEach
    void close() {
        host.close();
    }

    private TestClient connected() throws IOException {
        var client = new TestClient(host);
        assertThat(client.reply().getFirst()).startsWith("220 " + NAME);
        return client;
    }

    private ReceivedMessage received() throws InterruptedException {
        assertThat(host.inbox().await(all -> !all.isEmpty(), Duration.ofSeconds(20)))
                .isTrue();
        return host.inbox().messages().getFirst();
    }

    @Test
    void offersItsExtensions() throws IOException {
        try (var client = connected()) {
            client.send("EHLO client.test\r\n");
            assertThat(client.reply())
                    .containsExactlyInAnyOrder(
                            "250-" + NAME,
                            "250-PIPELINING",
                            "250-SIZE 67108864",
                            "250-8BITMIME",
                            "250-SMTPUTF8",
                            "250-ENHANCEDSTATUSCODES",
                            "250 STARTTLS");
        }
        host.become(host.behaviour().with(Set.of()).with(StartTls.STRIPPED));
        try (var client = connected()) {
            assertThat(client.ask("EHLO client.test")).isEqualTo("250 " + NAME);
        }
    }

    @Test
    void keepsAClearMessageOctetForOctetAndShowsItInTheCapture() throws Exception {
        try (var client = connected()) {
            assertThat(client.deliver("Subject: x\r\n\r\n..dot\r\n...\r\nlast \u00e9\r\n"))
                    .startsWith("250");
        }

        ReceivedMessage message = received();
        assertThat(new String(message.octets(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("Subject: x\r\n\r\n.dot\r\n..\r\nlast \u00e9\r\n");
        assertThat(message.reversePath()).isEqualTo("a@sender.test");
        assertThat(message.forwardPaths()).containsExactly("b@receiver.test");
        assertThat(message.clientName()).isEqualTo("client.test");
        assertThat(message.tls()).isEmpty();
        assertThat(host.captures()).hasSize(1).allMatch(capture -> capture.contains("last \u00e9"));
    }

    @Test
    void keepsNothingInClearOfAMessageUnderTls() throws Exception {
        try (var client = connected()) {
            client.ask("EHLO client.test");
            assertThat(client.ask("STARTTLS")).startsWith("220");
            client.startTls(TestClient.trusting(CA), NAME);
            assertThat(client.deliver("a secret\r\n")).startsWith("250");
            assertThat(client.ask("QUIT")).startsWith("221");
            assertThat(client.line()).as("end, with close_notify").isEqualTo("closed");
        }

        assertThat(received().tls().map(ReceivedMessage.Tls::protocol)).isEqualTo(Optional.of("TLSv1.3"));
        assertThat(received().tls().map(ReceivedMessage.Tls::requestedName)).isEqualTo(Optional.of(NAME));
        assertThat(host.captures().getFirst().clearText()).isEqualTo("EHLO client.test\r\nSTARTTLS\r\n");
    }

    @Test
    void doesNotOfferTlsTwiceAndForgetsWhatWasSaidInClear() throws Exception {
        try (var client = connected()) {
            client.ask("EHLO client.test");
            client.ask("MAIL FROM:<a@sender.test>");
            client.ask("STARTTLS");
            client.startTls(TestClient.trusting(CA), NAME);
            assertThat(client.ask("RCPT TO:<b@receiver.test>")).startsWith("503");
            client.send("EHLO client.test\r\n");
            assertThat(client.reply()).noneMatch(line -> line.contains("STARTTLS"));
        }
    }

    @Test
    void refusesStartTlsWhenTold() throws IOException {
        host.become(host.behaviour().with(StartTls.STRIPPED));
        try (var client = connected()) {
            assertThat(client.ask("STARTTLS")).startsWith("502");
        }
        host.become(host.behaviour().with(StartTls.REFUSED));
        try (var client = connected()) {
            assertThat(client.ask("STARTTLS")).startsWith("454");
            assertThat(client.deliver("in clear after all\r\n")).startsWith("250");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ONLY_TLS_1_1", "GARBAGE", "CLOSED"})
    void breaksTheHandshakeWhenTold(StartTls fault) throws Exception {
        host.become(host.behaviour().with(fault));
        try (var client = connected()) {
            assertThat(client.ask("STARTTLS")).startsWith("220");
            var context = TestClient.trusting(CA);
            assertThatThrownBy(() -> client.startTls(context, NAME)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void speaksTls11SoThatTheClientSaysWhichVersionItRefuses() throws Exception {
        host.become(host.behaviour().with(StartTls.ONLY_TLS_1_1));
        try (var client = connected()) {
            client.ask("STARTTLS");
            var context = TestClient.trusting(CA);
            assertThatThrownBy(() -> client.startTls(context, NAME))
                    .isInstanceOf(SSLException.class)
                    .hasMessageContaining("TLS11");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = CertificateKind.class,
            names = {"GOOD"},
            mode = EnumSource.Mode.EXCLUDE)
    void faultyCertificatesAreRefusedByJsse(CertificateKind kind) throws Exception {
        LabCa stranger = LabCa.create("Stranger", InstantSource.system());
        host.become(host.behaviour().with(kind.issue(CA, stranger, List.of(NAME))));
        try (var client = connected()) {
            client.ask("STARTTLS");
            var context = TestClient.trusting(CA);
            assertThatThrownBy(() -> client.startTls(context, NAME)).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void repliesAsTold() throws IOException {
        host.become(host.behaviour().with(Reception.REFUSES_RECIPIENT));
        try (var client = connected()) {
            client.ask("MAIL FROM:<>");
            assertThat(client.ask("RCPT TO:<b@receiver.test>")).isEqualTo("550 5.1.1 no such mailbox here");
        }
        host.become(host.behaviour().with(Reception.GREYLISTS));
        try (var client = connected()) {
            client.ask("MAIL FROM:<>");
            assertThat(client.ask("RCPT TO:<b@receiver.test>")).startsWith("450 4.7.1");
            assertThat(client.ask("RCPT TO:<b@receiver.test>")).startsWith("250");
        }
        host.become(host.behaviour().with(Reception.REFUSES_MESSAGE));
        try (var client = connected()) {
            assertThat(client.deliver("x\r\n")).isEqualTo("554 5.7.1 message refused");
        }
        host.become(host.behaviour().with(Reception.CLOSES_AFTER_MESSAGE));
        try (var client = connected()) {
            assertThat(client.deliver("x\r\n")).isEqualTo("closed");
        }
        host.become(host.behaviour().with(Reception.CLOSES_AT_ONCE));
        try (var client = new TestClient(host)) {
            assertThat(client.line()).isEqualTo("closed");
        }
        assertThat(host.inbox().messages()).isEmpty();
        host.become(host.behaviour().with(Reception.ACCEPTS_SLOWLY));
        try (var client = connected()) {
            assertThat(client.deliver("x\r\n")).startsWith("250");
        }
        assertThat(host.inbox().drain()).hasSize(1);
        assertThat(host.inbox().messages()).isEmpty();
    }

    @Test
    void canBeUnreachableAndComeBack() throws IOException {
        host.become(host.behaviour().with(Reception.UNREACHABLE));
        assertThatThrownBy(() -> new TestClient(host)).isInstanceOf(ConnectException.class);

        host.become(host.behaviour().with(Reception.ACCEPTS));
        try (var client = connected()) {
            assertThat(client.deliver("x\r\n")).startsWith("250");
        }
    }

    @Test
    void closesWhileAClientWaits() throws IOException {
        host.become(host.behaviour().with(Reception.NEVER_ANSWERS));
        try (var client = new TestClient(host)) {
            client.send("EHLO client.test\r\n");
            host.close();
            assertThat(client.line()).isEqualTo("closed");
        }
    }

    @Test
    void listensOnLoopbackOnly() {
        var address = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0);
        var good = host.behaviour();
        var name = host.name();
        assertThatThrownBy(() -> MxHost.start(name, address, good)).isInstanceOf(IllegalArgumentException.class);
    }
}
