// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.gateway.http.TestIdentity;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DaneDemand;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.StsDemand;
import org.gatepost.policy.TlsObservation;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsProvider;
import org.gatepost.tls.TlsServer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A host, or something before it, that does away with a first TLS message that fills more than a segment, as one with
/// a key share for X25519MLKEM768 does. The time limit only turns a hang into a failure.
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LongHelloTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final DomainName MX = DomainName.parse("mx.example.test");
    private static final int LONGEST = 1400;

    private final DeliveryWorld world = new DeliveryWorld();

    /// What becomes of a connection whose first message is too long.
    enum Intolerance {
        RESET,
        END
    }

    @ParameterizedTest
    @EnumSource
    void hostThatDemandsNothingStillGetsItsMailEncrypted(Intolerance intolerance) throws Exception {
        try (Host host = new Host(intolerance)) {
            HostSession session = open(host, new DaneDemand.Nothing(DaneDemand.Why.HOST_INSECURE));

            assertThat(session.tls()).isInstanceOf(TlsObservation.Established.class);
            assertThat(host.connections).hasValue(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void hostThatDemandsAuthenticationStillGetsItsMail(Intolerance intolerance) throws Exception {
        try (Host host = new Host(intolerance)) {
            List<Tlsa> records = List.of(new Tlsa(3, 1, 1, host.keyDigest()));
            HostSession session = open(host, new DaneDemand.Authenticate(MX, records, records, List.of(MX), true));

            assertThat(session.tls()).isInstanceOf(TlsObservation.Established.class);
            assertThat(host.connections).hasValue(2);
        }
    }

    private HostSession open(Host host, DaneDemand demand) throws IOException {
        world.tls = TlsProvider.AUTO.client();
        HostDecision.Try decision = new HostDecision.Try(
                HostDialerTest.undemanding().host(), List.of(LOOPBACK), demand, new StsDemand.Nothing("no policy"));
        Opening opening = world.dialer(host.port()).open(decision, LOOPBACK);
        assertThat(opening).isInstanceOf(Opening.Ready.class);
        HostSession session = ((Opening.Ready) opening).session();
        session.close();
        return session;
    }

    private static final class Host implements AutoCloseable {
        final AtomicInteger connections = new AtomicInteger();
        private final Intolerance intolerance;
        private final TlsServer tls = new TestIdentity().server();
        private final ServerSocket listener = new ServerSocket(0, 10, LOOPBACK);

        Host(Intolerance intolerance) throws Exception {
            this.intolerance = intolerance;
            Thread.ofVirtual().start(this::serve);
        }

        int port() {
            return listener.getLocalPort();
        }

        String keyDigest() throws Exception {
            byte[] key = tls.chain().getFirst().getPublicKey().getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key));
        }

        private void serve() {
            while (!listener.isClosed()) {
                try (Socket socket = listener.accept()) {
                    connections.incrementAndGet();
                    converse(socket);
                } catch (IOException ended) {
                    // By the client, or with the test.
                }
            }
        }

        private void converse(Socket socket) throws IOException {
            InputStream in = socket.getInputStream();
            say(socket.getOutputStream(), "220 mx.example.test");
            hear(in);
            say(socket.getOutputStream(), "250-mx.example.test\r\n250 STARTTLS");
            hear(in);
            say(socket.getOutputStream(), "220 go ahead");
            byte[] header = in.readNBytes(5);
            int length = ByteBuffer.wrap(header).getShort(3) & 0xffff;
            if (length > LONGEST) {
                in.readNBytes(length);
                socket.setSoLinger(intolerance == Intolerance.RESET, 0);
                return;
            }
            try (TlsChannel channel = tls.handshake(new Resumed(socket, header), Duration.ofSeconds(20))) {
                hear(channel.input());
                say(channel.output(), "250 mx.example.test");
                hear(channel.input());
            }
        }

        private static void say(OutputStream out, String line) throws IOException {
            out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }

        private static void hear(InputStream in) throws IOException {
            int octet = in.read();
            while (octet != '\n' && octet >= 0) {
                octet = in.read();
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    /// A connection of which the first octets have been read already.
    private static final class Resumed extends Socket {
        private final Socket socket;
        private final InputStream in;

        Resumed(Socket socket, byte[] first) throws IOException {
            this.socket = socket;
            this.in = new SequenceInputStream(new ByteArrayInputStream(first), socket.getInputStream());
        }

        @Override
        public InputStream getInputStream() {
            return in;
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return socket.getOutputStream();
        }

        @Override
        public int getSoTimeout() throws SocketException {
            return socket.getSoTimeout();
        }

        @Override
        public void setSoTimeout(int timeout) throws SocketException {
            socket.setSoTimeout(timeout);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
