// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.interop.GatewaySettings.quoted;

import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// TLS reports that real programs hand in reach the store (spec R3), and nothing else gets through by that way.
@NeedsPeers
class ReportReceivingIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String ADDRESS = "reports@example.com";
    private static final String OWN_NAME = "gateway.senders.test";

    private static Scratch scratch;
    private static GatewayProcess gateway;
    private static ServerIdentity identity;

    @BeforeAll
    static void startGateway() {
        scratch = Scratch.create("report-gateway");
        identity = MiniInternet.shared().certificates().trusted(OWN_NAME);
        gateway = GatewayProcess.start(
                scratch,
                GatewaySettings.in(MiniInternet.shared())
                        .with("listen.permitted-networks", "[]")
                        .with("reports.address", quoted(ADDRESS))
                        .with("reports.domains", "[\"example.com\"]")
                        .with("reports.require-dkim", "false")
                        .with("http.addresses", "[\"127.30.0.1:0\"]")
                        .with("http.certificate-file", quoted(identity.chain().toString()))
                        .with("http.key-file", quoted(identity.key().toString())));
    }

    @AfterAll
    static void stopGateway() {
        gateway.close();
    }

    private static String list(String... options) {
        var command = GatewayProcess.command(
                "report", "list", "--config", scratch.path("gatepost.toml").toString());
        return new Command(command, scratch.folder(), java.util.Map.of(), LIMIT)
                .and(options)
                .run()
                .output();
    }

    @Test
    void aReportThatSwaksSendsIsStoredOnce() {
        var mail = ReportMessages.mail("swaks", "example.com");

        var first = Swaks.send(gateway.address(), "tls@sender.example", ADDRESS, mail);
        var again = Swaks.send(gateway.address(), "tls@sender.example", ADDRESS, mail);

        assertThat(first.transcript()).contains("250 2.0.0 report stored as");
        assertThat(again.transcript()).contains("250 2.0.0 report known already as");
        assertThat(list("--sender", "sender inc"))
                .contains("example.com: 7 good, 2 failed: certificate-expired 2", "DKIM none");
    }

    @Test
    void nothingElseGetsThroughByThatWay() {
        var mail = ReportMessages.mail("relay", "example.com");

        var elsewhere = Swaks.send(gateway.address(), "tls@sender.example", "someone@example.com", mail);
        var both = Swaks.send(gateway.address(), "tls@sender.example", ADDRESS + ",someone@" + "plain.test", mail);
        var foreign = Swaks.send(
                gateway.address(), "tls@sender.example", ADDRESS, ReportMessages.mail("foreign", "example.org"));
        var letter = Swaks.send(gateway.address(), "a@sender.example", ADDRESS, TestMessages.awkward("letter"));

        assertThat(elsewhere.transcript()).contains("550 5.7.1 relaying denied");
        assertThat(both.transcript()).contains("550 5.7.1 relaying denied");
        assertThat(foreign.transcript()).contains("550 5.7.1 TLS reports about example.org");
        assertThat(letter.transcript()).contains("554 5.6.0 this mailbox takes TLS reports only");
    }

    @Test
    void aReportThatPostfixRelaysIsStored() {
        try (var site = PostfixSender.start(Scratch.create("report-site"), gateway.address())) {
            var file = Scratch.create("report-message")
                    .writeOctets(
                            "message",
                            ReportMessages.mail("postfix", "example.com").replace("\r\n", "\n"));

            site.send("tls@sender.example", ADDRESS, file);

            gateway.awaitLog("report by mail from .*Stored", LIMIT);
            assertThat(list("--json")).contains("\"reportId\" : \"postfix\"");
        }
    }

    @Test
    void aReportThatCurlPostsIsStored() {
        var listening = Pattern.compile("listening for HTTPS on [0-9.]+:([0-9]+)");
        var line = listening.matcher(gateway.awaitLog("listening for HTTPS", LIMIT));
        assertThat(line.find()).isTrue();
        var port = line.group(1);
        var work = Scratch.create("curl");
        var file = work.writeOctets(
                "report",
                new String(ReportMessages.gzip("curl", "example.com"), java.nio.charset.StandardCharsets.ISO_8859_1));

        var posted = Command.of(work, "curl --silent --show-error --include --max-time 30")
                .and("--cacert", MiniInternet.shared().authorities().toString())
                .and("--resolve", OWN_NAME + ":" + port + ":127.30.0.1")
                .and("--header", "Content-Type: application/tlsrpt+gzip")
                .and("--data-binary", "@" + file)
                .and("https://" + OWN_NAME + ":" + port + "/tlsrpt")
                .run();

        assertThat(posted.output()).startsWith("HTTP/1.1 200 OK").contains("report stored as");
        assertThat(list("--json", "--rows", "10")).contains("\"reportId\" : \"curl\"", "\"way\" : \"https\"");
    }
}
