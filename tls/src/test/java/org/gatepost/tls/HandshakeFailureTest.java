// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import javax.net.ssl.SSLSocket;
import org.gatepost.names.DomainName;
import org.gatepost.tls.HandshakeException.Kind;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every way in which a peer can fail to shake hands, with hand-written octets.
@ParameterizedClass
@EnumSource(names = {"NATIVE", "JSSE"})
class HandshakeFailureTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final DomainName NAME = DomainName.parse("mx.example.com");

    private final TlsProvider provider;
    private final Issued leaf = TestPki.leaf("mx.example.com", TestPki.root("Root"));
    private final TlsServer tlsServer;
    private final Loopback loopback;

    HandshakeFailureTest(TlsProvider provider) throws IOException {
        this.provider = provider;
        tlsServer = TlsServer.of(List.of(leaf.certificate()), leaf.key(), provider);
        loopback = new Loopback();
    }

    @AfterEach
    void disconnect() throws IOException {
        loopback.close();
    }

    /// A peer that acts once the first record of the other side has arrived.
    private interface Script {
        void play(InputStream in, OutputStream out) throws Exception;
    }

    private void playOn(Socket socket, Script script) {
        loopback.background(() -> {
            InputStream in = socket.getInputStream();
            byte[] header = in.readNBytes(5);
            in.readNBytes(ByteBuffer.wrap(header).getShort(3) & 0xffff);
            script.play(in, socket.getOutputStream());
            return true;
        });
    }

    private HandshakeException clientFails(Duration limit) {
        HandshakeException failure = catchThrowableOfType(
                HandshakeException.class, () -> provider.client().handshake(loopback.client, NAME, limit));
        return checked(failure, loopback.client);
    }

    private HandshakeException serverFails(Duration limit) {
        HandshakeException failure =
                catchThrowableOfType(HandshakeException.class, () -> tlsServer.handshake(loopback.server, limit));
        return checked(failure, loopback.server);
    }

    private static HandshakeException checked(HandshakeException failure, Socket socket) {
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage())
                .isNotBlank()
                .matches("\\P{Cntrl}+")
                .doesNotContain("Exception", "java", "SSLEngine", "null");
        assertThat(socket.isClosed()).isTrue();
        return failure;
    }

    private static byte[] record(int type, int version, byte[] fragment) {
        return ByteBuffer.allocate(5 + fragment.length)
                .put((byte) type)
                .putShort((short) version)
                .putShort((short) fragment.length)
                .put(fragment)
                .array();
    }

    private static byte[] alert(int version, int level, int code) {
        return record(21, version, new byte[] {(byte) level, (byte) code});
    }

    private static byte[] hello(int type, int version, byte[] afterRandom) {
        byte[] body = ByteBuffer.allocate(34 + afterRandom.length)
                .putShort((short) version)
                .put(new byte[32])
                .put(afterRandom)
                .array();
        return ByteBuffer.allocate(4 + body.length)
                .putInt(type << 24 | body.length)
                .put(body)
                .array();
    }

    /// No session id, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, no compression, no extensions.
    private static byte[] serverHello(int version) {
        return record(22, version, hello(2, version, new byte[] {0, (byte) 0xc0, 0x09, 0}));
    }

    @ParameterizedTest
    @CsvSource({"0x0302, TLSv1.1", "0x0301, TLSv1.0", "0x0300, SSLv3"})
    void aServerThatChoosesAnOldVersionIsTooOld(int version, String name) {
        playOn(loopback.server, (in, out) -> out.write(serverHello(version)));
        HandshakeException failure = clientFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.VERSION_TOO_OLD);
        assertThat(failure.observedVersion()).contains(name);
        assertThat(failure).hasMessage("the server speaks " + name + ", and TLS 1.2 is the least that is accepted");
    }

    @Test
    void anOldVersionIsSeenThoughItsHelloIsCutIntoRecords() {
        byte[] hello = serverHello(0x0302);
        playOn(loopback.server, (in, out) -> {
            for (int i = 5; i < hello.length; i++) {
                out.write(record(22, 0x0302, new byte[] {hello[i]}));
            }
        });
        assertThat(clientFails(LIMIT).observedVersion()).contains("TLSv1.1");
    }

    @ParameterizedTest
    @CsvSource({
        "0x0302, 70, VERSION_TOO_OLD, TLSv1.1",
        "0x0301, 70, VERSION_TOO_OLD, TLSv1.0",
        "0x0303, 70, VERSION_TOO_OLD, ''",
        "0x0302, 40, VERSION_TOO_OLD, TLSv1.1",
        "0x0303, 40, REFUSED_BY_PEER, ''",
        "0x0303, 112, REFUSED_BY_PEER, ''",
        "0x0301, 80, REFUSED_BY_PEER, ''",
        "0x0303, 200, REFUSED_BY_PEER, ''",
        "0x0303, 0, CLOSED, ''",
    })
    void anAlertSaysWhy(int version, int code, Kind kind, String observed) {
        playOn(loopback.server, (in, out) -> out.write(alert(version, 2, code)));
        HandshakeException failure = clientFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.observedVersion().orElse("")).isEqualTo(observed);
        assertThat(failure.isUnanswered()).isFalse();
    }

    @Test
    void theAlertIsNamed() {
        playOn(loopback.server, (in, out) -> out.write(alert(0x0303, 2, 40)));
        assertThat(clientFails(LIMIT)).hasMessage("the server refused the handshake with the alert handshake_failure");
    }

    @ParameterizedTest
    @ValueSource(strings = {"454 TLS not available\r\n", "\0\0\0\0\0\0\0\0", "HTTP/1.1 400 Bad Request\r\n\r\n"})
    void whatIsNotTlsBreaksTheProtocol(String reply) {
        playOn(loopback.server, (in, out) -> out.write(reply.getBytes(US_ASCII)));
        HandshakeException failure = clientFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL_VIOLATION);
        assertThat(failure).hasMessage("what the server sent is not TLS");
    }

    @Test
    void anUnsoundHelloBreaksTheProtocol() {
        playOn(loopback.server, (in, out) -> out.write(record(22, 0x0303, hello(2, 0x0303, new byte[] {99, 1}))));
        assertThat(clientFails(LIMIT).kind()).isEqualTo(Kind.PROTOCOL_VIOLATION);
    }

    @Test
    void aPeerThatClosesEndsTheHandshake() throws IOException {
        loopback.server.close();
        assertThat(clientFails(LIMIT).kind()).isEqualTo(Kind.CLOSED);
    }

    @Test
    void aPeerThatClosesAfterTheHelloEndsTheHandshake() {
        playOn(loopback.server, (in, out) -> loopback.server.close());
        HandshakeException failure = clientFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.CLOSED);
        assertThat(failure).hasMessage("the server closed the connection during the handshake");
        assertThat(failure.isUnanswered()).isTrue();
    }

    @Test
    void aPeerThatResetsTheConnectionEndsTheHandshake() {
        playOn(loopback.server, (in, out) -> {
            loopback.server.setSoLinger(true, 0);
            loopback.server.close();
        });
        HandshakeException failure = clientFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.CLOSED);
        assertThat(failure.isUnanswered()).isTrue();
    }

    @Test
    void aPeerThatClosesAfterAPartOfItsHelloHasAnswered() {
        playOn(loopback.server, (in, out) -> {
            out.write(new byte[] {22, 3, 3});
            loopback.server.close();
        });
        HandshakeException failure = clientFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.CLOSED);
        assertThat(failure.isUnanswered()).isFalse();
    }

    @Test
    void aSilentServerRunsIntoTheDeadline() {
        HandshakeException failure = clientFails(SHORT);
        assertThat(failure.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(failure).hasMessage("the TLS handshake did not complete within 150 ms");
        assertThat(failure.isUnanswered()).isTrue();
    }

    @Test
    void aSilentClientRunsIntoTheDeadline() {
        assertThat(serverFails(SHORT).kind()).isEqualTo(Kind.TIMED_OUT);
    }

    /// Each octet comes before any time-out on a single read would pass.
    @Test
    void aServerThatNeverStopsTricklingRunsIntoTheDeadline() throws IOException {
        loopback.server.getOutputStream().write(new byte[] {22, 3, 3, 0x3f, (byte) 0xff});
        playOn(loopback.server, (in, out) -> {
            while (true) {
                out.write(2);
                out.flush();
                Thread.onSpinWait();
                Thread.sleep(1);
            }
        });
        HandshakeException failure = clientFails(SHORT);
        assertThat(failure.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(failure.isUnanswered()).isFalse();
    }

    @Test
    void aDeadlineOfZeroPassesAtOnce() {
        assertThat(clientFails(Duration.ZERO).kind()).isEqualTo(Kind.TIMED_OUT);
    }

    @Test
    void aServerThatSendsWarningsForEverRunsIntoTheDeadlineOrIsRefused() {
        playOn(loopback.server, (in, out) -> {
            while (true) {
                out.write(alert(0x0303, 1, 90));
            }
        });
        assertThat(clientFails(Duration.ofSeconds(2)).kind()).isNotNull();
    }

    @Test
    void aClientThatIsTooOldIsTold() {
        byte[] rest = {0, 0, 2, (byte) 0xc0, 0x09, 1, 0};
        playOnClient(record(22, 0x0301, hello(1, 0x0302, rest)));
        HandshakeException failure = serverFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.VERSION_TOO_OLD);
        assertThat(failure.observedVersion()).contains("TLSv1.1");
        assertThat(failure.getMessage()).startsWith("the client speaks TLSv1.1");
    }

    @Test
    void aClientThatStaysInClearBreaksTheProtocol() {
        playOnClient("EHLO client.example\r\n".getBytes(US_ASCII));
        assertThat(serverFails(LIMIT)).hasMessage("what the client sent is not TLS");
    }

    private void playOnClient(byte[] octets) {
        loopback.background(() -> {
            loopback.client.getOutputStream().write(octets);
            return true;
        });
    }

    @Test
    void aClientWithoutACommonCipherSuiteIsRefused() throws Exception {
        SSLSocket client = JdkPeer.client().connect(loopback.client, "TLSv1.2");
        client.setEnabledCipherSuites(new String[] {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"});
        Future<Boolean> shaking = loopback.async(() -> {
            client.startHandshake();
            return true;
        });
        HandshakeException failure = serverFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.REFUSED_BY_PEER);
        assertThat(failure.getMessage()).startsWith("the client shares no acceptable cipher suite");
        assertThat(catchThrowableOfType(IOException.class, () -> Loopback.await(shaking)))
                .isNotNull();
    }

    /// A refusal of the client after its hello is encrypted or not, but known by its name.
    @Test
    void aClientThatRefusesTheCertificateIsNamed() throws Exception {
        SSLSocket client = JdkPeer.refusing().connect(loopback.client, "TLSv1.3");
        Future<Boolean> shaking = loopback.async(() -> {
            client.startHandshake();
            return true;
        });
        HandshakeException failure = serverFails(LIMIT);
        assertThat(failure.kind()).isEqualTo(Kind.REFUSED_BY_PEER);
        assertThat(failure.getMessage())
                .isEqualTo("the client refused the handshake with the alert certificate_unknown");
        assertThat(catchThrowableOfType(IOException.class, () -> Loopback.await(shaking)))
                .isNotNull();
    }

    /// A server's real flight with octets changed at random, seeded.
    @Test
    void aCorruptedFlightNeverPassesNorEscapesAsAnotherError() throws Exception {
        byte[] flight = recordedServerFlight();
        var random = new Random(20261123);
        for (int round = 0; round < 80; round++) {
            byte[] corrupted = flight.clone();
            for (int i = 0; i <= round % 4; i++) {
                corrupted[random.nextInt(corrupted.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try (var pair = new Loopback()) {
                pair.background(() -> {
                    pair.server.getInputStream().read();
                    pair.server.getOutputStream().write(corrupted);
                    pair.server.shutdownOutput();
                    return true;
                });
                HandshakeException failure = catchThrowableOfType(
                        HandshakeException.class, () -> provider.client().handshake(pair.client, NAME, LIMIT));
                checked(failure, pair.client);
                assertThat(failure.kind()).isNotEqualTo(Kind.TIMED_OUT);
            }
        }
    }

    private byte[] recordedServerFlight() throws Exception {
        var recorded = new ByteArrayOutputStream();
        try (var pair = new Loopback()) {
            Future<TlsChannel> accepted = pair.async(() -> tlsServer.handshake(pair.server, LIMIT));
            try (Loopback middle = new Loopback()) {
                middle.background(() -> provider.client().handshake(middle.client, NAME, LIMIT));
                middle.background(() -> middle.server.getInputStream().transferTo(pair.client.getOutputStream()));
                InputStream in = pair.client.getInputStream();
                // ServerHello, change_cipher_spec and the encrypted flight: enough of it for a client to answer.
                for (int i = 0; i < 3; i++) {
                    byte[] header = in.readNBytes(5);
                    recorded.writeBytes(header);
                    recorded.writeBytes(in.readNBytes(ByteBuffer.wrap(header).getShort(3) & 0xffff));
                }
            }
            accepted.cancel(true);
        }
        return recorded.toByteArray();
    }

    @Test
    void noOctetsMakeTheReaderOfTheFirstFlightFail() {
        var random = new Random(7);
        byte[] hello = serverHello(0x0303);
        for (int round = 0; round < 20_000; round++) {
            byte[] octets = new byte[random.nextInt(60)];
            random.nextBytes(octets);
            System.arraycopy(hello, 0, octets, 0, Math.min(octets.length, random.nextInt(hello.length)));
            assertThat(FirstFlight.read(octets)).isNotNull();
        }
    }
}
