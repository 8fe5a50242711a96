// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.gatepost.cli.demo.LabGateway;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.config.ConfigFile;
import org.gatepost.lab.Lab;
import org.gatepost.lab.MxHost;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.gatepost.lab.SenderSide;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.MailTransaction;
import org.gatepost.smtp.SmtpClientSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Connectors in the lab (O4, O6), with real TLS, DNSSEC and policy hosts: what `explain` says, and where mail
/// goes. The hosts of the scenarios serve as relays and as partners; recipients below `relayed.test` exist
/// nowhere.
class ConnectorLabTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// One connector for each case; the name is that of its first domain.
    private static final String TABLES = Stream.of(
                    table("by-dane.relayed.test", "smart-hosts = ['[mx1.dane-311.test]:PORT']"),
                    table("by-sts.relayed.test", "smart-hosts = ['sts-good.test']"),
                    table("by-forger.relayed.test", "smart-hosts = ['[mx1.dane-mismatch.test]']"),
                    table("by-none.relayed.test", "smart-hosts = ['absent.test', '[mx1.absent.test]']"),
                    table(
                            "by-second.relayed.test",
                            "smart-hosts = ['[mx1.dane-mismatch.test]', '[mx1.dane-311.test]']"),
                    table("plain-clear.test", "tls = 'encryption'"),
                    table("plain-self-signed.test", "tls = 'encryption'"),
                    table("plain-expired.test", "tls = 'certificate-validation'"),
                    table("plain-tls.test", "tls = 'domain-validation'", "tls-name = '*.plain-tls.test'"),
                    table("sender-side-only.test", "tls = 'domain-validation'", "tls-name = 'mx2.plain-tls.test'"),
                    table("dane-no-tlsa.test", "dane = 'mandatory'"),
                    table("dane-301.test", "dane = 'mandatory'"),
                    table("sts-testing-untrusted.test", "mta-sts = 'mandatory'"),
                    table("both-good.test", "mta-sts = 'mandatory'", "dane = 'mandatory'"),
                    table("both-sts-fails.test", "dane-suffices = true"),
                    table(
                            "dane-mismatch.test",
                            "dane = 'none'",
                            "reason = 'their key is lost'",
                            "expires = 2999-12-31"),
                    table(
                            "dane-stripped.test",
                            "dane = 'none'",
                            "reason = 'their TLS is broken'",
                            "expires = 2020-01-31"),
                    table(
                            "plain-handshake-broken.test",
                            "tls = 'none'",
                            "dane = 'none'",
                            "mta-sts = 'none'",
                            "reason = 'no TLS there'",
                            "expires = 2999-12-31"))
            .reduce("", String::concat);

    private record Must(String domain, String outcome, String says) {}

    private static final List<Must> MUSTS = List.of(
            new Must("by-dane.relayed.test", "", "tlsa: satisfied"),
            new Must("by-sts.relayed.test", "", "sts: satisfied"),
            new Must("by-forger.relayed.test", "C8", "smart host: [mx1.dane-mismatch.test]"),
            new Must("by-none.relayed.test", "G10", "550 5.4.4 Unable to route: smart host 'absent.test'"),
            new Must("by-second.relayed.test", "", "Next hop [mx1.dane-311.test]"),
            new Must("plain-clear.test", "G6", "550 5.7.4 TLS is required by a connector"),
            new Must("plain-self-signed.test", "", "connector: satisfied"),
            new Must("plain-expired.test", "G7", "550 5.7.320 Certificate validation failed. Reason: expired"),
            new Must("plain-tls.test", "", "connector: satisfied: trusted for *.plain-tls.test"),
            new Must("sender-side-only.test", "G7", "Certificate validation failed. Reason: name-mismatch"),
            new Must("dane-no-tlsa.test", "G8", "demands DANE; host mx1.dane-no-tlsa.test: no-tlsa-records"),
            new Must("dane-301.test", "", "tlsa: satisfied"),
            new Must(
                    "sts-testing-untrusted.test",
                    "G9",
                    "demands MTA-STS; sts-testing-untrusted.test: the policy has mode testing"),
            new Must("both-good.test", "", "sts: satisfied"),
            new Must("both-sts-fails.test", "", "sts: fails, not enforced"),
            new Must("dane-mismatch.test", "", "exemption: until 2999-12-31: their key is lost"),
            new Must("dane-stripped.test", "C6", "exemption: over since 2020-01-31, the usual is demanded"),
            new Must("plain-handshake-broken.test", "", "TLS is switched off by the connector"));

    @SuppressWarnings("NullAway.Init")
    private static Lab lab;

    @SuppressWarnings("NullAway.Init")
    private static Path config;

    private static String table(String domain, String... lines) {
        return "\n[[connector]]\nname = '" + domain + "'\ndomains = ['" + domain + "']\n" + String.join("\n", lines)
                + "\n";
    }

    /// The domains that have a connector in [#writeConfig].
    static List<String> domains() {
        return MUSTS.stream().map(Must::domain).toList();
    }

    /// Writes a configuration with the connectors, and with patience where the machine has others to serve.
    static Path writeConfig(Lab lab, Path folder) throws IOException {
        Path file = LabGateway.writeConfig(lab, folder, SenderSide.DANE_AND_MTA_STS);
        String text = Files.readString(file)
                .replace("\ntimeout = \"5s\"", "\ntimeout = \"30s\"")
                .replace("lifetime = \"6s\"", "lifetime = \"1h\"");
        return Files.writeString(file, text + TABLES.replace("PORT", Integer.toString(lab.smtpPort())));
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        List<Scenario> scenarios = Scenarios.all().stream()
                .filter(scenario -> !scenario.primed())
                .filter(scenario -> TABLES.contains(scenario.domain().toString()))
                .toList();
        lab = Lab.start(folder, scenarios, InstantSource.system());
        config = writeConfig(lab, folder);
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    @TestFactory
    List<DynamicTest> anExplanationNamesTheConnectorAndWhatItDemands() {
        return MUSTS.stream()
                .map(must -> DynamicTest.dynamicTest(must.domain(), () -> {
                    CommandRun run =
                            CommandRun.of("explain", "--config", config.toString(), "--connect", must.domain());
                    assertThat(run.err()).isEmpty();
                    assertThat(run.out())
                            .contains("Connector " + must.domain() + "\n")
                            .contains(must.says());
                    assertThat(run.status()).isEqualTo(must.outcome().isEmpty() ? 0 : 1);
                    CommandRun json = CommandRun.of(
                            "explain", "--config", config.toString(), "--connect", "--json", must.domain());
                    assertThat(json.out())
                            .contains(
                                    must.outcome().isEmpty()
                                            ? "\"action\" : \"deliver\""
                                            : "\"outcome\" : \"" + must.outcome() + "\"");
                }))
                .toList();
    }

    @Test
    void domainsWithoutConnectorAreExplainedAsEver() {
        assertThat(CommandRun.of("explain", "--config", config.toString(), "dane-311.test")
                        .out())
                .doesNotContain("onnector");
    }

    @Test
    void endedExemptionsAreToldWhenTheConfigurationIsChecked() {
        CommandRun run = CommandRun.of("config", "check", "--config", config.toString());
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .isEqualTo(
                        "warning: connector 'dane-stripped.test': the exemption is over since 2020-01-31 (their TLS is"
                                + " broken); the usual is demanded again\nthe configuration is fine\n");
    }

    private static MxHost host(String name) {
        return lab.allHosts()
                .filter(host -> host.name().toString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static boolean has(String host, String recipient) {
        return host(host).inbox().messages().stream()
                .anyMatch(message -> message.forwardPaths().contains(recipient));
    }

    @Test
    void mailGoesWhereTheConnectorSaysOrWaits() throws Exception {
        Map<String, String> outcomes = new ConcurrentHashMap<>();
        List<String> recipients =
                domains().stream().map(domain -> "bob@" + domain).toList();
        try (Gateway gateway = Gateway.start(
                ConfigFile.read(config),
                new Gateway.Environment(
                        InstantSource.system(),
                        new Random(1),
                        (message, recipient, result, step) ->
                                outcomes.putIfAbsent(recipient.toString(), step.toString())))) {
            submit(gateway.smtpAddresses().getFirst(), recipients);
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (outcomes.size() < recipients.size()) {
                assertThat(System.nanoTime()).as("in time: " + outcomes).isLessThan(end);
                Thread.sleep(20);
            }
        }
        for (Must must : MUSTS) {
            assertThat(outcomes.get("bob@" + must.domain()))
                    .as(must.domain())
                    .isEqualTo(must.outcome().isEmpty() ? "DELIVERED" : "DEFERRED");
        }
        assertThat(has("mx1.dane-311.test", "bob@by-dane.relayed.test")).isTrue();
        assertThat(has("mx1.dane-311.test", "bob@by-second.relayed.test")).isTrue();
        assertThat(has("mx1.sts-good.test", "bob@by-sts.relayed.test")).isTrue();
        assertThat(has("mx1.dane-mismatch.test", "bob@by-forger.relayed.test")).isFalse();
    }

    private static void submit(InetSocketAddress address, List<String> recipients) throws IOException {
        byte[] content = "Subject: hello\r\n\r\nbody\r\n".getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            SmtpClientSession smtp = SmtpClientSession.open(socket.getInputStream(), socket.getOutputStream());
            smtp.ehlo("client.sender.test");
            var result = smtp.transfer(new MailTransaction(
                    Optional.empty(),
                    recipients.stream().map(Mailbox::parse).toList(),
                    content.length,
                    false,
                    true,
                    () -> new ByteArrayInputStream(content)));
            assertThat(result.forRecipient(0).isPositive()).isTrue();
            smtp.quit();
        }
    }
}
