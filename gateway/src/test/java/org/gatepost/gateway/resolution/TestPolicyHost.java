// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.config.GatewayConfig.StsFetch;
import org.gatepost.gateway.resolution.TestAuthority.Issued;
import org.gatepost.tls.JsseTlsClient;
import org.gatepost.tls.TlsServer;
import org.gatepost.tls.TrustStore;

/// A policy host on a free port of the loopback interface that shows one certificate, in real handshakes, and gives
/// every request one answer.
record TestPolicyHost(ServerSocket server) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    static TestPolicyHost start(Issued identity, String answer) throws IOException {
        var server = new ServerSocket();
        server.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        TlsServer tls = TlsServer.of(identity.chain(), identity.key());
        Thread.ofVirtual().start(() -> serve(server, tls, answer));
        return new TestPolicyHost(server);
    }

    private static void serve(ServerSocket server, TlsServer tls, String answer) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept();
                    var channel = tls.handshake(socket, PATIENCE)) {
                readRequest(channel.input());
                channel.output().write(answer.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The client turned away, as it should from most of these, or the host is closed.
            }
        }
    }

    private static void readRequest(InputStream input) throws IOException {
        var read = new StringBuilder();
        for (int c = input.read(); c >= 0 && !read.toString().endsWith("\r\n\r"); c = input.read()) {
            read.append((char) c);
        }
    }

    /// A fetcher that finds this host under any name the resolver is told here.
    HttpsStsFetcher fetcher(ScriptedResolver resolver, String name, TrustStore trust, InstantSource clock) {
        resolver.found(
                name, RecordType.A, DnssecStatus.INSECURE, new RecordData.Address(InetAddress.ofLiteral("127.0.0.1")));
        return new HttpsStsFetcher(
                resolver,
                new JsseTlsClient(),
                trust,
                new StsFetch(server.getLocalPort(), true, PATIENCE, 2, 20),
                clock);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
