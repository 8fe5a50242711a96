// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.ConfigFile;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.resolution.LogLines;
import org.gatepost.gateway.resolution.StsPolicyCache;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.Spool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Starting and stopping. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GatewayTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final Path directory;

    GatewayTest(@TempDir Path directory) {
        this.directory = directory;
    }

    /// A gateway whose name server is a closed port.
    private GatewayConfig config(String addresses) throws Exception {
        Path file = directory.resolve("gatepost.toml");
        Files.writeString(file, """
                hostname = "gw.test"
                [listen]
                addresses = [%s]
                [spool]
                directory = "spool"
                [dns]
                upstreams = ["127.0.0.1:1"]
                timeout = "500ms"
                try-timeout = "100ms"
                """.formatted(addresses));
        return ConfigFile.read(file);
    }

    private Path spool() {
        return directory.resolve("spool");
    }

    private void enqueue() throws Exception {
        try (EmbeddedStore store = EmbeddedStore.open(spool());
                Spool.Draft draft = store.spool().draft()) {
            draft.content().write("Subject: hello\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            draft.commit(
                    new Envelope(
                            Optional.of(Mailbox.parse("anna@client.test")),
                            List.of(Mailbox.parse("bert@example.test")),
                            false,
                            false,
                            "test"),
                    Instant.EPOCH,
                    Instant.EPOCH);
        }
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
            return socket.getLocalPort();
        }
    }

    private List<Spool.Entry> queued() {
        try (EmbeddedStore store = EmbeddedStore.open(spool())) {
            return store.spool().list(new MessageId(0), 10);
        }
    }

    /// Mail must not go out from a gateway that did not start, and what it held must be free again.
    /// Spec S4: a remembered policy is refreshed without any mail flowing.
    @Test
    void rememberedPoliciesAreRefreshedFromTheStartOn() throws Exception {
        try (EmbeddedStore store = EmbeddedStore.open(spool())) {
            store.policyMemory()
                    .remember(new PolicyMemory.Remembered(
                            DomainName.parse("example.test"),
                            "1",
                            "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 604800\n",
                            Instant.now(),
                            Instant.parse("2100-01-01T00:00:00Z"),
                            Instant.now(),
                            Optional.of(Instant.EPOCH)));
        }
        try (LogLines log = LogLines.of(StsPolicyCache.class);
                Gateway gateway = Gateway.start(config("\"127.0.0.1:0\""), Gateway.Environment.system())) {
            assertThat(gateway.smtpAddresses()).isNotEmpty();
            assertThat(log.next())
                    .startsWith(
                            "WARN mta-sts example.test: the policy cannot be refreshed and stays in force until 2100");
        }
    }

    @Test
    void startThatFailsLeavesNothingRunningAndNothingDone() throws Exception {
        enqueue();
        int port = freePort();
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            GatewayConfig config = config("\"127.0.0.1:" + port + "\", \"127.0.0.1:" + taken.getLocalPort() + "\"");

            assertThatThrownBy(() -> Gateway.start(config, Gateway.Environment.system()))
                    .isInstanceOf(ConfigProblem.class)
                    .hasMessageContaining("listen.addresses")
                    .hasMessageContaining(String.valueOf(taken.getLocalPort()));

            try (ServerSocket again = new ServerSocket()) {
                again.setReuseAddress(true);
                again.bind(new InetSocketAddress(LOOPBACK, port));
                assertThat(again.isBound()).isTrue();
            }
        }
        assertThat(queued())
                .singleElement()
                .satisfies(entry -> assertThat(entry.recipients())
                        .singleElement()
                        .satisfies(recipient -> assertThat(recipient.attempts()).isZero()));
    }

    @Test
    void spoolInUseIsOneClearLine() throws Exception {
        try (EmbeddedStore _ = EmbeddedStore.open(spool())) {
            GatewayConfig config = config("\"127.0.0.1:0\"");

            assertThatThrownBy(() -> Gateway.start(config, Gateway.Environment.system()))
                    .isInstanceOf(ConfigProblem.class)
                    .hasMessageStartingWith("spool.directory: ")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void stopEndsIdleClientsFreesTheSpoolAndMayBeRepeated() throws Exception {
        Gateway gateway = Gateway.start(config("\"127.0.0.1:0\""), Gateway.Environment.system());
        try (Socket client = new Socket()) {
            client.connect(gateway.smtpAddresses().getFirst());
            var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(in.readLine()).startsWith("220 gw.test");

            gateway.close();
            gateway.close();

            assertThat(in.readLine()).isNull();
        }
        assertThat(queued()).isEmpty();
    }

    @Test
    void messageAcceptedBeforeTheStopIsThereAfterIt() throws Exception {
        try (Gateway gateway = Gateway.start(config("\"127.0.0.1:0\""), Gateway.Environment.system());
                Socket client = new Socket()) {
            client.connect(gateway.smtpAddresses().getFirst());
            var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            in.readLine();
            for (String line : List.of(
                    "HELO client.test",
                    "MAIL FROM:<anna@client.test>",
                    "RCPT TO:<bert@example.test>",
                    "DATA",
                    "Subject: hello\r\n\r\nbody\r\n.")) {
                client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
                assertThat(in.readLine()).containsPattern("^[23]");
            }
        }
        assertThat(queued()).hasSize(1);
    }
}
