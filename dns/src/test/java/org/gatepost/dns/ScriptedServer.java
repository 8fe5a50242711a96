// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.gatepost.zones.DnsServer;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;

/// A name server that answers each question as a test says, on UDP and TCP of one loopback port.
final class ScriptedServer implements AutoCloseable {
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Queue<Integer> ids = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> ports = new ConcurrentLinkedQueue<>();
    private final Queue<Message> queries = new ConcurrentLinkedQueue<>();
    private final Function<Message, List<byte[]>> overUdp;
    private final Function<Message, List<byte[]>> overTcp;
    private final AtomicInteger tcpConnections = new AtomicInteger();
    private volatile int questionsPerConnection = Integer.MAX_VALUE;

    private ScriptedServer(
            InetAddress address, Function<Message, List<byte[]>> overUdp, Function<Message, List<byte[]>> overTcp) {
        this.overUdp = overUdp;
        this.overTcp = overTcp;
        try {
            tcp = new ServerSocket(0, 50, address);
            udp = new DatagramSocket(new InetSocketAddress(address, tcp.getLocalPort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::serveUdp);
        Thread.ofVirtual().start(this::serveTcp);
    }

    /// Each function gives the datagrams, or messages, to be sent in turn; none for silence.
    static ScriptedServer start(Function<Message, List<byte[]>> overUdp, Function<Message, List<byte[]>> overTcp) {
        return new ScriptedServer(InetAddress.ofLiteral("127.0.0.1"), overUdp, overTcp);
    }

    static ScriptedServer start(Function<Message, List<byte[]>> both) {
        return start(both, both);
    }

    static ScriptedServer startAt(String address, Function<Message, List<byte[]>> both) {
        return new ScriptedServer(InetAddress.ofLiteral(address), both, both);
    }

    /// Answers as another server does, but for the change.
    static ScriptedServer relay(DnsServer server, UnaryOperator<Message> change) {
        return start(query -> List.of(change.apply(ask(server, query)).toWire()));
    }

    private static Message ask(DnsServer server, Message query) {
        try {
            var resolver = new SimpleResolver(server.address());
            resolver.setTCP(true);
            resolver.setEDNS(0, 1232, ExtendedFlags.DO);
            return resolver.send(query);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Message reply(Message query, int rcode, Record... answer) {
        var reply = new Message(query.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setRcode(rcode);
        reply.addRecord(query.getQuestion(), Section.QUESTION);
        for (Record record : answer) {
            reply.addRecord(record, Section.ANSWER);
        }
        return reply;
    }

    static List<byte[]> refuse(Message query) {
        return List.of(reply(query, Rcode.REFUSED).toWire());
    }

    InetSocketAddress address() {
        return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
    }

    /// Closes each TCP connection after so many answers.
    ScriptedServer closingAfter(int questions) {
        questionsPerConnection = questions;
        return this;
    }

    int tcpConnections() {
        return tcpConnections.get();
    }

    List<Message> queries() {
        return List.copyOf(queries);
    }

    List<Integer> ids() {
        return List.copyOf(ids);
    }

    List<Integer> sourcePorts() {
        return List.copyOf(ports);
    }

    private void serveUdp() {
        while (!udp.isClosed()) {
            try {
                var packet = new DatagramPacket(new byte[4096], 4096);
                udp.receive(packet);
                var query = new Message(java.util.Arrays.copyOf(packet.getData(), packet.getLength()));
                ids.add(query.getHeader().getID());
                ports.add(packet.getPort());
                queries.add(query);
                Thread.ofVirtual().start(() -> answer(packet, query));
            } catch (IOException e) {
                // Closed: the loop's condition tells.
            }
        }
    }

    private void answer(DatagramPacket packet, Message query) {
        for (byte[] octets : overUdp.apply(query)) {
            try {
                udp.send(new DatagramPacket(octets, octets.length, packet.getSocketAddress()));
            } catch (IOException e) {
                // The test is over.
            }
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                Socket socket = tcp.accept();
                tcpConnections.incrementAndGet();
                Thread.ofVirtual().start(() -> converse(socket));
            } catch (IOException e) {
                // Closed: the loop's condition tells.
            }
        }
    }

    private void converse(Socket socket) {
        try (socket) {
            var in = new DataInputStream(socket.getInputStream());
            var out = new DataOutputStream(socket.getOutputStream());
            for (int asked = 0; asked < questionsPerConnection; asked++) {
                byte[] octets = new byte[in.readUnsignedShort()];
                in.readFully(octets);
                var query = new Message(octets);
                queries.add(query);
                for (byte[] reply : overTcp.apply(query)) {
                    out.writeShort(reply.length);
                    out.write(reply);
                }
                out.flush();
            }
        } catch (IOException e) {
            // The client has gone.
        }
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
