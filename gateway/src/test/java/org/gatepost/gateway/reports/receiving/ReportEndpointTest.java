// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.gateway.reports.receiving.TestReports.gzip;
import static org.gatepost.gateway.reports.receiving.TestReports.json;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.GatewayConfig.ReportReception;
import org.gatepost.gateway.http.HttpLimits;
import org.gatepost.gateway.http.HttpListener;
import org.gatepost.gateway.http.HttpRoutes;
import org.gatepost.gateway.http.TestIdentity;
import org.gatepost.gateway.net.Acceptor;
import org.gatepost.names.DomainName;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.ReceivedReport;
import org.gatepost.spool.ReceivedReports.Query;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// RFC 8460 §5.4 over a real HTTPS listener. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReportEndpointTest {
    private static final DomainName OURS = DomainName.parse("example.com");

    private final TestIdentity identity = new TestIdentity();
    private final EmbeddedStore store;
    private final HttpListener listener;
    private final HttpClient client;

    ReportEndpointTest(@TempDir Path directory) throws Exception {
        store = EmbeddedStore.open(directory);
        ReportReceiving receiving = ReportReceiving.of(
                new ReportReception(Optional.empty(), List.of(OURS), true, Duration.ofDays(400)),
                store.receivedReports(),
                new TestReports().resolver(),
                () -> TestReports.NOW);
        HttpRoutes.Builder routes = HttpRoutes.builder();
        receiving.register(routes);
        listener = HttpListener.start(
                Acceptor.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0)),
                new HttpListener.Parts(identity.server(), HttpLimits.DEFAULT, routes.build(), () -> TestReports.NOW));
        client = HttpClient.newBuilder().sslContext(identity.client()).build();
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        listener.close();
        listener.abort();
        store.close();
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:" + listener.address().getPort() + "/tlsrpt"));
    }

    private HttpResponse<String> post(byte[] body, String mediaType, String... fields) throws Exception {
        HttpRequest.Builder request =
                request().header("Content-Type", mediaType).POST(BodyPublishers.ofByteArray(body));
        if (fields.length > 0) {
            request.headers(fields);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void aReportIsStoredBeforeItIsAnswered() throws Exception {
        var response = post(gzip(json("id1", "sts", "example.com")), "application/tlsrpt+gzip");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("report stored as 1\n");
        ReceivedReport report = store.receivedReports().read(1).orElseThrow();
        assertThat(report.arrival().way()).isEqualTo(ReceivedReport.Way.HTTPS);
        assertThat(report.arrival().source()).isEqualTo("127.0.0.1");
        var again = post(json("id1", "sts", "example.com"), "application/tlsrpt+json");
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo("report known already as 1\n");
    }

    @Test
    void otherMediaTypesThatAreSentAreTaken() throws Exception {
        byte[] json = json("id1", "sts", "example.com");
        assertThat(post(json, "application/json; charset=utf-8").statusCode()).isEqualTo(200);
        assertThat(post(gzip(json), "application/gzip").statusCode()).isEqualTo(200);
        assertThat(post(gzip(json), "application/json", "Content-Encoding", "gzip")
                        .statusCode())
                .isEqualTo(200);
        assertThat(post(gzip(json), "Application/TLSRPT+JSON").statusCode()).isEqualTo(200);
        assertThat(store.receivedReports().list(Query.ALL, Long.MAX_VALUE, 10)).hasSize(1);
    }

    @Test
    void whatIsNoReportOfOursIsRefusedInOneLine() throws Exception {
        var foreign = post(json("id1", "sts", "other.example"), "application/tlsrpt+json");
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(foreign.body()).contains("other.example").hasLineCount(1);
        var broken = post("{".getBytes(StandardCharsets.US_ASCII), "application/tlsrpt+json");
        assertThat(broken.statusCode()).isEqualTo(400);
        assertThat(broken.body()).hasLineCount(1);
        assertThat(post(json("id1", "sts", "example.com"), "text/html").statusCode())
                .isEqualTo(415);
        assertThat(post(json("id1", "sts", "example.com"), "application/tlsrpt+json", "Content-Encoding", "br")
                        .statusCode())
                .isEqualTo(415);
        assertThat(client.send(request().build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(405);
        var nothing = client.send(
                request()
                        .header("Content-Type", "application/tlsrpt+json")
                        .method("POST", BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
        assertThat(nothing.statusCode()).isIn(400, 411);
        assertThat(store.receivedReports().list(Query.ALL, Long.MAX_VALUE, 10)).isEmpty();
    }

    @Test
    void anOversizedReportIsRefused() throws Exception {
        assertThat(post(new byte[ReportIntake.MOST_OCTETS + 1], "application/tlsrpt+gzip")
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void troubleOfOursMakesTheSenderTryAgain() throws Exception {
        store.close();
        var response = post(json("id1", "sts", "example.com"), "application/tlsrpt+json");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("retry-after")).isPresent();
        assertThat(response.body()).hasLineCount(1).doesNotContain("Exception");
    }

    @Test
    void withoutDomainsThereIsNothing() {
        ReportReceiving none = ReportReceiving.of(
                new ReportReception(Optional.empty(), List.of(), true, Duration.ofDays(400)),
                store.receivedReports(),
                new org.gatepost.gateway.resolution.ScriptedResolver(),
                () -> TestReports.NOW);
        assertThat(none.post()).isEmpty();
        assertThat(none.mailbox()).isEmpty();
    }
}
