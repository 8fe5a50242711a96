// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.gatepost.names.DomainName;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// OpenSSL's own client and server as peers that share no code with ours.
@ParameterizedClass
@EnumSource(names = {"NATIVE", "JSSE"})
class OpenSslPeerTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final DomainName NAME = DomainName.parse("mx.example.com");

    @TempDir
    private Path folder;

    private final TlsProvider provider;
    private final Issued leaf =
            new TestPki.Certificate("CN=mx").names("mx.example.com").issue();
    private final List<Process> processes = new ArrayList<>();

    OpenSslPeerTest(TlsProvider provider) {
        this.provider = provider;
    }

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    private static boolean installed() {
        try {
            return new ProcessBuilder("openssl", "version").start().waitFor() == 0;
        } catch (IOException | InterruptedException e) {
            System.out.println("openssl not present: tests with OpenSSL as peer did not run");
            return false;
        }
    }

    private Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        processes.add(process);
        // Ends every wait for its output should it hang.
        Thread.startVirtualThread(() -> endAfterAMinute(process));
        return process;
    }

    private static void endAfterAMinute(Process process) {
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }

    private record Server(BufferedReader output, OutputStream typed, Socket socket) {}

    /// An s_server that listens where it likes and says so.
    private Server server(String... options) throws IOException {
        Path certificate = TestPki.write(folder, "cert.pem", TestPki.pem(leaf.certificate()));
        Path key = TestPki.write(
                folder, "key.pem", TestPki.pem("PRIVATE KEY", leaf.key().getEncoded()));
        List<String> command = new ArrayList<>(
                List.of("openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate.toString()));
        Collections.addAll(command, "-key", key.toString());
        Collections.addAll(command, options);
        Process process = start(command.toArray(new String[0]));
        var output = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
        String line = awaitLine(output, "ACCEPT ");
        int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(30_000);
        return new Server(output, process.getOutputStream(), socket);
    }

    private static String awaitLine(BufferedReader output, String text) throws IOException {
        List<String> seen = new ArrayList<>();
        while (true) {
            String line = output.readLine();
            if (line == null) {
                throw new AssertionError("the peer ended without saying '" + text + "': " + seen);
            }
            if (line.contains(text)) {
                return line;
            }
            seen.add(line);
        }
    }

    private static void type(OutputStream typed, String text) throws IOException {
        typed.write(text.getBytes(US_ASCII));
        typed.flush();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void ourClientTalksToItsServer(String version) throws Exception {
        if (!installed()) {
            return;
        }
        Server server = server(version, "-rev", "-num_tickets", "3");
        try (TlsChannel channel = provider.client().handshake(server.socket(), NAME, LIMIT)) {
            assertThat(channel.facts().chain()).containsExactly(leaf.certificate());
            channel.output().write("olleh\n".getBytes(US_ASCII));
            assertThat(new String(channel.input().readNBytes(6), US_ASCII)).isEqualTo("hello\n");
        }
    }

    @Test
    void ourClientAnswersKeyUpdates() throws Exception {
        if (!installed()) {
            return;
        }
        Server server = server("-tls1_3");
        try (TlsChannel channel = provider.client().handshake(server.socket(), NAME, LIMIT)) {
            for (int round = 0; round < 3; round++) {
                // A line of one capital K asks for new keys of both sides. It looks at what is typed before it looks
                // at the network, so it has seen the K when it shows our line.
                type(server.typed(), "K\n");
                channel.output().write(("up " + round + "\n").getBytes(US_ASCII));
                awaitLine(server.output(), "up " + round);
                type(server.typed(), "down " + round + "\n");
                assertThat(new String(channel.input().readNBytes(7), US_ASCII)).isEqualTo("down " + round + "\n");
            }
        }
    }

    @Test
    void ourClientRefusesRenegotiation() throws Exception {
        if (!installed()) {
            return;
        }
        Server server = server("-tls1_2");
        TlsChannel channel = provider.client().handshake(server.socket(), NAME, LIMIT);
        type(server.typed(), "r\n");
        assertThatThrownBy(() -> channel.input().read())
                .hasMessage("the TLS connection broke (alert sent: no_renegotiation)");
        assertThat(server.socket().isClosed()).isTrue();
    }

    /// It sees that TLS 1.1 is not among our versions, and says so by an alert that does not tell its own.
    @Test
    void anOldServerIsTooOld() throws Exception {
        if (!installed()) {
            return;
        }
        Server server = server("-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
        assertThatThrownBy(() -> provider.client().handshake(server.socket(), NAME, LIMIT))
                .isInstanceOfSatisfying(
                        HandshakeException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(HandshakeException.Kind.VERSION_TOO_OLD));
    }

    private Process client(int port, String... options) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port, "-state"));
        Collections.addAll(command, options);
        return start(command.toArray(new String[0]));
    }

    private static String rest(InputStream in) throws IOException {
        return new String(in.readAllBytes(), US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void ourServerTalksToItsClientAndSendsNoTicket(String version) throws Exception {
        if (!installed()) {
            return;
        }
        TlsServer tlsServer = TlsServer.of(List.of(leaf.certificate()), leaf.key(), provider);
        try (ServerSocket listener = Loopback.listener()) {
            Process process = client(listener.getLocalPort(), version, "-noservername");
            Socket socket = listener.accept();
            socket.setSoTimeout(30_000);
            try (TlsChannel channel = tlsServer.handshake(socket, LIMIT)) {
                type(process.getOutputStream(), "hello\n");
                assertThat(new String(channel.input().readNBytes(6), US_ASCII)).isEqualTo("hello\n");
                channel.output().write("olleh\n".getBytes(US_ASCII));
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(rest(process.getInputStream()))
                    .contains("olleh", "CN = mx")
                    .doesNotContainIgnoringCase("session ticket")
                    .doesNotContain("Post-Handshake");
        }
    }

    @Test
    void ourServerAnswersKeyUpdatesAndRefusesRenegotiation() throws Exception {
        if (!installed()) {
            return;
        }
        TlsServer tlsServer = TlsServer.of(List.of(leaf.certificate()), leaf.key(), provider);
        try (ServerSocket listener = Loopback.listener()) {
            Process updating = client(listener.getLocalPort(), "-tls1_3");
            Socket first = listener.accept();
            first.setSoTimeout(30_000);
            try (TlsChannel channel = tlsServer.handshake(first, LIMIT)) {
                var output = new BufferedReader(new InputStreamReader(updating.getInputStream(), US_ASCII));
                type(updating.getOutputStream(), "K\n");
                awaitLine(output, "KEYUPDATE");
                type(updating.getOutputStream(), "after\n");
                assertThat(new String(channel.input().readNBytes(6), US_ASCII)).isEqualTo("after\n");
            }
            Process renegotiating = client(listener.getLocalPort(), "-tls1_2");
            Socket second = listener.accept();
            second.setSoTimeout(30_000);
            TlsChannel channel = tlsServer.handshake(second, LIMIT);
            type(renegotiating.getOutputStream(), "R\n");
            assertThatThrownBy(() -> channel.input().read())
                    .hasMessage("the TLS connection broke (alert sent: no_renegotiation)");
            assertThat(second.isClosed()).isTrue();
        }
    }
}
