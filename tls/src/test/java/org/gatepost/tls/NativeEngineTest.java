// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.gatepost.names.DomainName;
import org.gatepost.tls.HandshakeException.Kind;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the native engine does beyond what both providers must: its memory, its groups, its limits.
class NativeEngineTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final DomainName NAME = DomainName.parse("mx.example.com");

    private final Issued root = TestPki.root("Root");
    private final Issued leaf = TestPki.leaf("mx.example.com", root);
    private final TlsClient client = TlsProvider.NATIVE.client();
    private final TlsServer server = TlsServer.of(List.of(leaf.certificate()), leaf.key(), TlsProvider.NATIVE);
    private final ServerSocket listener;
    private long before;

    NativeEngineTest() throws IOException {
        listener = Loopback.listener();
    }

    @BeforeEach
    void count() {
        before = NativeEngine.LIVE.get();
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    /// Engines that other tests left to the garbage collector may go at any time, so there may be fewer than before.
    private void assertNothingIsLeft() {
        assertThat(NativeEngine.LIVE.get()).isLessThanOrEqualTo(before);
    }

    @Test
    void aClosedChannelGivesItsMemoryBack() throws Exception {
        for (int i = 0; i < 200; i++) {
            try (var loopback = new Loopback(listener)) {
                Future<TlsChannel> accepted = loopback.async(() -> server.handshake(loopback.server, LIMIT));
                TlsChannel channel = client.handshake(loopback.client, NAME, LIMIT);
                channel.output().write('!');
                channel.close();
                Loopback.await(accepted).close();
            }
        }
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"454 TLS not available\r\n", ""})
    void aFailedHandshakeGivesItsMemoryBack(String reply) throws Exception {
        for (int i = 0; i < 50; i++) {
            try (var loopback = new Loopback(listener)) {
                loopback.server.getOutputStream().write(reply.getBytes(US_ASCII));
                loopback.server.shutdownOutput();
                assertThatThrownBy(() -> client.handshake(loopback.client, NAME, LIMIT))
                        .isInstanceOf(HandshakeException.class);
            }
        }
        assertNothingIsLeft();
    }

    @Test
    void aHandshakeOutOfTimeGivesItsMemoryBack() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (var loopback = new Loopback(listener)) {
                assertThatThrownBy(() -> client.handshake(loopback.client, NAME, Duration.ofMillis(20)))
                        .isInstanceOf(HandshakeException.class);
                assertThatThrownBy(() -> server.handshake(loopback.server, Duration.ofMillis(20)))
                        .isInstanceOf(HandshakeException.class);
            }
        }
        assertNothingIsLeft();
    }

    @Test
    void anAbandonedEngineIsGivenBackByTheCollector() throws Exception {
        abandon(20);
        for (int i = 0; i < 1000 && NativeEngine.LIVE.get() > before; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertNothingIsLeft();
    }

    private static void abandon(int count) {
        for (int i = 0; i < count; i++) {
            NativeEngine.client(NAME).beginHandshake();
        }
        assertThat(NativeEngine.LIVE.get()).isGreaterThanOrEqualTo(1);
    }

    @Test
    void aReleasedEngineIsClosedAndHarmless() throws Exception {
        NativeEngine engine = NativeEngine.client(NAME);
        engine.beginHandshake();
        ByteBuffer network = ByteBuffer.allocate(engine.packetSize());
        engine.wrap(ByteBuffer.allocate(0), network);
        engine.release();
        engine.release();
        network.clear();
        assertThat(engine.wrap(ByteBuffer.allocate(10), network).getStatus()).isEqualTo(Status.CLOSED);
        assertThat(engine.unwrap(ByteBuffer.wrap(new byte[100]), ByteBuffer.allocate(engine.plaintextSize()))
                        .getStatus())
                .isEqualTo(Status.BUFFER_UNDERFLOW);
        assertThatThrownBy(engine::facts).hasMessageContaining("without a certificate");
        engine.closeOutbound();
        assertNothingIsLeft();
    }

    /// A reader, a writer and two that close, all at once: nobody may use what another gave back.
    @Test
    void closingWhileOthersReadAndWriteIsHarmless() throws Exception {
        for (int i = 0; i < 30; i++) {
            try (var loopback = new Loopback(listener)) {
                Future<TlsChannel> accepted = loopback.async(() -> server.handshake(loopback.server, LIMIT));
                TlsChannel one = client.handshake(loopback.client, NAME, LIMIT);
                TlsChannel other = Loopback.await(accepted);
                List<Future<?>> busy = new ArrayList<>();
                for (TlsChannel channel : List.of(one, other)) {
                    busy.add(loopback.async(
                            () -> untilItFails(() -> channel.output().write(new byte[5000]))));
                    busy.add(loopback.async(() -> untilItFails(() -> {
                        if (channel.input().read(new byte[3000]) < 0) {
                            throw new IOException("the end");
                        }
                    })));
                }
                one.close();
                other.close();
                for (Future<?> end : busy) {
                    Loopback.await(end);
                }
            }
        }
        assertNothingIsLeft();
    }

    private interface Step {
        void run() throws IOException;
    }

    private static boolean untilItFails(Step step) {
        try {
            while (true) {
                step.run();
            }
        } catch (IOException closed) {
            return true;
        }
    }

    @Test
    void theGroupIsToldAndTheOneThatWithstandsQuantumComputersIsPreferred() throws Exception {
        try (var loopback = new Loopback(listener)) {
            Future<TlsChannel> accepted = loopback.async(() -> server.handshake(loopback.server, LIMIT));
            TlsChannel channel = client.handshake(loopback.client, NAME, LIMIT);
            assertThat(channel.facts().group()).contains("X25519MLKEM768");
            assertThat(Loopback.await(accepted).facts()).isEqualTo(channel.facts());
            channel.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.3, x25519, TLS_AES_", "TLSv1.2, x25519, TLS_ECDHE_ECDSA_WITH_AES_"})
    void suiteAndGroupHaveTheirIanaNames(String protocol, String group, String suite) throws Exception {
        JdkPeer peer = JdkPeer.server(leaf, leaf.certificate());
        try (var loopback = new Loopback(listener)) {
            SSLSocket socket = peer.accept(loopback.server, protocol);
            loopback.background(() -> socket.getInputStream().read());
            HandshakeFacts facts =
                    client.handshake(loopback.client, NAME, LIMIT).facts();
            assertThat(facts.group()).contains(group);
            assertThat(facts.cipherSuite())
                    .startsWith(suite)
                    .isEqualTo(socket.getSession().getCipherSuite());
        }
    }

    /// Leaf first is demanded by the protocol; whatever follows is kept in the order sent, superfluous ones too.
    @Test
    void theChainIsKeptAsSent() throws Exception {
        Issued stranger = TestPki.root("Stranger");
        X509Certificate[] sent = {leaf.certificate(), stranger.certificate(), root.certificate(), leaf.certificate()};
        JdkPeer peer = JdkPeer.server(leaf, sent);
        try (var loopback = new Loopback(listener)) {
            SSLSocket socket = peer.accept(loopback.server, "TLSv1.3");
            loopback.background(() -> socket.getInputStream().read());
            assertThat(client.handshake(loopback.client, NAME, LIMIT).facts().chain())
                    .containsExactly(sent);
        }
    }

    /// The flight of a server with many certificates is larger than what the engine holds back at once.
    @Test
    void aLongChainGoesOutWhole() throws Exception {
        List<X509Certificate> chain = new ArrayList<>(List.of(leaf.certificate()));
        for (int i = 0; i < 60; i++) {
            chain.add(TestPki.intermediate("Intermediate " + i, root).certificate());
        }
        TlsServer verbose = TlsServer.of(chain, leaf.key(), TlsProvider.NATIVE);
        try (var loopback = new Loopback(listener)) {
            Future<TlsChannel> accepted = loopback.async(() -> verbose.handshake(loopback.server, LIMIT));
            assertThat(client.handshake(loopback.client, NAME, LIMIT).facts().chain())
                    .isEqualTo(chain);
            Loopback.await(accepted).close();
        }
    }

    /// BoringSSL insists on the key usage (RFC 5280 §4.2.1.3), as the Java runtime does not: then that has to do it.
    @Test
    void aCertificateWhoseKeyMayNotSignIsRefusedByThisEngineOnly() throws Exception {
        Issued signer = new TestPki.Certificate("CN=mx")
                .authority()
                .keyUsage(KeyUsage.keyCertSign)
                .issue();
        JdkPeer peer = JdkPeer.server(signer, signer.certificate());
        var chosen = new ChosenTlsClient();
        try (var loopback = new Loopback(listener)) {
            SSLSocket socket = peer.accept(loopback.server, "TLSv1.3");
            loopback.background(() -> socket.getInputStream().read());
            HandshakeException failure = catchThrowableOfType(
                    HandshakeException.class, () -> chosen.handshake(loopback.client, NAME, LIMIT));
            assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL_VIOLATION);
        }
        try (var loopback = new Loopback(listener)) {
            SSLSocket socket = peer.accept(loopback.server, "TLSv1.3");
            loopback.background(() -> socket.getInputStream().read());
            assertThat(chosen.handshake(loopback.client, NAME, LIMIT).facts().leaf())
                    .isEqualTo(signer.certificate());
        }
        assertNothingIsLeft();
    }

    @Test
    void aKeyThatTheLibraryDoesNotKnowIsServedByTheRuntime() throws Exception {
        Issued odd = new TestPki.Certificate("CN=mx")
                .names("mx.example.com")
                .keys(TestPki.ecKeys())
                .issue();
        java.security.KeyPair ed448 =
                java.security.KeyPairGenerator.getInstance("Ed448").generateKeyPair();
        TlsServer fallback = TlsServer.of(List.of(odd.certificate()), ed448.getPrivate(), TlsProvider.NATIVE);
        assertThat(fallback.chain()).containsExactly(odd.certificate());
        assertNothingIsLeft();
    }

    /// The Java runtime reads no certificate without an issuer. BoringSSL does, but nothing here could judge it.
    @Test
    void aCertificateThatCannotBeReadFailsTheHandshakeAndIsToldSo() throws Exception {
        Issued nameless = TestPki.nameless();
        TlsServer odd = TlsServer.of(List.of(nameless.certificate()), nameless.key(), TlsProvider.NATIVE);
        try (var loopback = new Loopback(listener)) {
            Future<TlsChannel> accepted = loopback.async(() -> odd.handshake(loopback.server, LIMIT));
            HandshakeException failure = catchThrowableOfType(
                    HandshakeException.class, () -> client.handshake(loopback.client, NAME, LIMIT));
            assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL_VIOLATION);
            assertThat(failure).hasMessage("the server broke the protocol (alert sent: bad_certificate)");
            assertThat(catchThrowableOfType(HandshakeException.class, () -> Loopback.await(accepted)))
                    .hasMessage("the client refused the handshake with the alert bad_certificate");
        }
        assertNothingIsLeft();
    }

    @Test
    void theSocketIsClosedWithTheChannel() throws Exception {
        try (var loopback = new Loopback(listener)) {
            Future<TlsChannel> accepted = loopback.async(() -> server.handshake(loopback.server, LIMIT));
            TlsChannel channel = client.handshake(loopback.client, NAME, LIMIT);
            Socket socket = loopback.client;
            channel.close();
            assertThat(socket.isClosed()).isTrue();
            assertThatThrownBy(() -> channel.input().read()).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> channel.output().write(1))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the TLS connection is closed for writing");
            Loopback.await(accepted).close();
        }
    }
}
