// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TLSARecord;
import org.xbill.DNS.Type;

/// Stands before a good upstream and does to its answers what a bad network, a bad forwarder or an attacker does.
final class TroubledUpstream implements AutoCloseable {
    /// What a datagram may hold on a path that drops fragments.
    private static final int UNFRAGMENTED = 1232;

    private static final int OLD_LIMIT = 512;

    enum Trouble {
        NONE,
        /// Over UDP every answer is cut to nothing and says so; TCP works.
        TRUNCATES,
        /// A datagram that would have been sent in fragments does not arrive.
        DROPS_FRAGMENTS,
        /// What was longer than 512 octets does not arrive over UDP, and nothing says so; TCP works.
        DROPS_LARGE_DATAGRAMS,
        /// As a forwarder that knows nothing of DNSSEC.
        STRIPS_SIGNATURES,
        /// Forged data without signatures, and AD.
        FORGES_WITH_AD,
        /// Forged data under the true signatures.
        FORGES_UNDER_SIGNATURES,
        /// Nothing exists, says AD, and there is no proof.
        DENIES_WITH_AD;

        /// Whether data are forged or proofs are lost.
        boolean lies() {
            return switch (this) {
                case NONE, TRUNCATES, DROPS_FRAGMENTS, DROPS_LARGE_DATAGRAMS -> false;
                case STRIPS_SIGNATURES, FORGES_WITH_AD, FORGES_UNDER_SIGNATURES, DENIES_WITH_AD -> true;
            };
        }
    }

    private final InetSocketAddress good;
    private final Trouble trouble;
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private TroubledUpstream(InetSocketAddress good, Trouble trouble, DatagramSocket udp, ServerSocket tcp) {
        this.good = good;
        this.trouble = trouble;
        this.udp = udp;
        this.tcp = tcp;
    }

    /// @param local a loopback address; the port is one that is free for both
    static TroubledUpstream start(InetAddress local, InetSocketAddress good, Trouble trouble) throws IOException {
        var tcp = new ServerSocket(0, 100, local);
        var udp = new DatagramSocket(new InetSocketAddress(local, tcp.getLocalPort()));
        var started = new TroubledUpstream(good, trouble, udp, tcp);
        started.threads.execute(started::serveUdp);
        started.threads.execute(started::serveTcp);
        return started;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) udp.getLocalSocketAddress();
    }

    private void serveUdp() {
        while (!udp.isClosed()) {
            var packet = new DatagramPacket(new byte[OLD_LIMIT], OLD_LIMIT);
            try {
                udp.receive(packet);
                var query = Arrays.copyOf(packet.getData(), packet.getLength());
                threads.execute(() -> answer(query, (InetSocketAddress) packet.getSocketAddress()));
            } catch (IOException e) {
                // Closed, or an earlier answer that nobody waited for.
            }
        }
    }

    private void answer(byte[] query, InetSocketAddress client) {
        try (var socket = new DatagramSocket()) {
            socket.connect(good);
            socket.setSoTimeout(10_000);
            socket.send(new DatagramPacket(query, query.length));
            var packet = new DatagramPacket(new byte[65_535], 65_535);
            socket.receive(packet);
            var reply = overUdp(Arrays.copyOf(packet.getData(), packet.getLength()));
            if (reply.isPresent()) {
                udp.send(new DatagramPacket(reply.get(), reply.get().length, client));
            }
        } catch (IOException e) {
            // Lost, as datagrams are.
        }
    }

    private Optional<byte[]> overUdp(byte[] reply) throws IOException {
        return switch (trouble) {
            case TRUNCATES -> Optional.of(truncated(reply));
            case DROPS_FRAGMENTS -> reply.length > UNFRAGMENTED ? Optional.empty() : Optional.of(reply);
            case DROPS_LARGE_DATAGRAMS -> reply.length > OLD_LIMIT ? Optional.empty() : Optional.of(reply);
            case NONE, STRIPS_SIGNATURES, FORGES_WITH_AD, FORGES_UNDER_SIGNATURES, DENIES_WITH_AD ->
                Optional.of(changed(reply));
        };
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                var client = tcp.accept();
                threads.execute(() -> converse(client));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void converse(Socket client) {
        try (client;
                var server = new Socket()) {
            server.connect(good, 5_000);
            var fromClient = new DataInputStream(client.getInputStream());
            var fromServer = new DataInputStream(server.getInputStream());
            while (!tcp.isClosed()) {
                write(server, read(fromClient));
                write(client, changed(read(fromServer)));
            }
        } catch (IOException e) {
            // One of the two has gone.
        }
    }

    private static byte[] read(DataInputStream in) throws IOException {
        var octets = new byte[in.readUnsignedShort()];
        in.readFully(octets);
        return octets;
    }

    private static void write(Socket socket, byte[] message) throws IOException {
        socket.getOutputStream()
                .write(ByteBuffer.allocate(message.length + 2)
                        .putShort((short) message.length)
                        .put(message)
                        .array());
    }

    private static byte[] truncated(byte[] octets) throws IOException {
        var reply = new Message(octets);
        reply.getHeader().setFlag(Flags.TC);
        reply.removeAllRecords(Section.ANSWER);
        reply.removeAllRecords(Section.AUTHORITY);
        return reply.toWire();
    }

    private byte[] changed(byte[] octets) throws IOException {
        return switch (trouble) {
            case NONE, TRUNCATES, DROPS_FRAGMENTS, DROPS_LARGE_DATAGRAMS -> octets;
            case STRIPS_SIGNATURES -> withoutProofs(new Message(octets)).toWire();
            case FORGES_WITH_AD ->
                saysAd(forged(withoutProofs(new Message(octets)))).toWire();
            case FORGES_UNDER_SIGNATURES -> saysAd(forged(new Message(octets))).toWire();
            case DENIES_WITH_AD -> saysAd(denied(new Message(octets))).toWire();
        };
    }

    private static Message withoutProofs(Message reply) {
        for (var section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            for (var record : List.copyOf(reply.getSection(section))) {
                var proof = record instanceof RRSIGRecord
                        || record.getType() == Type.NSEC
                        || record.getType() == Type.NSEC3;
                if (proof) {
                    reply.removeRecord(record, section);
                }
            }
        }
        return reply;
    }

    private static Message forged(Message reply) throws IOException {
        for (var record : List.copyOf(reply.getSection(Section.ANSWER))) {
            var other = forged(record);
            if (other.isPresent()) {
                reply.removeRecord(record, Section.ANSWER);
                reply.addRecord(other.get(), Section.ANSWER);
            }
        }
        return reply;
    }

    private static Optional<Record> forged(Record record) {
        return switch (record) {
            case ARecord address ->
                Optional.of(new ARecord(
                        address.getName(), address.getDClass(), address.getTTL(), InetAddress.ofLiteral("192.0.2.66")));
            case TLSARecord tlsa ->
                Optional.of(new TLSARecord(tlsa.getName(), tlsa.getDClass(), tlsa.getTTL(), 3, 1, 1, new byte[32]));
            default -> Optional.empty();
        };
    }

    private static Message denied(Message reply) {
        reply.removeAllRecords(Section.ANSWER);
        reply.removeAllRecords(Section.AUTHORITY);
        reply.getHeader().setRcode(Rcode.NXDOMAIN);
        return reply;
    }

    private static Message saysAd(Message reply) {
        reply.getHeader().setFlag(Flags.AD);
        return reply;
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException e) {
            // It is of no use any more.
        }
        threads.shutdownNow();
    }
}
