// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLException;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The policy host as the JDK's HTTP client sees it.
class PolicyHostTest {
    private static final String POLICY = "version: STSv1\r\nmode: enforce\r\nmx: mx.test\r\nmax_age: 86400\r\n";
    private static final LabCa CA = LabCa.create("Test", InstantSource.system());
    private static final LabCa STRANGER = LabCa.create("Stranger", InstantSource.system());

    private final PolicyHost host = start();
    private final HttpClient client = client();

    private static PolicyHost start() {
        try {
            // "localhost", because the HTTP client finds it without the lab's name server.
            return PolicyHost.start(
                    DomainName.parse("localhost"),
                    new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                    POLICY,
                    kind -> kind.issue(CA, STRANGER, List.of("localhost")));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static HttpClient client() {
        try {
            return HttpClient.newBuilder()
                    .sslContext(TestClient.trusting(CA))
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void isGood() throws IOException {
        host.become(PolicyFault.NONE);
    }

    @AfterEach
    void close() {
        client.shutdownNow();
        host.close();
    }

    private HttpResponse<String> fetch(String path) throws IOException, InterruptedException {
        URI uri = URI.create("https://localhost:" + host.address().getPort() + path);
        var request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> fetch() throws IOException, InterruptedException {
        return fetch("/.well-known/mta-sts.txt");
    }

    @Test
    void servesItsPolicyAndNothingElse() throws Exception {
        var response = fetch();
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).hasValue("text/plain");
        assertThat(response.body()).isEqualTo(POLICY);
        assertThat(fetch("/").statusCode()).isEqualTo(404);
        assertThat(host.requests()).containsExactly("GET /.well-known/mta-sts.txt HTTP/1.1", "GET / HTTP/1.1");
    }

    @Test
    void servesAReplacedPolicy() throws Exception {
        host.serve("version: STSv1\r\nmode: none\r\nmax_age: 0\r\n");
        assertThat(fetch().body()).contains("mode: none");
    }

    @Test
    void failsAsTold() throws Exception {
        host.become(PolicyFault.NOT_FOUND);
        assertThat(fetch().statusCode()).isEqualTo(404);
        host.become(PolicyFault.REDIRECT);
        assertThat(fetch().headers().firstValue("location")).isPresent();
        host.become(PolicyFault.WRONG_CONTENT_TYPE);
        assertThat(fetch().headers().firstValue("content-type")).hasValue("text/html");
        host.become(PolicyFault.OVERSIZED);
        assertThat(fetch().body()).startsWith(POLICY).hasSizeGreaterThan(65536);
    }

    @ParameterizedTest
    @EnumSource(names = {"UNTRUSTED_CERTIFICATE", "WRONG_NAME", "EXPIRED_CERTIFICATE"})
    void showsABadCertificateWhenTold(PolicyFault fault) throws IOException {
        host.become(fault);
        assertThatThrownBy(this::fetch).isInstanceOf(SSLException.class);
        assertThat(host.requests()).isEmpty();
    }

    @Test
    void canBeDownAndComeBack() throws Exception {
        host.become(PolicyFault.DOWN);
        assertThatThrownBy(this::fetch).isInstanceOf(ConnectException.class);
        host.become(PolicyFault.NONE);
        assertThat(fetch().body()).isEqualTo(POLICY);
    }

    @Test
    void neverAnswersWhenSlow() throws IOException {
        host.become(PolicyFault.SLOW);
        URI uri = URI.create("https://localhost:" + host.address().getPort() + "/.well-known/mta-sts.txt");
        var request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(1)).build();
        assertThatThrownBy(() -> client.send(request, HttpResponse.BodyHandlers.ofString()))
                .isInstanceOf(HttpTimeoutException.class);
    }
}
