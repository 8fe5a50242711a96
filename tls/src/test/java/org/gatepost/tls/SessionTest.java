// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import org.gatepost.names.DomainName;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Server names and sessions: every handshake of ours is a full one, because a resumed one shows no certificate.
class SessionTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final DomainName NAME = DomainName.parse("mx.example.com");

    private final Issued leaf =
            new TestPki.Certificate("CN=mx").names("mx.example.com").issue();
    private final TlsServer tlsServer = TlsServer.of(List.of(leaf.certificate()), leaf.key());
    private final ServerSocket listener = Loopback.listener();

    SessionTest() throws IOException {}

    @AfterEach
    void stopListening() throws IOException {
        listener.close();
    }

    /// Writes and reads one octet, so that a ticket that follows the handshake has arrived.
    ///
    /// @return when the session was created, which a resumed one shares with its first connection
    private static long useOne(SSLSocket socket) throws IOException {
        socket.getOutputStream().write('!');
        assertThat(socket.getInputStream().read()).isEqualTo('!');
        return socket.getSession().getCreationTime();
    }

    private static boolean useOne(TlsChannel channel) throws IOException {
        channel.output().write('!');
        return channel.input().read() == '!';
    }

    private static void awaitNextMillisecond() {
        long now = System.currentTimeMillis();
        while (System.currentTimeMillis() == now) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void ourClientNeverResumesThoughTheServerWould(String protocol) throws Exception {
        JdkPeer peer = JdkPeer.server(leaf, leaf.certificate());
        JsseTlsClient client = new JsseTlsClient();
        List<Long> sessions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            try (var loopback = new Loopback(listener)) {
                Future<Long> served = loopback.async(() -> useOne(peer.accept(loopback.server, protocol)));
                TlsChannel channel = client.handshake(loopback.client, NAME, LIMIT);
                assertThat(useOne(channel)).isTrue();
                sessions.add(Loopback.await(served));
                assertThat(channel.facts().chain()).containsExactly(leaf.certificate());
            }
            awaitNextMillisecond();
        }
        assertThat(sessions).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void ourServerIsNeverResumedThoughTheClientWould(String protocol) throws Exception {
        JdkPeer peer = JdkPeer.client();
        for (int i = 0; i < 3; i++) {
            try (var loopback = new Loopback(listener)) {
                Future<Boolean> accepted = loopback.async(() -> useOne(tlsServer.handshake(loopback.server, LIMIT)));
                useOne(peer.connect(loopback.client, protocol));
                assertThat(Loopback.await(accepted)).isTrue();
            }
        }
        assertThat(peer.chainsJudged).hasValue(3);
    }

    /// Shows that the two tests above can fail: the runtime's own sockets do resume.
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void thePeersUsedHereDoResumeAmongThemselves(String protocol) throws Exception {
        JdkPeer server = JdkPeer.server(leaf, leaf.certificate());
        JdkPeer client = JdkPeer.client();
        List<Long> sessions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            try (var loopback = new Loopback(listener)) {
                Future<Long> served = loopback.async(() -> useOne(server.accept(loopback.server, protocol)));
                useOne(client.connect(loopback.client, protocol));
                sessions.add(Loopback.await(served));
            }
            awaitNextMillisecond();
        }
        assertThat(sessions).containsOnly(sessions.getFirst());
        assertThat(client.chainsJudged).hasValue(1);
    }

    @ParameterizedTest
    @CsvSource({"mx.example.com", "xn--bcher-kva.example", "mx_1.example.com", "192.0.2.1", "."})
    void aServerNameIsSentWhenItIsAHostName(String name) throws Exception {
        JdkPeer peer = JdkPeer.server(leaf, leaf.certificate());
        try (var loopback = new Loopback()) {
            SSLSocket server = peer.accept(loopback.server, "TLSv1.3");
            Future<Long> served = loopback.async(() -> useOne(server));
            useOne(new JsseTlsClient().handshake(loopback.client, DomainName.parse(name), LIMIT));
            Loopback.await(served);
            List<String> requested = ((ExtendedSSLSession) server.getSession())
                    .getRequestedServerNames().stream()
                            .map(sni -> ((SNIHostName) sni).getAsciiName())
                            .toList();
            assertThat(requested)
                    .isEqualTo(
                            name.contains("_") || name.equals("192.0.2.1") || name.equals(".")
                                    ? List.of()
                                    : List.of(name));
        }
    }

    @Test
    void aMissingOrUnknownServerNameGetsTheDefaultCertificate() throws Exception {
        for (String[] sni : List.of(new String[0], new String[] {"unknown.example"})) {
            try (var loopback = new Loopback()) {
                Future<TlsChannel> accepted = loopback.async(() -> tlsServer.handshake(loopback.server, LIMIT));
                SSLSocket client = JdkPeer.client().connect(loopback.client, "TLSv1.3", sni);
                client.startHandshake();
                assertThat(client.getSession().getPeerCertificates()).containsExactly(leaf.certificate());
                Loopback.await(accepted).close();
            }
        }
    }

    @Test
    void onlyForwardSecretAuthenticatedCipherSuitesAreOffered() {
        List<String> offered = Stream.of(TlsEngines.client(NAME).getEnabledCipherSuites())
                .filter(suite -> !suite.equals("TLS_EMPTY_RENEGOTIATION_INFO_SCSV"))
                .toList();
        assertThat(offered).hasSizeGreaterThan(5).allMatch(suite -> suite.matches("TLS_(AES|CHACHA20|ECDHE|DHE)_.*"));
        assertThat(offered).noneMatch(suite -> suite.matches(".*(anon|NULL|RC4|3DES|EXPORT|MD5).*"));
        assertThat(new ArrayList<>(List.of(TlsEngines.client(NAME).getEnabledProtocols())))
                .containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
    }

    /// The extensions client_certificate_type and server_certificate_type (RFC 7250 §3) would ask for them.
    @Test
    void rawPublicKeysAreNotAskedFor() throws Exception { // RFC 7671 §5.1
        SSLEngine engine = TlsEngines.client(NAME);
        ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.beginHandshake();
        engine.wrap(ByteBuffer.allocate(0), hello);
        hello.flip().position(5 + 4 + 2 + 32);
        skip(hello, hello.get() & 0xFF);
        skip(hello, hello.getShort());
        skip(hello, hello.get() & 0xFF);
        List<Integer> extensions = new ArrayList<>();
        hello.getShort();
        while (hello.hasRemaining()) {
            extensions.add((int) hello.getShort());
            skip(hello, hello.getShort());
        }
        assertThat(extensions).contains(0).doesNotContain(19, 20);
    }

    private static void skip(ByteBuffer buffer, int octets) {
        buffer.position(buffer.position() + octets);
    }
}
