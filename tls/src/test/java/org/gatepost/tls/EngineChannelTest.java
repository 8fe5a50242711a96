// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import javax.net.ssl.SSLSocket;
import org.gatepost.names.DomainName;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource(names = {"NATIVE", "JSSE"})
class EngineChannelTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final DomainName NAME = DomainName.parse("mx.example.com");

    private final TlsProvider provider;
    private final Issued root = TestPki.root("Root");
    private final Issued leaf = TestPki.leaf("mx.example.com", root);
    private final List<X509Certificate> chain = List.of(leaf.certificate(), root.certificate());
    private final TlsServer tlsServer;
    private Loopback loopback;

    EngineChannelTest(TlsProvider provider) throws IOException {
        this.provider = provider;
        tlsServer = TlsServer.of(chain, leaf.key(), provider);
        loopback = new Loopback();
    }

    @BeforeEach
    void connect() throws IOException {
        loopback.close();
        loopback = new Loopback();
    }

    @AfterEach
    void disconnect() throws IOException {
        loopback.close();
    }

    private record Both(TlsChannel client, TlsChannel server) {}

    private Both shake() throws Exception {
        return shake(loopback.client, loopback.server);
    }

    private Both shake(Socket client, Socket server) throws Exception {
        Future<TlsChannel> accepted = loopback.async(() -> tlsServer.handshake(server, LIMIT));
        TlsChannel connected = provider.client().handshake(client, NAME, LIMIT);
        return new Both(connected, Loopback.await(accepted));
    }

    private static byte[] noise(int seed, int size) {
        byte[] octets = new byte[size];
        new Random(seed).nextBytes(octets);
        return octets;
    }

    private static String text(InputStream in, int length) throws IOException {
        return new String(in.readNBytes(length), US_ASCII);
    }

    @Test
    void bothSidesKeepWhatTheHandshakeShowed() throws Exception {
        Both both = shake();
        assertThat(both.client().facts().protocol()).isEqualTo("TLSv1.3");
        assertThat(both.client().facts().cipherSuite()).startsWith("TLS_");
        assertThat(both.client().facts().chain()).isEqualTo(chain);
        assertThat(both.server().facts()).isEqualTo(both.client().facts());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void largeTransfersRunBothWaysAtOnce(String protocol) throws Exception {
        byte[] down = noise(1, 5_000_000);
        byte[] up = noise(2, 5_000_000);
        JdkPeer peer = JdkPeer.server(leaf, leaf.certificate(), root.certificate());
        SSLSocket server = peer.accept(loopback.server, protocol);
        Future<byte[]> received = loopback.async(() -> {
            Future<?> sending = loopback.async(() -> {
                server.getOutputStream().write(down);
                return true;
            });
            byte[] got = server.getInputStream().readNBytes(up.length);
            Loopback.await(sending);
            return got;
        });
        TlsChannel client = provider.client().handshake(loopback.client, NAME, LIMIT);
        Future<?> sending = loopback.async(() -> {
            client.output().write(up);
            return true;
        });
        assertThat(client.input().readNBytes(down.length)).isEqualTo(down);
        Loopback.await(sending);
        assertThat(Loopback.await(received)).isEqualTo(up);
        assertThat(client.facts().protocol()).isEqualTo(protocol);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theServerSideServesTheRuntimesOwnClient(String protocol) throws Exception {
        byte[] body = noise(3, 300_000);
        Future<byte[]> received = loopback.async(() -> {
            try (TlsChannel server = tlsServer.handshake(loopback.server, LIMIT)) {
                byte[] got = server.input().readNBytes(body.length);
                server.output().write(got);
                return got;
            }
        });
        SSLSocket client = JdkPeer.client().connect(loopback.client, protocol);
        client.getOutputStream().write(body);
        assertThat(client.getInputStream().readAllBytes()).isEqualTo(body);
        assertThat(Loopback.await(received)).isEqualTo(body);
    }

    @Test
    void inTls12AClosedDirectionClosesBoth() throws Exception {
        Future<TlsChannel> accepted = loopback.async(() -> tlsServer.handshake(loopback.server, LIMIT));
        SSLSocket client = JdkPeer.client().connect(loopback.client, "TLSv1.2");
        client.startHandshake();
        TlsChannel server = Loopback.await(accepted);
        client.shutdownOutput();
        assertThat(server.input().read()).isEqualTo(-1);
        assertThatThrownBy(() -> server.output().write(1)).hasMessage("the TLS connection is closed for writing");
        server.close();
    }

    @Test
    void dataFollowedByCloseArrivesWhole() throws Exception {
        byte[] body = noise(4, 100_000);
        Both both = shake();
        Future<?> sending = loopback.async(() -> {
            both.server().output().write(body);
            both.server().close();
            return true;
        });
        assertThat(both.client().input().readAllBytes()).isEqualTo(body);
        assertThat(both.client().input().read()).isEqualTo(-1);
        Loopback.await(sending);
        assertThat(loopback.server.isClosed()).isTrue();
    }

    @Test
    void anEndWithoutCloseNotifyIsNoEndOfData() throws Exception {
        Both both = shake();
        both.server().output().write("cut".getBytes(US_ASCII));
        loopback.server.close();
        assertThat(text(both.client().input(), 3)).isEqualTo("cut");
        assertThatThrownBy(() -> both.client().input().read())
                .isInstanceOf(EOFException.class)
                .hasMessage("the peer ended the connection without close_notify");
    }

    @Test
    void oneDirectionMayCloseBeforeTheOther() throws Exception {
        Both both = shake();
        both.client().output().write("question".getBytes(US_ASCII));
        both.client().output().close();
        assertThat(new String(both.server().input().readAllBytes(), US_ASCII)).isEqualTo("question");
        both.server().output().write("answer".getBytes(US_ASCII));
        assertThat(text(both.client().input(), 6)).isEqualTo("answer");
        assertThatThrownBy(() -> both.client().output().write(1))
                .isInstanceOf(IOException.class)
                .hasMessage("the TLS connection is closed for writing");
        both.server().close();
        assertThat(both.client().input().read()).isEqualTo(-1);
    }

    @Test
    void aReadTimesOutBySoTimeoutAndMayGoOn() throws Exception {
        Both both = shake();
        loopback.client.setSoTimeout(20);
        assertThatThrownBy(() -> both.client().input().read()).isInstanceOf(SocketTimeoutException.class);
        loopback.client.setSoTimeout(30_000);
        both.server().output().write("late".getBytes(US_ASCII));
        assertThat(text(both.client().input(), 4)).isEqualTo("late");
    }

    @Test
    void timeOutsInTheMiddleOfARecordLoseNothing() throws Exception {
        WrappedSocket client = WrappedSocket.trickling(loopback.client);
        Both both = shake(client, loopback.server);
        client.timeOutEveryOtherRead();
        byte[] body = noise(5, 3_000);
        both.server().output().write(body);
        both.server().close();
        List<Byte> got = new ArrayList<>();
        int timeOuts = 0;
        while (true) {
            try {
                int octet = both.client().input().read();
                if (octet < 0) {
                    break;
                }
                got.add((byte) octet);
            } catch (SocketTimeoutException e) {
                timeOuts++;
            }
        }
        assertThat(timeOuts).isGreaterThan(3_000);
        for (int i = 0; i < body.length; i++) {
            assertThat(got.get(i)).isEqualTo(body[i]);
        }
        assertThat(got).hasSize(body.length);
    }

    @Test
    void theTimeOutOfTheSocketIsRestoredAfterTheHandshake() throws Exception {
        loopback.client.setSoTimeout(12_345);
        shake();
        assertThat(loopback.client.getSoTimeout()).isEqualTo(12_345);
    }

    @Test
    void dataThatArrivesWithTheLastFlightIsNotLost() throws Exception {
        Future<TlsChannel> accepted = loopback.async(() -> tlsServer.handshake(loopback.server, LIMIT));
        WrappedSocket holding = WrappedSocket.holding(loopback.client);
        TlsChannel client = provider.client().handshake(holding, NAME, LIMIT);
        client.output().write("EHLO client\r\n".getBytes(US_ASCII));
        Future<Integer> reading = loopback.async(() -> client.input().read());
        TlsChannel server = Loopback.await(accepted);
        assertThat(text(server.input(), 13)).isEqualTo("EHLO client\r\n");
        server.output().write('2');
        assertThat(Loopback.await(reading)).isEqualTo('2');
    }

    @Test
    void octetsThatTrickleInMakeTheSameHandshake() throws Exception {
        Both both = shake(WrappedSocket.trickling(loopback.client), WrappedSocket.trickling(loopback.server));
        both.client().output().write("x".getBytes(US_ASCII));
        assertThat(both.server().input().read()).isEqualTo('x');
        assertThat(both.server().input().available()).isZero();
    }

    @Test
    void aForgedRecordEndsTheConnectionInOneLine() throws Exception {
        Both both = shake();
        loopback.server.getOutputStream().write(new byte[] {
            23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
        });
        assertThatThrownBy(() -> both.client().input().read())
                .isInstanceOf(IOException.class)
                .hasMessage("the TLS connection broke (alert sent: bad_record_mac)");
        assertThat(loopback.client.isClosed()).isTrue();
        assertThatThrownBy(() -> both.server().input().read())
                .hasMessage("the peer ended the TLS connection with the alert bad_record_mac");
    }

    @Test
    void closingFreesAWriterThatThePeerKeepsWaiting() throws Exception {
        Both both = shake();
        Future<?> writing = loopback.async(() -> {
            while (true) {
                both.client().output().write(new byte[65_536]);
            }
        });
        // The writer blocks once the buffers of both ends are full: nobody reads.
        while (loopback.server.getInputStream().available() < 65_536) {
            Thread.onSpinWait();
        }
        both.client().close();
        assertThatThrownBy(() -> Loopback.await(writing)).isInstanceOf(IOException.class);
        assertThat(loopback.client.isClosed()).isTrue();
    }

    @Test
    void closingTwiceIsHarmless() throws Exception {
        Both both = shake();
        both.client().close();
        both.client().close();
        both.client().input().close();
        both.client().output().close();
        assertThat(both.server().input().read()).isEqualTo(-1);
    }

    @Test
    void clientAndServerShareAChannelOverRsaToo() throws Exception {
        Issued rsa = new TestPki.Certificate("CN=rsa")
                .keys(TestPki.keys("RSA", 2048))
                .signedBy(root)
                .issue();
        TlsServer server = TlsServer.of(List.of(rsa.certificate()), rsa.key(), provider);
        Future<TlsChannel> accepted = loopback.async(() -> server.handshake(loopback.server, LIMIT));
        TlsChannel client = provider.client().handshake(loopback.client, NAME, LIMIT);
        assertThat(client.facts().chain()).containsExactly(rsa.certificate());
        Loopback.await(accepted).close();
    }
}
