// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.gatepost.names.DomainName;
import org.xbill.DNS.Type;

/// A name server on UDP and TCP that answers any question from a [SignedWorld], as a recursive
/// resolver that passes DNSSEC records would, unless it is told to tamper. It never validates and
/// never sets AD.
///
/// One virtual thread a question or TCP connection, at most 256 at a time; the last 100,000 questions
/// are kept. All methods may be called by any thread.
///
/// @spec https://www.rfc-editor.org/rfc/rfc7766 RFC 7766: DNS over TCP
public final class DnsServer implements AutoCloseable {
    private static final int MAX_AT_WORK = 256;
    private static final int MAX_LOG = 100_000;
    private static final int IDLE_MILLIS = 30_000;
    private static final int BIND_TRIES = 50;

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final TamperingTable tamperings = new TamperingTable();
    private final Semaphore permits = new Semaphore(MAX_AT_WORK);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    // Guarded by itself.
    private final Queue<Asked> asked = new ArrayDeque<>();

    private volatile SignedWorld world;

    private DnsServer(SignedWorld world, DatagramSocket udp, ServerSocket tcp) {
        this.world = world;
        this.udp = udp;
        this.tcp = tcp;
    }

    /// Serves on one address and one port for both transports.
    ///
    /// @param address port 0 takes a port that is free for both
    /// @throws IOException when the address or the port cannot be had
    public static DnsServer start(SignedWorld world, InetSocketAddress address) throws IOException {
        SocketException last = new SocketException("no port is free for both UDP and TCP");
        for (int attempt = 0; attempt < BIND_TRIES; attempt++) {
            var tcp = new ServerSocket();
            try {
                tcp.bind(address, MAX_AT_WORK);
                var udp = new DatagramSocket(new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort()));
                var server = new DnsServer(world, udp, tcp);
                server.threads.execute(server::serveUdp);
                server.threads.execute(server::serveTcp);
                return server;
            } catch (SocketException e) {
                tcp.close();
                last = e;
                if (address.getPort() != 0) {
                    break;
                }
            }
        }
        throw last;
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
    }

    /// Answers from another world from now on; what is tampered with stays.
    public void serve(SignedWorld next) {
        world = next;
    }

    /// Tampers with the answers to one question, in place of what was done to it before. Tampering by
    /// name and type goes before tampering by name.
    ///
    /// @param type a type's mnemonic, such as `TLSA`
    /// @throws IllegalArgumentException when there is no such type
    public void tamper(DomainName name, String type, Tampering tampering) {
        int number = Type.value(type);
        if (number < 0) {
            throw new IllegalArgumentException("no record type: " + type);
        }
        tamperings.put(DnsNames.of(name), number, tampering);
    }

    /// Tampers with all answers about a name itself, whatever type is asked; names below it are left
    /// alone.
    public void tamper(DomainName name, Tampering tampering) {
        tamperings.put(DnsNames.of(name), Type.ANY, tampering);
    }

    /// Ends all tampering.
    public void restore() {
        tamperings.clear();
    }

    /// The questions that came so far, oldest first.
    public List<Asked> questions() {
        synchronized (asked) {
            return List.copyOf(asked);
        }
    }

    public void forgetQuestions() {
        synchronized (asked) {
            asked.clear();
        }
    }

    private void remember(Asked question) {
        synchronized (asked) {
            if (asked.size() == MAX_LOG) {
                asked.remove();
            }
            asked.add(question);
        }
    }

    private Responder responder() {
        return new Responder(world, tamperings, this::remember);
    }

    private void serveUdp() {
        while (!udp.isClosed()) {
            var packet = new DatagramPacket(new byte[4096], 4096);
            try {
                udp.receive(packet);
                if (permits.tryAcquire()) {
                    threads.execute(() -> answer(packet));
                }
            } catch (IOException e) {
                // Closed, or an ICMP error about an earlier reply: the loop's condition tells which.
            }
        }
    }

    private void answer(DatagramPacket packet) {
        try {
            byte[] query = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
            var reply = responder().reply(query, false);
            if (reply.isPresent()) {
                udp.send(new DatagramPacket(reply.get(), reply.get().length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            // The client has gone, or the server is closed: as when a datagram is lost.
        } finally {
            permits.release();
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                Socket socket = tcp.accept();
                connections.add(socket);
                if (tcp.isClosed() || !permits.tryAcquire()) {
                    drop(socket);
                } else {
                    threads.execute(() -> converse(socket));
                }
            } catch (IOException e) {
                // Closed, or a client that gave up in the backlog: the loop's condition tells which.
            }
        }
    }

    private void converse(Socket socket) {
        try {
            socket.setSoTimeout(IDLE_MILLIS);
            var in = new DataInputStream(socket.getInputStream());
            var out = new DataOutputStream(socket.getOutputStream());
            while (true) {
                byte[] query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                var reply = responder().reply(query, true);
                if (reply.isPresent()) {
                    byte[] framed = java.nio.ByteBuffer.allocate(2 + reply.get().length)
                            .putShort((short) reply.get().length)
                            .put(reply.get())
                            .array();
                    out.write(framed);
                    out.flush();
                }
            }
        } catch (IOException e) {
            // The client has closed, or was idle for too long.
        } finally {
            permits.release();
            drop(socket);
        }
    }

    private void drop(Socket socket) {
        connections.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a connection does not close", e);
        }
    }

    /// Ends all conversations and gives the ports back.
    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the name server's port does not close", e);
        }
        connections.forEach(this::drop);
        threads.close();
    }
}
