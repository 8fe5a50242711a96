// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.GatewayConfig.Limits;
import org.gatepost.gateway.config.GatewayConfig.ReportReception;
import org.gatepost.gateway.config.Network;
import org.gatepost.gateway.reports.receiving.ReportReceiving;
import org.gatepost.gateway.reports.receiving.TestReports;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.ReceivedReports.Query;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS reports by mail over real sockets (spec R3): anybody may send them, and nothing else becomes possible by it. The
/// time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReportReceptionTest {
    private static final String REPORTS = "RCPT TO:<reports@example.com>";
    private static final String PARTNER = "RCPT TO:<bert@partner.example>";

    private final TestReports sender = new TestReports();
    private final EmbeddedStore store;
    private List<Network> permitted = List.of();
    private SmtpListener listener;

    ReportReceptionTest(@TempDir Path directory) throws Exception {
        store = EmbeddedStore.open(directory);
        listener = listen();
    }

    @AfterEach
    void end() throws IOException {
        listener.close();
        listener.abort();
        store.close();
    }

    private SmtpListener listen() throws IOException {
        ReportReceiving receiving = ReportReceiving.of(
                new ReportReception(
                        Optional.of(Mailbox.parse("reports@example.com")),
                        List.of(DomainName.parse("example.com")),
                        true,
                        Duration.ofDays(400)),
                store.receivedReports(),
                sender.resolver(),
                () -> TestReports.NOW);
        var limits = new Limits(10, 10, 50_000_000, 100, 5, Duration.ofSeconds(30), Duration.ofSeconds(30));
        DomainName name = DomainName.parse("gw.test");
        var intake = new MessageIntake(
                name,
                permitted,
                Optional.empty(),
                5,
                store.spool(),
                () -> TestReports.NOW,
                () -> {},
                receiving.mailbox());
        return SmtpListener.start(
                SmtpListener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0)),
                new SmtpListener.ReceptionParts(name, limits, Optional.empty(), intake));
    }

    private void permitLoopback() throws IOException {
        listener.close();
        listener.abort();
        permitted = List.of(Network.parse("127.0.0.0/8"));
        listener = listen();
    }

    private final class Client implements AutoCloseable {
        private final Socket socket = new Socket();
        private final BufferedReader in;

        Client() throws IOException {
            socket.connect(listener.address());
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            reply();
            ask("EHLO client.test");
            ask("MAIL FROM:<tls@sender.example>");
        }

        String reply() throws IOException {
            String line = in.readLine();
            while (line.charAt(3) == '-') {
                line = in.readLine();
            }
            return line;
        }

        String ask(String text) throws IOException {
            socket.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return reply();
        }

        String message(String text) throws IOException {
            assertThat(ask("DATA")).startsWith("354");
            return ask(text + ".");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private String signedReport(String id) {
        return sender.signedMail(TestReports.gzip(TestReports.json(id, "sts", "example.com")));
    }

    private int stored() {
        return store.receivedReports().list(Query.ALL, Long.MAX_VALUE, 10).size();
    }

    private int queued() {
        return store.spool().list(new MessageId(0), 10).size();
    }

    @Test
    void aStrangersReportIsTakenAndNotRelayed() throws Exception {
        try (Client client = new Client()) {
            assertThat(client.ask("RCPT TO:<Reports@EXAMPLE.com>")).startsWith("250 2.1.5");
            assertThat(client.message(signedReport("id1"))).isEqualTo("250 2.0.0 report stored as 1");
            client.ask("MAIL FROM:<>");
            client.ask(REPORTS);
            assertThat(client.message(signedReport("id1"))).isEqualTo("250 2.0.0 report known already as 1");
        }
        assertThat(stored()).isEqualTo(1);
        assertThat(queued()).isZero();
    }

    @Test
    void aStrangerStillCannotRelay() throws Exception {
        try (Client client = new Client()) {
            assertThat(client.ask(PARTNER)).startsWith("550 5.7.1");
            assertThat(client.ask(REPORTS)).startsWith("250");
            assertThat(client.ask(PARTNER)).startsWith("550 5.7.1");
            assertThat(client.ask("RCPT TO:<other@example.com>")).startsWith("550 5.7.1");
            assertThat(client.ask("RCPT TO:<reports@partner.example>")).startsWith("550 5.7.1");
            assertThat(client.ask("RCPT TO:<reports@[127.0.0.1]>")).startsWith("550");
            assertThat(client.message(signedReport("id1"))).startsWith("250 2.0.0 report stored");
        }
        assertThat(queued()).isZero();
    }

    @Test
    void aReportComesAloneInItsTransaction() throws Exception {
        permitLoopback();
        try (Client client = new Client()) {
            assertThat(client.ask(REPORTS)).startsWith("250");
            assertThat(client.ask(PARTNER)).startsWith("452 4.5.3");
            assertThat(client.message(signedReport("id1"))).startsWith("250 2.0.0 report stored");
            client.ask("MAIL FROM:<anna@client.test>");
            assertThat(client.ask(PARTNER)).startsWith("250");
            assertThat(client.ask(REPORTS)).startsWith("452 4.5.3");
            assertThat(client.message("Subject: hello\r\n\r\nbody\r\n")).startsWith("250 2.0.0 queued");
        }
        assertThat(stored()).isEqualTo(1);
        assertThat(queued()).isEqualTo(1);
    }

    @Test
    void aTransactionThatWasGivenUpLeavesNothing() throws Exception {
        permitLoopback();
        try (Client client = new Client()) {
            client.ask(REPORTS);
            client.ask("RSET");
            client.ask("MAIL FROM:<anna@client.test>");
            assertThat(client.ask(PARTNER)).startsWith("250");
            assertThat(client.message("Subject: hello\r\n\r\nbody\r\n")).startsWith("250 2.0.0 queued");
        }
        assertThat(stored()).isZero();
    }

    @Test
    void whatIsRefusedIsRefusedBeforeTheClientLetsGoOfIt() throws Exception {
        try (Client client = new Client()) {
            client.ask(REPORTS);
            assertThat(client.message(
                            TestReports.mail(TestReports.gzip(TestReports.json("id1", "sts", "example.com")))))
                    .startsWith("550 5.7.20 ");
            client.ask("MAIL FROM:<tls@sender.example>");
            client.ask(REPORTS);
            assertThat(client.message("Subject: hello\r\n\r\nbody\r\n")).startsWith("554 5.6.0 ");
            assertThat(client.ask("NOOP")).startsWith("250");
        }
        assertThat(stored()).isZero();
    }

    @Test
    void anOversizedReportIsRefusedEarlyWhereItIsAnnouncedAndElseAtItsEnd() throws Exception {
        try (Client client = new Client()) {
            client.ask("RSET");
            client.ask("MAIL FROM:<tls@sender.example> SIZE=20000000");
            assertThat(client.ask(REPORTS)).startsWith("552 5.3.4");
            client.ask("RSET");
            client.ask("MAIL FROM:<tls@sender.example>");
            client.ask(REPORTS);
            String line = "x".repeat(998) + "\r\n";
            assertThat(client.message("Subject: large\r\n\r\n" + line.repeat(11_000)))
                    .startsWith("552 5.3.4");
            assertThat(client.ask("NOOP")).startsWith("250");
        }
    }
}
