// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.config.GatewayConfig.StsFetch;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.tls.HandshakeException;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsClient;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Spec S2; RFC 8461 §3.3. Policy hosts speak in clear under a TLS client that only says which certificate they
/// showed. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpsStsFetcherTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final DomainName DOMAIN = DomainName.parse("example.test");
    private static final String HOST = "mta-sts.example.test";
    private static final String POLICY = "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n";
    private static final String OK =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + POLICY.length() + "\r\n\r\n" + POLICY;

    private final TestAuthority authority = new TestAuthority(NOW);
    private final ScriptedResolver resolver = new ScriptedResolver();
    private final List<AutoCloseable> servers = new CopyOnWriteArrayList<>();
    private final List<String> connected = new CopyOnWriteArrayList<>();
    private final List<String> requested = new CopyOnWriteArrayList<>();
    private List<X509Certificate> chain = authority.issue(HOST);
    private TlsClient tls = (socket, name, deadline) -> channel(socket);
    private boolean privateAddresses = true;
    private Duration timeout = Duration.ofSeconds(20);

    @AfterEach
    void stopServers() throws Exception {
        for (AutoCloseable server : servers) {
            server.close();
        }
    }

    private final List<String> drips = new CopyOnWriteArrayList<>();
    private java.nio.charset.Charset encoding = StandardCharsets.UTF_8;

    /// Starts policy hosts that answer every connection so, all on one port.
    private int serve(String response, String... addresses) throws IOException {
        return serveAs(HOST, response, addresses);
    }

    private int serveAs(String host, String response, String... addresses) throws IOException {
        int port = 0;
        for (String address : addresses) {
            port = serveOn(port, response, address);
        }
        resolver.found(
                host,
                RecordType.A,
                DnssecStatus.INSECURE,
                Stream.of(addresses)
                        .map(address -> new RecordData.Address(InetAddress.ofLiteral(address)))
                        .toArray(RecordData[]::new));
        return port;
    }

    private int serveOn(int port, String response, String address) throws IOException {
        ServerSocket server = new ServerSocket();
        server.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
        servers.add(server);
        Thread.ofVirtual().start(() -> answerAll(server, response));
        return server.getLocalPort();
    }

    private void answerAll(ServerSocket server, String response) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                servers.add(socket);
                connected.add(server.getInetAddress().getHostAddress());
                socket.getOutputStream().write(response.getBytes(encoding));
                byte[] request = new byte[1000];
                int length = socket.getInputStream().read(request);
                requested.add(new String(request, 0, Math.max(0, length), StandardCharsets.US_ASCII));
                drip(socket);
            } catch (IOException e) {
                return;
            }
        }
    }

    /// One octet of the drips after the other, for ever.
    private void drip(Socket socket) throws IOException {
        String drip = String.join("", drips);
        for (int i = 0; !drip.isEmpty(); i = (i + 1) % drip.length()) {
            socket.getOutputStream().write(drip.charAt(i));
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
    }

    private TlsChannel channel(Socket socket) {
        return new TlsChannel() {
            @Override
            public InputStream input() {
                try {
                    return socket.getInputStream();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public OutputStream output() {
                try {
                    return socket.getOutputStream();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public boolean hasUnread() throws IOException {
                return socket.getInputStream().available() > 0;
            }

            @Override
            public HandshakeFacts facts() {
                return new HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", chain);
            }

            @Override
            public void close() throws IOException {
                socket.close();
            }
        };
    }

    private HttpsStsFetcher fetcher(int port) {
        return new HttpsStsFetcher(
                resolver,
                tls,
                authority.trust(),
                new StsFetch(port, privateAddresses, timeout, 2, 20),
                InstantSource.fixed(NOW));
    }

    private Fetched fetch(int port) {
        return fetcher(port).fetch(DOMAIN);
    }

    private static Fetched.Failed failed(Fetched fetched) {
        assertThat(fetched).isInstanceOf(Fetched.Failed.class);
        return (Fetched.Failed) fetched;
    }

    @Test
    void goodPolicyIsFetched() throws Exception {
        assertThat(fetch(serve(OK, "127.0.0.1")))
                .isInstanceOfSatisfying(
                        Fetched.Policy.class,
                        policy -> assertThat(policy.text()).isEqualTo(POLICY));
    }

    /// Pitfall 17: a stranger names the domain, so the stranger must not choose whom we connect to.
    @Test
    void privateAddressIsNotEvenConnectedTo() throws Exception {
        privateAddresses = false;

        assertThat(failed(fetch(serve(OK, "127.0.0.1"))).detail()).contains("private or special use");
        assertThat(connected).isEmpty();
    }

    @Test
    void certificateOfAnotherNameIsNotBelieved() throws Exception {
        chain = authority.issue("example.test");

        assertThat(failed(fetch(serve(OK, "127.0.0.1"))).resultType()).isEqualTo(ResultType.STS_WEBPKI_INVALID);
    }

    @Test
    void certificateOfAnUnknownAuthorityIsNotBelieved() throws Exception {
        chain = new TestAuthority(NOW).issue(HOST);

        assertThat(failed(fetch(serve(OK, "127.0.0.1"))).resultType()).isEqualTo(ResultType.STS_WEBPKI_INVALID);
    }

    @Test
    void handshakeThatBreaksOffSaysNothingOfCertificates() throws Exception {
        tls = (socket, name, deadline) -> {
            throw new HandshakeException(HandshakeException.Kind.CLOSED, null, "closed", null);
        };

        assertThat(failed(fetch(serve(OK, "127.0.0.1"))).resultType()).isEqualTo(ResultType.STS_POLICY_FETCH_ERROR);
    }

    @Test
    void secondAddressIsAskedWhenTheFirstIsDead() throws Exception {
        timeout = Duration.ofSeconds(6);
        int port = serve(OK, "127.0.0.1", "127.0.0.2");
        tls = (socket, name, deadline) -> {
            if (socket.getInetAddress().getHostAddress().equals("127.0.0.1")) {
                silence(socket);
            }
            return channel(socket);
        };

        assertThat(fetch(port)).isInstanceOf(Fetched.Policy.class);
    }

    /// A peer that sends nothing, as long as the connection is left open.
    private static void silence(Socket socket) throws HandshakeException {
        try {
            while (socket.getInputStream().read() >= 0) {
                socket.setSoTimeout(0);
            }
        } catch (IOException e) {
            throw new HandshakeException(HandshakeException.Kind.CLOSED, null, "closed", e);
        }
    }

    @Test
    void hostThatNeverEndsItsAnswerIsGivenUp() throws Exception {
        timeout = Duration.ofMillis(500);

        assertThat(failed(fetch(serve("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX: ", "127.0.0.1")))
                        .detail())
                .contains("took too long");
    }

    @Test
    void redirectIsNotFollowed() throws Exception {
        String redirect = "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.test/\r\n\r\n";

        assertThat(failed(fetch(serve(redirect, "127.0.0.1"))).detail()).contains("302", "not followed");
    }

    @Test
    void failingLookupIsAFetchErrorThatSaysWhy() {
        resolver.failed(HOST, RecordType.A, DnsFailure.Reason.BOGUS);

        assertThat(failed(fetch(443)).detail()).contains("scripted BOGUS");
    }

    @Test
    void nameTooLongForAPolicyHostIsAFetchError() {
        String label = "a".repeat(60) + ".";
        DomainName longest = DomainName.parse(label.repeat(4) + "abcdefg");
        var fetcher = new HttpsStsFetcher(
                resolver, tls, authority.trust(), new StsFetch(443, true, timeout, 2, 20), InstantSource.fixed(NOW));

        assertThat(failed(fetcher.fetch(longest)).detail()).contains("too long");
    }

    /// Spec Q4: read as "no policy", a defect of ours would send mail in clear.
    @Test
    void defectOfOursIsNoFailedFetch() throws Exception {
        int port = serve(OK, "127.0.0.1");
        tls = (socket, name, deadline) -> {
            throw new IllegalArgumentException("a bug");
        };

        assertThatThrownBy(() -> fetch(port)).isInstanceOf(IllegalArgumentException.class);
    }

    /// Spec S2: SNI and Host name the policy host in A-labels; `ß` is not `ss` (UTS 46, non-transitional).
    @Test
    void policyHostOfAnInternationalDomainIsNamedInALabels() throws Exception {
        String host = "mta-sts.xn--fuball-cta.test";
        chain = authority.issue(host);
        int port = serveAs(host, OK, "127.0.0.1");
        List<String> names = new CopyOnWriteArrayList<>();
        tls = (socket, name, deadline) -> {
            names.add(name.ascii());
            return channel(socket);
        };

        assertThat(fetcher(port).fetch(DomainName.parse("Fußball.TEST."))).isInstanceOf(Fetched.Policy.class);
        assertThat(names).containsExactly(host);
        awaitRequest("Host: " + host);
    }

    /// The host notes a request after it has answered.
    private void awaitRequest(String part) throws InterruptedException {
        for (int i = 0; i < 500 && requested.stream().noneMatch(request -> request.contains(part)); i++) {
            Thread.sleep(10);
        }
        assertThat(requested).anyMatch(request -> request.contains(part));
    }

    @Test
    void hostWithIpv6OnlyIsReached() throws Exception {
        int port = serve(OK, "::1");
        resolver.denied(HOST, RecordType.A, DnssecStatus.INSECURE, org.gatepost.dns.Answer.Denial.NO_DATA)
                .found(
                        HOST,
                        RecordType.AAAA,
                        DnssecStatus.INSECURE,
                        new RecordData.Address(InetAddress.ofLiteral("::1")));

        assertThat(fetch(port)).isInstanceOf(Fetched.Policy.class);
        assertThat(connected).containsExactly("0:0:0:0:0:0:0:1");
    }

    @Test
    void oneFamilyThatCannotBeLookedUpLeavesTheOther() throws Exception {
        int port = serve(OK, "127.0.0.1");
        resolver.failed(HOST, RecordType.AAAA, DnsFailure.Reason.SERVER_FAILURE);

        assertThat(fetch(port)).isInstanceOf(Fetched.Policy.class);
    }

    @Test
    void secondAddressIsAskedWhenTheFirstShowsAWrongCertificateOrAnswer() throws Exception {
        int port = serve(OK, "127.0.0.2");
        serveOn(port, "HTTP/1.1 503 Busy\r\n\r\n", "127.0.0.1");
        resolver.found(
                HOST,
                RecordType.A,
                DnssecStatus.INSECURE,
                new RecordData.Address(InetAddress.ofLiteral("127.0.0.3")),
                new RecordData.Address(InetAddress.ofLiteral("127.0.0.1")),
                new RecordData.Address(InetAddress.ofLiteral("127.0.0.2")));

        assertThat(fetch(port)).isInstanceOf(Fetched.Policy.class);
        assertThat(connected).containsExactly("127.0.0.1", "127.0.0.2");
    }

    /// Pitfall 17: also where a public address stands beside the private one, or the address is a disguise.
    @Test
    void onlyPublicAddressesAreUsedAndOfBothFamiliesInTurn() {
        privateAddresses = false;
        var v4 = Stream.of("10.0.0.1", "9.9.9.9", "9.9.9.10", "9.9.9.11", "9.9.9.12", "9.9.9.13")
                .map(InetAddress::ofLiteral)
                .toList();
        var v6 = Stream.of("64:ff9b::a00:1", "2620:fe::fe", "::ffff:10.0.0.1", "2002:a00:1::1", "fd00::1")
                .map(InetAddress::ofLiteral)
                .toList();

        assertThat(fetcher(443).usable(List.of(v4, v6)))
                .extracting(InetAddress::getHostAddress)
                .containsExactly("9.9.9.9", "2620:fe:0:0:0:0:0:fe", "9.9.9.10", "9.9.9.11");
    }

    @Test
    void hostThatDripsItsAnswerIsGivenUp() throws Exception {
        timeout = Duration.ofMillis(700);
        int port = serve("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", "127.0.0.1");
        drips.add("X-Slow: ");
        assertThat(failed(fetch(port)).detail()).contains("took too long");
    }

    @Test
    void hostThatDripsItsPolicyIsGivenUp() throws Exception {
        timeout = Duration.ofMillis(700);
        int port = serve("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "127.0.0.1");
        drips.add("version: STSv1\n");
        assertThat(failed(fetch(port)).detail()).contains("took too long");
    }

    @Test
    void policyThatIsNotUtf8IsInvalid() throws Exception { // RFC 8461 §3.2, RFC 8460 §4.3.2.2
        String spoiled = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + (POLICY.length() + 5)
                + "\r\n\r\n" + POLICY + "x: \u00ff\n";
        encoding = StandardCharsets.ISO_8859_1;

        assertThat(failed(fetch(serve(spoiled, "127.0.0.1"))).resultType()).isEqualTo(ResultType.STS_POLICY_INVALID);
    }

    @Test
    void answerThatIsNoPolicyIsAFetchErrorAndATextThatIsNoneIsInvalid() throws Exception {
        assertThat(failed(fetch(serve("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "127.0.0.1")))
                        .resultType())
                .isEqualTo(ResultType.STS_POLICY_FETCH_ERROR);
        String wrong = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n\r\nversion: STSv2\n";
        var failed = failed(fetch(serve(wrong, "127.0.0.1")));
        assertThat(failed.resultType()).isEqualTo(ResultType.STS_POLICY_INVALID);
        assertThat(failed.detail()).contains("line 1", "RFC 8461");
    }
}
