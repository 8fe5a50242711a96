// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.config.GatewayConfig.StsFetch;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.gateway.resolution.TestAuthority.Issued;
import org.gatepost.names.DomainName;
import org.gatepost.tls.JsseTlsClient;
import org.gatepost.tls.TlsServer;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The policy host's certificate, shown in a real handshake (RFC 8461 §3.3, spec S2); what is wrong with it has the
/// result type of RFC 8460 §4.3.2.2. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolicyHostCertificateTest {
    private final Instant now = Instant.now();
    private static final String HOST = "mta-sts.example.test";
    private static final String POLICY = "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final TestAuthority authority = new TestAuthority(now);

    private Fetched fetchUnder(Issued identity) throws IOException {
        try (var server = new ServerSocket()) {
            server.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            TlsServer tls = TlsServer.of(identity.chain(), identity.key());
            Thread.ofVirtual().start(() -> serve(server, tls));
            var resolver = new ScriptedResolver()
                    .found(
                            HOST,
                            RecordType.A,
                            DnssecStatus.INSECURE,
                            new RecordData.Address(InetAddress.ofLiteral("127.0.0.1")));
            return new HttpsStsFetcher(
                            resolver,
                            new JsseTlsClient(),
                            authority.trust(),
                            new StsFetch(server.getLocalPort(), true, PATIENCE, 2, 20),
                            InstantSource.fixed(now))
                    .fetch(DomainName.parse("example.test"));
        }
    }

    private static void serve(ServerSocket server, TlsServer tls) {
        try (Socket socket = server.accept();
                var channel = tls.handshake(socket, PATIENCE)) {
            channel.input().read();
            channel.output()
                    .write(("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + POLICY)
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The client turned away, as it should from most of these.
        }
    }

    private void assertInvalid(Issued identity, String detail) throws IOException {
        assertThat(fetchUnder(identity)).isInstanceOfSatisfying(Fetched.Failed.class, failed -> {
            assertThat(failed.resultType()).isEqualTo(ResultType.STS_WEBPKI_INVALID);
            assertThat(failed.detail()).startsWith(HOST + ": ").contains(detail);
        });
    }

    @Test
    void trustedCertificateOfThePolicyHostIsBelieved() throws IOException {
        assertThat(fetchUnder(authority.server(HOST)))
                .isInstanceOfSatisfying(
                        Fetched.Policy.class,
                        policy -> assertThat(policy.text()).isEqualTo(POLICY));
    }

    @Test
    void wildcardThatStandsForOneWholeLabelIsBelieved() throws IOException {
        assertThat(fetchUnder(authority.server("*.example.test"))).isInstanceOf(Fetched.Policy.class);
    }

    @Test
    void wildcardForMoreLabelsOrPartOfOneIsNot() throws IOException {
        assertInvalid(authority.server("*.test"), "*.test");
        assertInvalid(authority.server("mta-*.example.test"), "not the policy host");
    }

    @Test
    void intermediateThatIsSentLeadsToTheRoot() throws IOException {
        assertThat(fetchUnder(authority.intermediate().server(HOST))).isInstanceOf(Fetched.Policy.class);
    }

    @Test
    void intermediateThatIsNotSentDoesNot() throws IOException {
        assertInvalid(authority.intermediate().server(HOST).withoutIntermediates(), "certificate: ");
    }

    @Test
    void nameOfThePolicyDomainIsNotThatOfItsPolicyHost() throws IOException {
        assertInvalid(authority.server("example.test"), "[example.test]");
    }

    @Test
    void commonNameIsNoName() throws IOException { // RFC 8461 §3.3: only DNS-ID
        assertInvalid(authority.withoutSubjectAlternativeName(HOST), "not the policy host");
    }

    @Test
    void datesCount() throws IOException {
        assertInvalid(authority.expired(HOST), "certificate: ");
        assertInvalid(authority.notYetValid(HOST), "certificate: ");
    }

    @Test
    void selfSignedCertificateIsNotBelieved() throws IOException {
        assertInvalid(authority.selfSigned(HOST), "certificate: ");
    }

    @Test
    void certificateOfAnUnknownAuthorityIsNotBelieved() throws IOException {
        assertInvalid(new TestAuthority(now).server(HOST), "certificate: ");
    }

    @Test
    void everyInvalidityNamesThePlace() throws IOException {
        assertThat(List.of(fetchUnder(authority.expired(HOST))))
                .allSatisfy(failed -> assertThat(failed.toString()).doesNotContain("\n"));
    }
}
