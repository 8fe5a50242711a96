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
import javax.net.ssl.SSLSocket;
import org.gatepost.names.DomainName;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Server names and sessions: every handshake of ours is a full one, because a resumed one shows no certificate.
@ParameterizedClass
@EnumSource(names = {"NATIVE", "JSSE"})
class SessionTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final DomainName NAME = DomainName.parse("mx.example.com");

    private final TlsProvider provider;
    private final Issued leaf =
            new TestPki.Certificate("CN=mx").names("mx.example.com").issue();
    private final TlsServer tlsServer;
    private final ServerSocket listener = Loopback.listener();

    SessionTest(TlsProvider provider) throws IOException {
        this.provider = provider;
        tlsServer = TlsServer.of(List.of(leaf.certificate()), leaf.key(), provider);
    }

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
        TlsClient client = provider.client();
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
            useOne(provider.client().handshake(loopback.client, DomainName.parse(name), LIMIT));
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

    /// What a client of ours says first, read off the wire.
    private record ClientHello(
            List<String> suites, List<Integer> extensions, List<Integer> groups, List<Integer> versions) {
        static ClientHello of(TlsEngine engine) throws IOException {
            ByteBuffer hello = ByteBuffer.allocate(engine.packetSize());
            engine.beginHandshake();
            engine.wrap(ByteBuffer.allocate(0), hello);
            engine.release();
            hello.flip().position(5 + 4 + 2 + 32);
            skip(hello, hello.get() & 0xFF);
            List<String> suites = new ArrayList<>();
            for (int left = hello.getShort(); left > 0; left -= 2) {
                suites.add(String.format("%04x", hello.getShort()));
            }
            skip(hello, hello.get() & 0xFF);
            List<Integer> extensions = new ArrayList<>();
            List<Integer> groups = new ArrayList<>();
            List<Integer> versions = new ArrayList<>();
            hello.getShort();
            while (hello.hasRemaining()) {
                int extension = hello.getShort();
                int length = hello.getShort();
                extensions.add(extension);
                if (extension == 10) {
                    addShorts(groups, hello, 2, length);
                } else if (extension == 43) {
                    addShorts(versions, hello, 1, length);
                }
                skip(hello, length);
            }
            return new ClientHello(suites, extensions, groups, versions);
        }

        private static void addShorts(List<Integer> to, ByteBuffer from, int start, int length) {
            for (int at = start; at < length; at += 2) {
                to.add((int) from.getShort(from.position() + at));
            }
        }

        private static void skip(ByteBuffer buffer, int octets) {
            buffer.position(buffer.position() + octets);
        }
    }

    private TlsEngine clientEngine() {
        return provider == TlsProvider.JSSE ? new JsseEngine(TlsEngines.client(NAME)) : NativeEngine.client(NAME);
    }

    @Test
    void onlyForwardSecretAuthenticatedCipherSuitesAreOffered() throws Exception {
        if (provider == TlsProvider.NATIVE) {
            assertThat(ClientHello.of(NativeEngine.client(NAME)).suites())
                    .containsExactlyInAnyOrder(
                            "1301", "1302", "1303", "c02b", "c02f", "c02c", "c030", "cca9", "cca8", "c009", "c013",
                            "c00a", "c014");
            return;
        }
        List<String> offered = Stream.of(TlsEngines.client(NAME).getEnabledCipherSuites())
                .filter(suite -> !suite.equals("TLS_EMPTY_RENEGOTIATION_INFO_SCSV"))
                .toList();
        assertThat(offered).hasSizeGreaterThan(5).allMatch(suite -> suite.matches("TLS_(AES|CHACHA20|ECDHE|DHE)_.*"));
        assertThat(offered).noneMatch(suite -> suite.matches(".*(anon|NULL|RC4|3DES|EXPORT|MD5).*"));
    }

    /// The extension supported_versions (RFC 8446 §4.2.1) lists them.
    @Test
    void onlyTls12AndTls13AreOffered() throws Exception {
        assertThat(ClientHello.of(clientEngine()).versions()).containsExactlyInAnyOrder(0x0303, 0x0304);
    }

    /// The extensions client_certificate_type and server_certificate_type (RFC 7250 §3) would ask for them.
    @Test
    void rawPublicKeysAreNotAskedFor() throws Exception { // RFC 7671 §5.1
        assertThat(ClientHello.of(clientEngine()).extensions()).contains(0).doesNotContain(19, 20);
    }

    @Test
    void theGroupThatWithstandsQuantumComputersIsOfferedFirstWhereTheProviderHasIt() throws Exception {
        List<Integer> groups = ClientHello.of(clientEngine()).groups();
        if (provider == TlsProvider.NATIVE) {
            assertThat(groups).containsExactly(0x11EC, 29, 23, 24);
        } else {
            assertThat(groups).contains(29, 23, 24);
        }
    }
}
