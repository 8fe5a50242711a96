// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.gatepost.gateway.net.Acceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The server over real sockets. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpListenerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(300);

    private final TestIdentity identity = new TestIdentity();
    private final OctetBudget budget = new OctetBudget(1_000_000);
    private final List<HttpListener> listeners = new ArrayList<>();

    HttpListenerTest() throws Exception {}

    @AfterEach
    void end() throws IOException {
        for (HttpListener listener : listeners) {
            listener.close();
            listener.abort();
        }
    }

    private HttpListener listen(HttpLimits limits, HttpRoutes routes) throws IOException {
        HttpListener listener = HttpListener.start(
                Acceptor.bind(ANY_PORT),
                new HttpListener.Parts(identity.server(), limits, routes, () -> Instant.parse("2026-11-28T09:30:00Z")));
        listeners.add(listener);
        return listener;
    }

    private HttpListener listen() throws IOException {
        return listen(new HttpLimits(10, 10, LONG, LONG, LONG, LONG), echo());
    }

    private HttpRoutes echo() {
        return HttpRoutes.builder()
                .on("POST", "/echo", request -> {
                    try (OctetBudget.Share share = budget.share()) {
                        return HttpResponse.text(
                                200, new String(request.content().read(1000, share), StandardCharsets.UTF_8));
                    }
                })
                .on("GET", "/hello", request -> HttpResponse.text(200, "hello"))
                .on("GET", "/defect", request -> {
                    throw new IllegalStateException("secret");
                })
                .build();
    }

    private HttpClient client() throws Exception {
        return HttpClient.newBuilder().sslContext(identity.client()).build();
    }

    private static java.net.http.HttpRequest.Builder to(HttpListener listener, String path) {
        return java.net.http.HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:" + listener.address().getPort() + path));
    }

    private SSLSocket connect(HttpListener listener) throws Exception {
        SSLContext context = identity.client();
        return (SSLSocket) context.getSocketFactory()
                .createSocket(
                        InetAddress.ofLiteral("127.0.0.1"), listener.address().getPort());
    }

    private static String exchange(SSLSocket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void anOrdinaryClientIsServedRequestAfterRequest() throws Exception {
        HttpListener listener = listen();
        try (HttpClient client = client()) {
            for (int i = 0; i < 3; i++) {
                var response = client.send(
                        to(listener, "/echo")
                                .POST(BodyPublishers.ofString("body " + i))
                                .build(),
                        BodyHandlers.ofString());
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
                assertThat(response.body()).isEqualTo("body " + i + "\n");
                assertThat(response.headers().firstValue("server")).contains("Gatepost");
                assertThat(response.headers().firstValue("date")).contains("Sat, 28 Nov 2026 09:30:00 GMT");
            }
        }
        assertThat(listener.connections()).isLessThanOrEqualTo(1);
    }

    @Test
    void wrongPathsMethodsAndDefectsAreAnsweredShortly() throws Exception {
        HttpListener listener = listen();
        try (HttpClient client = client()) {
            assertThat(client.send(to(listener, "/").build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(404);
            var method = client.send(to(listener, "/echo").build(), BodyHandlers.ofString());
            assertThat(method.statusCode()).isEqualTo(405);
            assertThat(method.headers().firstValue("allow")).contains("POST");
            var defect = client.send(to(listener, "/defect").build(), BodyHandlers.ofString());
            assertThat(defect.statusCode()).isEqualTo(500);
            assertThat(defect.body()).doesNotContain("secret").doesNotContain("at org");
        }
    }

    @Test
    void headGetsTheFieldsWithoutTheContent() throws Exception { // RFC 9110 §9.3.2
        HttpListener listener = listen();
        try (SSLSocket socket = connect(listener)) {
            assertThat(exchange(socket, "HEAD /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("Content-Length: 6\r\n")
                    .endsWith("Connection: close\r\n\r\n");
        }
    }

    @Test
    void aClientThatWaitsIsToldToGoOn() throws Exception { // RFC 9110 §10.1.1
        HttpListener listener = listen();
        try (SSLSocket socket = connect(listener)) {
            socket.getOutputStream()
                    .write("POST /echo HTTP/1.1|Host: h|Expect: 100-continue|Connection: close|Content-Length: 2||"
                            .replace("|", "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] word = socket.getInputStream().readNBytes(25);
            assertThat(new String(word, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(exchange(socket, "ok")).startsWith("HTTP/1.1 200 OK").endsWith("\r\n\r\nok\n");
        }
    }

    @Test
    void whatFollowsABodyThatWasNotReadIsNoRequest() throws Exception { // RFC 9112 §11.2
        HttpListener listener = listen();
        try (SSLSocket socket = connect(listener)) {
            String smuggled = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
            String answer = exchange(
                    socket,
                    "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: " + smuggled.length() + "\r\n\r\n"
                            + smuggled);
            assertThat(answer).startsWith("HTTP/1.1 404").doesNotContain("hello\n");
        }
    }

    @Test
    void anOversizedBodyIsRefusedBeforeItIsSent() throws Exception {
        HttpListener listener = listen();
        try (SSLSocket socket = connect(listener)) {
            assertThat(exchange(socket, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n"))
                    .startsWith("HTTP/1.1 413 ")
                    .contains("Connection: close");
        }
    }

    @Test
    void clearTextIsNotUnderstood() throws Exception {
        HttpListener listener = listen();
        try (Socket socket = new Socket()) {
            socket.connect(listener.address());
            socket.getOutputStream()
                    .write("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(readAll(socket)).doesNotContain("hello");
        }
    }

    @Test
    void nothingBelowTls12IsSpoken() throws Exception {
        HttpListener listener = listen();
        try (SSLSocket socket = connect(listener)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
        }
        // By hand, for the JDK's client refuses to ask for less.
        try (Socket socket = new Socket(
                InetAddress.ofLiteral("127.0.0.1"), listener.address().getPort())) {
            byte[] hello = HexFormat.of()
                    .parseHex("160301002d" + "01000029" + "0302" + "5a".repeat(32) + "00" + "0002c009" + "0100");
            socket.getOutputStream().write(hello);
            assertThat(socket.getInputStream().readAllBytes())
                    .as("fatal alert: protocol version")
                    .endsWith(2, 70)
                    .startsWith(21);
        }
    }

    /// Each octet comes in time, all of them do not: only a limit over the whole head ends that.
    @Test
    void aClientThatDripsItsHeaderIsCutOff() throws Exception {
        HttpListener listener = listen(new HttpLimits(10, 10, LONG, SHORT, LONG, LONG), echo());
        try (SSLSocket socket = connect(listener)) {
            socket.startHandshake();
            dripUntilClosed(socket, "GET /hello HTTP/1.1\r\nHost: h\r\nX: ");
        }
        awaitNoConnections(listener);
    }

    @Test
    void aClientThatDripsItsBodyIsCutOff() throws Exception {
        HttpListener listener = listen(new HttpLimits(10, 10, LONG, LONG, SHORT, LONG), echo());
        try (SSLSocket socket = connect(listener)) {
            socket.startHandshake();
            dripUntilClosed(socket, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n");
        }
        awaitNoConnections(listener);
    }

    @Test
    void aClientThatNeverShakesHandsIsCutOff() throws Exception {
        HttpListener listener = listen(new HttpLimits(1, 1, SHORT, LONG, LONG, LONG), echo());
        try (Socket silent = new Socket()) {
            silent.connect(listener.address());
            assertThat(readAll(silent)).isEmpty();
        }
        awaitServed(listener);
    }

    @Test
    void oneConnectionTooManyIsClosedAndItsPlaceIsFreeLater() throws Exception {
        HttpListener listener = listen(new HttpLimits(10, 1, LONG, LONG, LONG, LONG), echo());
        try (SSLSocket first = connect(listener)) {
            first.startHandshake();
            try (Socket second = new Socket()) {
                second.connect(listener.address());
                assertThat(readAll(second)).isEmpty();
            }
        }
        awaitServed(listener);
    }

    @Test
    void aStopWaitsForTheRequestBeingServedAndEndsIdleConnections() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        HttpListener listener = listen(
                new HttpLimits(10, 10, LONG, LONG, LONG, LONG),
                HttpRoutes.builder()
                        .on("GET", "/slow", request -> {
                            inside.countDown();
                            try {
                                goOn.await();
                            } catch (InterruptedException e) {
                                throw new IOException(e);
                            }
                            return HttpResponse.text(200, "done");
                        })
                        .build());
        try (SSLSocket idle = connect(listener);
                SSLSocket busy = connect(listener)) {
            idle.startHandshake();
            busy.getOutputStream().write("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            inside.await();
            listener.close();
            assertThat(listener.drain(Duration.ZERO)).isFalse();
            goOn.countDown();
            assertThat(new String(busy.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 200 OK")
                    .contains("Connection: close");
            assertThat(listener.drain(LONG)).isTrue();
        }
    }

    private static String readAll(Socket socket) throws IOException {
        try {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (SocketException e) {
            return "";
        }
    }

    private static void dripUntilClosed(SSLSocket socket, String begin) throws Exception {
        Thread reader = Thread.ofVirtual().start(() -> {
            try (InputStream in = socket.getInputStream()) {
                in.readAllBytes();
            } catch (IOException e) {
                // Closed by the server, which is what is waited for.
            }
        });
        try {
            socket.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
            while (reader.isAlive()) {
                socket.getOutputStream().write('x');
                Thread.sleep(20);
            }
        } catch (IOException e) {
            reader.join();
        }
    }

    private static void awaitNoConnections(HttpListener listener) throws InterruptedException {
        while (listener.connections() > 0) {
            Thread.sleep(5);
        }
    }

    /// Until the place of the connection before is free again.
    private void awaitServed(HttpListener listener) throws Exception {
        while (true) {
            try (SSLSocket socket = connect(listener)) {
                if (exchange(socket, "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                        .contains("hello")) {
                    return;
                }
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
    }
}
