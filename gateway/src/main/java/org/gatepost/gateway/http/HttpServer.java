// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig.Http;
import org.gatepost.gateway.config.GatewayConfig.ServerCertificate;
import org.gatepost.gateway.net.Acceptor;
import org.gatepost.tls.PemFileException;
import org.gatepost.tls.TlsProvider;
import org.gatepost.tls.TlsServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTPS at all configured addresses, which are taken at once and served once there are routes. Made, started and
/// ended by one thread.
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    private final Optional<TlsServer> tls;
    private final List<ServerSocket> sockets = new ArrayList<>();
    private final List<HttpListener> listeners = new ArrayList<>();

    private HttpServer(Optional<TlsServer> tls) {
        this.tls = tls;
    }

    /// Reads the certificate and takes the addresses; clients wait until [#start].
    ///
    /// @param provider whose TLS is served
    /// @throws ConfigProblem when one of them cannot be had; then none is taken
    public static HttpServer bind(Http config, TlsProvider provider) throws ConfigProblem {
        HttpServer server =
                new HttpServer(config.addresses().isEmpty() ? Optional.empty() : tls(config.certificate(), provider));
        for (InetSocketAddress address : config.addresses()) {
            try {
                server.sockets.add(Acceptor.bind(address));
            } catch (IOException e) {
                server.close();
                throw new ConfigProblem(
                        "http.addresses: cannot listen on "
                                + address.getAddress().getHostAddress() + " port " + address.getPort() + ": "
                                + e.getMessage(),
                        e);
            }
        }
        return server;
    }

    private static Optional<TlsServer> tls(Optional<ServerCertificate> certificate, TlsProvider provider)
            throws ConfigProblem {
        if (certificate.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(TlsServer.fromPem(
                    certificate.get().certificateFile(), certificate.get().keyFile(), provider));
        } catch (PemFileException e) {
            throw new ConfigProblem("http.certificate-file: " + e.getMessage(), e);
        }
    }

    /// Serves the routes at all addresses.
    public void start(HttpRoutes routes, InstantSource clock) {
        tls.ifPresent(identity -> {
            var parts = new HttpListener.Parts(identity, HttpLimits.DEFAULT, routes, clock);
            for (ServerSocket socket : sockets) {
                HttpListener listener = HttpListener.start(socket, parts);
                listeners.add(listener);
            }
        });
    }

    /// Where it really listens.
    public List<InetSocketAddress> addresses() {
        return listeners.stream().map(HttpListener::address).toList();
    }

    /// Waits for requests being answered; idle connections end at once, new ones are not accepted.
    ///
    /// @return whether all have ended
    public boolean drain(Duration patience) {
        close();
        return listeners.stream().map(listener -> listener.drain(patience)).reduce(true, Boolean::logicalAnd);
    }

    /// Ends what is left.
    public void abort() {
        listeners.forEach(HttpListener::abort);
    }

    /// Gives the addresses back; connections go on.
    @Override
    public void close() {
        for (ServerSocket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                LOG.warn("closing an HTTPS address failed: {}", e.getMessage());
            }
        }
    }
}
