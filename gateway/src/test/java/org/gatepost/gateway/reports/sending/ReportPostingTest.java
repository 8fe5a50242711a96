// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.reports.sending.ReportPost.Options;
import org.gatepost.gateway.reports.sending.ReportPost.Outcome;
import org.gatepost.gateway.resolution.ScriptedResolver;
import org.gatepost.tls.JsseTlsClient;
import org.gatepost.tls.TrustStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8460 §5.4. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ReportPostingTest {
    private static final byte[] GZIP = {31, -117, 8, 0, 1, 2, 3};

    private final ScriptedResolver resolver = new ScriptedResolver();
    private HttpsReceiver receiver;

    @BeforeEach
    void start() throws Exception {
        receiver = new HttpsReceiver();
        resolver.found(
                HttpsReceiver.HOST,
                RecordType.A,
                DnssecStatus.INSECURE,
                new RecordData.Address(InetAddress.getLoopbackAddress()));
    }

    @AfterEach
    void stop() throws Exception {
        receiver.close();
    }

    private Outcome post(URI uri, boolean privateAddresses, X509Certificate... trusted) {
        return new ReportPost(
                        resolver,
                        new JsseTlsClient(),
                        TrustStore.of(List.of(trusted)),
                        new Options(privateAddresses, Duration.ofSeconds(20)),
                        InstantSource.system())
                .post(uri, GZIP);
    }

    @Test
    void theReportIsPostedWithItsMediaType() {
        Outcome outcome = post(receiver.uri("/v1/tls?key=1"), true, receiver.certificate());
        assertThat(outcome).isEqualTo(new Outcome(true, "HTTP status 201"));
        HttpsReceiver.Post post = receiver.posts().getFirst();
        assertThat(post.header()).startsWith("POST /v1/tls?key=1 HTTP/1.1\r\nHost: " + HttpsReceiver.HOST + ":");
        assertThat(post.header()).contains("\r\nContent-Type: application/tlsrpt+gzip\r\n");
        assertThat(post.bodyInHex()).isEqualTo(HexFormat.of().formatHex(GZIP));
    }

    @Test
    void aCertificateThatDoesNotVerifyIsToldAndTheReportSent() { // RFC 8460 §3: MAY ignore
        Outcome outcome = post(receiver.uri("/"), true);
        assertThat(outcome.taken()).isTrue();
        assertThat(outcome.line()).startsWith("HTTP status 201; certificate not trusted: ");
        assertThat(receiver.posts()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"400 Bad", "404 Not Found", "500 Oops", "503 Later"})
    void anythingButSuccessIsNoDelivery(String status) {
        receiver.answers("HTTP/1.1 " + status + "\r\n\r\n");
        Outcome outcome = post(receiver.uri("/"), true, receiver.certificate());
        assertThat(outcome).isEqualTo(new Outcome(false, "HTTP status " + status.substring(0, 3)));
    }

    @Test
    void aRedirectIsNotFollowed() {
        receiver.answers("HTTP/1.1 307 Elsewhere\r\nLocation: " + receiver.uri("/other") + "\r\n\r\n");
        Outcome outcome = post(receiver.uri("/"), true, receiver.certificate());
        assertThat(outcome).isEqualTo(new Outcome(false, "HTTP status 307; redirects are not followed"));
        assertThat(receiver.posts()).hasSize(1);
    }

    @Test
    void interimResponsesAreReadOver() { // RFC 9110 §15.2
        receiver.answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        assertThat(post(receiver.uri("/"), true, receiver.certificate()).taken())
                .isTrue();
    }

    @Test
    void whatIsNoHttpIsNoDelivery() {
        receiver.answers("220 mx.example ESMTP\r\n");
        assertThat(post(receiver.uri("/"), true, receiver.certificate()))
                .matches(outcome -> !outcome.taken() && outcome.line().endsWith("the answer is not HTTP"));
    }

    @Test
    void addressesOfSpecialUseAreNotConnectedTo() {
        Outcome outcome = post(receiver.uri("/"), false, receiver.certificate());
        assertThat(outcome.taken()).isFalse();
        assertThat(outcome.line()).contains("has only addresses of private or special use");
        assertThat(receiver.posts()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://127.0.0.1/", "https://[::1]/"})
    void anAddressInPlaceOfAHostNameIsNotUsed(String uri) {
        assertThat(post(URI.create(uri), true).taken()).isFalse();
    }

    @Test
    void aFailedLookupIsTold() {
        resolver.failed(HttpsReceiver.HOST, RecordType.A, DnsFailure.Reason.TIMED_OUT);
        assertThat(post(receiver.uri("/"), true).line()).isEqualTo(HttpsReceiver.HOST + ": scripted TIMED_OUT");
    }

    @Test
    void aHostThatDoesNotSpeakTlsIsTold() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (var socket = server.accept()) {
                    socket.getOutputStream().write("220 hello\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (java.io.IOException e) {
                    // the client is gone
                }
            });
            URI uri = URI.create("https://" + HttpsReceiver.HOST + ":" + server.getLocalPort() + "/");
            Outcome outcome = post(uri, true);
            assertThat(outcome.taken()).isFalse();
            assertThat(outcome.line()).contains(":" + server.getLocalPort() + ": ");
        }
    }
}
