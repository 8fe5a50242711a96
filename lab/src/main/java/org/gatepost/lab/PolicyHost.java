// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ssl.SSLSocket;
import org.gatepost.names.DomainName;

/// An MTA-STS policy host for one domain: HTTPS on a loopback address, good or faulty as told. All
/// methods may be called by any thread.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8461 RFC 8461 §3.3: HTTPS Policy Fetching
public final class PolicyHost implements AutoCloseable {
    private static final String PATH = "/.well-known/mta-sts.txt";
    private static final int MAX_HEADER_LINES = 100;
    private static final int OVERSIZE_LINES = 1100;

    private final DomainName name;
    private final InetSocketAddress address;
    private final Function<CertificateKind, CertifiedKey> certificates;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private volatile State state;

    // Guarded by this; closed while the host is down.
    private LoopbackListener listener;

    private record State(String policy, PolicyFault fault, ServerTls tls) {}

    private PolicyHost(
            DomainName name,
            InetSocketAddress address,
            String policy,
            Function<CertificateKind, CertifiedKey> certificates)
            throws IOException {
        this.name = name;
        this.certificates = certificates;
        this.state = state(policy, PolicyFault.NONE);
        this.listener = LoopbackListener.start(address, this::converse);
        this.address = listener.address();
    }

    /// @param name the policy host's own, `mta-sts.` and the policy domain
    /// @param address on loopback; port 0 takes a free one
    /// @param policy the text to serve, with its line ends
    /// @param certificates makes the certificate of each kind for the host's name
    public static PolicyHost start(
            DomainName name,
            InetSocketAddress address,
            String policy,
            Function<CertificateKind, CertifiedKey> certificates)
            throws IOException {
        return new PolicyHost(name, address, policy, certificates);
    }

    private State state(String policy, PolicyFault fault) {
        return new State(policy, fault, new ServerTls(certificates.apply(fault.certificate())));
    }

    /// Serves another text from now on.
    public synchronized void serve(String policy) {
        state = state(policy, state.fault());
    }

    /// @throws IOException when the port cannot be had back after the host was down
    public synchronized void become(PolicyFault fault) throws IOException {
        boolean wasUp = state.fault() != PolicyFault.DOWN;
        state = state(state.policy(), fault);
        if (fault == PolicyFault.DOWN) {
            listener.close();
        } else if (!wasUp) {
            listener = LoopbackListener.start(address, this::converse);
        }
    }

    public DomainName name() {
        return name;
    }

    public InetSocketAddress address() {
        return address;
    }

    /// The request lines so far, oldest first.
    public List<String> requests() {
        return List.copyOf(requests);
    }

    private void converse(Socket socket) throws IOException {
        State now = state;
        try (SSLSocket secured = now.tls().accept(socket, WireInput.nothing())) {
            var in = new WireInput(secured.getInputStream(), Optional.empty());
            String request = in.line();
            requests.add(request);
            for (int i = 0; i < MAX_HEADER_LINES && !in.line().isEmpty(); i++) {
                // The header says nothing that matters here.
            }
            if (now.fault() == PolicyFault.SLOW) {
                in.drain();
            }
            OutputStream out = secured.getOutputStream();
            out.write(response(now, request).getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    private String response(State now, String request) {
        if (!request.startsWith("GET " + PATH + " ")) {
            return http("404 Not Found", "text/plain", "");
        }
        return switch (now.fault()) {
            case NOT_FOUND -> http("404 Not Found", "text/plain", "");
            case REDIRECT -> http("302 Found\r\nLocation: https://elsewhere.invalid" + PATH, "text/plain", "");
            case WRONG_CONTENT_TYPE -> http("200 OK", "text/html", now.policy());
            case OVERSIZED ->
                http(
                        "200 OK",
                        "text/plain",
                        now.policy() + ("filler: " + "x".repeat(50) + "\r\n").repeat(OVERSIZE_LINES));
            case NONE, DOWN, UNTRUSTED_CERTIFICATE, WRONG_NAME, EXPIRED_CERTIFICATE, SLOW ->
                http("200 OK", "text/plain", now.policy());
        };
    }

    private static String http(String status, String contentType, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Type: " + contentType + "\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\nConnection: close\r\n\r\n" + body;
    }

    @Override
    public synchronized void close() {
        listener.close();
    }
}
