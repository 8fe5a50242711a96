// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/// A small resolver for diagnosis, which answers over UDP and TCP what a [ValidatingResolver] finds: AD for
/// what is secure, SERVFAIL with the reason as an extended error for what is bogus or cannot be had.
///
/// It is meant for the machine it runs on: anyone who can reach it can make it work. At most 256 questions and
/// 64 TCP connections are served at a time, those idle for ten seconds are closed, and what comes beyond is
/// dropped. Answers are kept as long as they hold, at most a quarter of an hour; proofs of what does not exist answer
/// other questions only where the rules say so; failures are not kept.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035: protocol modifications for DNSSEC
/// @spec https://www.rfc-editor.org/rfc/rfc8914 RFC 8914: extended DNS errors
public final class ValidatingDnsServer implements AutoCloseable {
    private static final int MAX_QUESTIONS = 256;
    private static final int MAX_CONNECTIONS = 64;
    private static final int IDLE_MILLIS = 10_000;
    private static final int MAX_DATAGRAM = 4096;
    private static final int PORT_TRIES = 50;

    private final DnsResponder responder;
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Semaphore questions = new Semaphore(MAX_QUESTIONS);
    private final Semaphore slots = new Semaphore(MAX_CONNECTIONS);
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private ValidatingDnsServer(DnsResponder responder, DatagramSocket udp, ServerSocket tcp) {
        this.responder = responder;
        this.udp = udp;
        this.tcp = tcp;
    }

    /// Serves until it is closed.
    ///
    /// @param options upstreams, anchor, times, size of the cache and clock
    /// @param listen one address for both transports; port 0 takes one that is free for both
    /// @throws IllegalArgumentException when the address is not of the loopback interface, or the anchors of
    ///     the rules cannot be used
    /// @throws IOException when the address or the port cannot be had
    public static ValidatingDnsServer start(ResolverOptions options, DiagnosisRules rules, InetSocketAddress listen)
            throws IOException {
        if (listen.isUnresolved() || !listen.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException(listen.getHostString()
                    + " is not a loopback address: a resolver that others can reach can be abused against others");
        }
        return startBeyondLoopback(options, rules, listen);
    }

    /// As [#start], on any address: who can reach it must be limited by other means.
    public static ValidatingDnsServer startBeyondLoopback(
            ResolverOptions options, DiagnosisRules rules, InetSocketAddress listen) throws IOException {
        DnsResponder responder = responder(options, rules);
        SocketException last = new SocketException("no port is free for both UDP and TCP");
        for (int attempt = 0; attempt < PORT_TRIES; attempt++) {
            var tcp = new ServerSocket();
            try {
                tcp.bind(listen, MAX_CONNECTIONS);
                var udp = new DatagramSocket(new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort()));
                var server = new ValidatingDnsServer(responder, udp, tcp);
                server.threads.execute(server::serveUdp);
                server.threads.execute(server::serveTcp);
                return server;
            } catch (SocketException e) {
                tcp.close();
                last = e;
                if (listen.getPort() != 0) {
                    break;
                }
            }
        }
        throw last;
    }

    private static DnsResponder responder(ResolverOptions options, DiagnosisRules rules) {
        var source = UpstreamClient.of(options, new Upstreams(options.upstreams(), options.clock()));
        ValidationOptions validation = rules.applyTo(ValidationOptions.of(options.anchor()));
        var denials = new DenialMemory(source, Anchors.of(validation), options.clock());
        var resolver = new ValidatingResolver(options, validation, rules.answersFromDenials() ? denials : source);
        var memory = new VerdictMemory(options.cacheEntries(), denials, options.clock());
        return new DnsResponder(resolver, memory, source, options.totalTimeout());
    }

    /// Where it listens, with the port it really has.
    public InetSocketAddress address() {
        return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
    }

    private void serveUdp() {
        var packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
        while (!udp.isClosed()) {
            try {
                packet.setLength(MAX_DATAGRAM);
                udp.receive(packet);
                byte[] octets = Arrays.copyOf(packet.getData(), packet.getLength());
                var client = (InetSocketAddress) packet.getSocketAddress();
                if (questions.tryAcquire()) {
                    threads.execute(() -> answer(octets, client));
                }
            } catch (IOException e) {
                // Closed, or an ICMP error about an earlier reply: the loop's condition tells which.
            }
        }
    }

    private void answer(byte[] octets, InetSocketAddress client) {
        try {
            Optional<byte[]> reply = responder.reply(octets, false);
            if (reply.isPresent()) {
                udp.send(new DatagramPacket(reply.get(), reply.get().length, client));
            }
        } catch (IOException e) {
            // The client has gone, or the server is closed: as when a datagram is lost.
        } finally {
            questions.release();
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                Socket socket = tcp.accept();
                if (slots.tryAcquire()) {
                    connections.add(socket);
                    threads.execute(() -> converse(socket));
                } else {
                    socket.close();
                }
            } catch (IOException e) {
                // Closed, or a client that gave up in the backlog: the loop's condition tells which.
            }
        }
    }

    /// One question after the other (RFC 7766 §6.2.1 asks clients to pipeline; answers come in order here).
    private void converse(Socket socket) {
        try (socket) {
            socket.setSoTimeout(IDLE_MILLIS);
            socket.setTcpNoDelay(true);
            var in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            while (!tcp.isClosed()) {
                byte[] octets = new byte[in.readUnsignedShort()];
                in.readFully(octets);
                Optional<byte[]> reply = responder.reply(octets, true);
                if (reply.isEmpty()) {
                    return;
                }
                out.write(ByteBuffer.allocate(2 + reply.get().length)
                        .putShort((short) reply.get().length)
                        .put(reply.get())
                        .array());
            }
        } catch (IOException e) {
            // The client has gone or is idle, or the server is closed.
        } finally {
            connections.remove(socket);
            slots.release();
        }
    }

    /// Ends the service at once; questions under way get no answer.
    @Override
    public void close() {
        udp.close();
        closeQuietly(tcp);
        connections.forEach(ValidatingDnsServer::closeQuietly);
        responder.resolver().close();
        threads.shutdownNow();
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // It is of no use any more.
        }
    }
}
