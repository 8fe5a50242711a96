// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.gateway.resolution.SpecialAddresses;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.PrintableText;
import org.gatepost.tls.HandshakeException;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.PathVerdict;
import org.gatepost.tls.ReferenceNames;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsClient;
import org.gatepost.tls.TrustStore;

/// Sends a report by HTTPS over our own resolver's addresses and our own TLS channel: one POST, nothing followed,
/// everything bounded.
///
/// A stranger chooses the address, so those of special use are refused unless the operator allows them. A
/// certificate that does not verify is told, and the report sent all the same (RFC 8460 §3: MAY): it may be the
/// one that tells the domain of its certificate.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §5.4
final class ReportPost {
    private static final int HTTPS = 443;
    private static final int MAX_ADDRESSES = 4;
    private static final int MAX_LINE = 8 * 1024;
    private static final int SHOWN = 200;

    private final Resolver resolver;
    private final TlsClient tls;
    private final TrustStore trust;
    private final Options options;
    private final InstantSource clock;

    /// @param privateAddresses whether addresses of special use may be connected to
    /// @param timeout for a report in all
    record Options(boolean privateAddresses, Duration timeout) {}

    ReportPost(Resolver resolver, TlsClient tls, TrustStore trust, Options options, InstantSource clock) {
        this.resolver = resolver;
        this.tls = tls;
        this.trust = trust;
        this.options = options;
        this.clock = clock;
    }

    /// What became of a POST.
    ///
    /// @param taken whether the answer was of the 2xx class
    /// @param line what happened, one printable line
    record Outcome(boolean taken, String line) {}

    /// The longest that a POST takes.
    Duration timeout() {
        return options.timeout();
    }

    Outcome post(URI uri, byte[] gzip) {
        DomainName host;
        try {
            host = DomainName.parse(uri.getHost());
            if (host.labels().getLast().matches("\\d+")) {
                return new Outcome(false, "an address instead of a host name is not used");
            }
        } catch (NameSyntaxException e) {
            return new Outcome(false, "the host is no domain name: " + e.rule());
        }
        long deadline = System.nanoTime() + options.timeout().toNanos();
        try {
            String last = "has no address";
            List<InetAddress> addresses = addresses(host);
            for (int i = 0; i < addresses.size(); i++) {
                // A dead address must leave time for those after it.
                long share = System.nanoTime() + remaining(deadline).toNanos() / (addresses.size() - i);
                try {
                    return post(new Request(uri, host), gzip, addresses.get(i), share);
                } catch (IOException e) {
                    last = place(uri, addresses.get(i)) + reason(e, share);
                }
            }
            return new Outcome(false, last);
        } catch (NoAddress e) {
            return new Outcome(false, host + ": " + e.getMessage());
        }
    }

    private record Request(URI uri, DomainName host) {
        int port() {
            return uri.getPort() < 0 ? HTTPS : uri.getPort();
        }

        byte[] header(int length) {
            String path = Optional.ofNullable(uri.getRawPath())
                    .filter(p -> !p.isEmpty())
                    .orElse("/");
            String query =
                    Optional.ofNullable(uri.getRawQuery()).map(q -> "?" + q).orElse("");
            String authority = host + (port() == HTTPS ? "" : ":" + port());
            return ("POST " + path + query + " HTTP/1.1\r\nHost: " + authority
                            + "\r\nUser-Agent: Gatepost\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Length: "
                            + length + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
    }

    private static String place(URI uri, InetAddress address) {
        return "[" + address.getHostAddress() + "]:" + (uri.getPort() < 0 ? HTTPS : uri.getPort()) + ": ";
    }

    private static String reason(IOException e, long deadline) {
        if (e instanceof HandshakeException || e instanceof NotHttp) {
            return PrintableText.line(String.valueOf(e.getMessage()), SHOWN);
        }
        return remaining(deadline).toMillis() <= 1 ? "took too long" : "cannot be reached or closed the connection";
    }

    private static final class NoAddress extends Exception {
        private static final long serialVersionUID = 1L;

        NoAddress(String message) {
            super(message);
        }
    }

    private static final class NotHttp extends IOException {
        private static final long serialVersionUID = 1L;

        NotHttp(String message) {
            super(message);
        }
    }

    private List<InetAddress> addresses(DomainName host) throws NoAddress {
        List<InetAddress> usable = new ArrayList<>();
        String trouble = "has no address";
        for (Answer<RecordData.Address> answer : List.of(resolver.a(host), resolver.aaaa(host))) {
            switch (answer) {
                case Answer.Found<RecordData.Address> found ->
                    found.records().stream().map(RecordData.Address::address).forEach(usable::add);
                case Answer.Denied<RecordData.Address> denied -> {}
                case Answer.Failed<RecordData.Address> failed ->
                    trouble = failed.failure().detail();
            }
        }
        if (!options.privateAddresses() && usable.removeIf(SpecialAddresses::isSpecial)) {
            trouble = "has only addresses of private or special use";
        }
        if (usable.isEmpty()) {
            throw new NoAddress(PrintableText.line(trouble, SHOWN));
        }
        return usable.stream().limit(MAX_ADDRESSES).toList();
    }

    private Outcome post(Request request, byte[] gzip, InetAddress address, long deadline) throws IOException {
        try (Socket socket = new Socket();
                SocketGuard guard = SocketGuard.of(socket)) {
            guard.allow(remaining(deadline));
            socket.connect(new InetSocketAddress(address, request.port()), (int)
                    Math.max(1, remaining(deadline).toMillis()));
            try (TlsChannel channel = tls.handshake(socket, request.host(), remaining(deadline))) {
                Optional<String> distrust = distrust(request.host(), channel.facts());
                OutputStream out = channel.output();
                out.write(request.header(gzip.length));
                out.write(gzip);
                out.flush();
                String status = status(new BufferedInputStream(channel.input(), MAX_LINE));
                boolean taken = status.startsWith("2");
                return new Outcome(
                        taken,
                        "HTTP status " + status + (status.startsWith("3") ? "; redirects are not followed" : "")
                                + distrust.map(why -> "; " + why).orElse(""));
            }
        }
    }

    /// What is wrong with the certificate.
    private Optional<String> distrust(DomainName host, HandshakeFacts facts) {
        if (trust.validate(facts.chain(), clock.instant()) instanceof PathVerdict.Invalid invalid) {
            return Optional.of("certificate not trusted: " + PrintableText.line(invalid.detail(), SHOWN));
        }
        List<String> names = ReferenceNames.presentedNames(facts.leaf());
        return names.stream().anyMatch(name -> ReferenceNames.matches(name, host))
                ? Optional.empty()
                : Optional.of("the certificate names " + PrintableText.line(names.toString(), SHOWN));
    }

    /// The code of the final response; what follows is not read (RFC 9110 §15.2: 1xx responses come before it).
    private static String status(InputStream input) throws IOException {
        for (int interim = 0; interim < 5; interim++) {
            String line = line(input);
            if (!line.matches("HTTP/1\\.[01] \\d{3}( .*)?")) {
                throw new NotHttp("the answer is not HTTP");
            }
            String status = line.substring(9, 12);
            if (!status.startsWith("1")) {
                return status;
            }
            for (int fields = 0; !line(input).isEmpty(); fields++) {
                if (fields == 100) {
                    throw new NotHttp("more than 100 header fields");
                }
            }
        }
        throw new NotHttp("five interim responses");
    }

    private static String line(InputStream input) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = input.read(); c != '\n'; c = input.read()) {
            if (c < 0) {
                throw new EOFException();
            }
            if (line.length() >= MAX_LINE) {
                throw new NotHttp("a header line is longer than 8 KiB");
            }
            line.append((char) c);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    private static Duration remaining(long deadline) {
        return Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
    }
}
