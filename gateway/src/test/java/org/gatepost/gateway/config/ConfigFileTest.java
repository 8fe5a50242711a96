// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.gatepost.gateway.config.GatewayConfig.DkimKeyFile;
import org.gatepost.gateway.config.GatewayConfig.Mode;
import org.gatepost.gateway.config.GatewayConfig.Reports;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
    @TempDir
    private Path folder;

    @Test
    void anEmptyFileListensOnLoopbackAndRelaysForLoopbackOnly() throws ConfigProblem {
        GatewayConfig config = parse("");
        assertThat(config.listen().addresses())
                .allMatch(address -> address.getAddress().isLoopbackAddress());
        assertThat(config.listen().permittedNetworks())
                .extracting(Network::toString)
                .containsExactly("127.0.0.0/8", "0:0:0:0:0:0:0:1/128");
        assertThat(config.policy().dane()).isEqualTo(Mode.OPPORTUNISTIC);
        assertThat(config.policy().mtaSts()).isEqualTo(Mode.OPPORTUNISTIC);
        assertThat(config.policy().stsFetch().privateAddresses()).isFalse();
    }

    @Test
    void defaultsAreTheOnesOfTheSpecification() throws ConfigProblem {
        // O5: 15 min, 15 min, then hourly, for 24 h.
        GatewayConfig config = parse("");
        assertThat(config.queue().retry())
                .isEqualTo(List.of(Duration.ofMinutes(15), Duration.ofMinutes(15), Duration.ofHours(1)));
        assertThat(config.queue().lifetime()).isEqualTo(Duration.ofHours(24));
        assertThat(config.policy().stsFetch().timeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.policy().stsFetch().graceRetries()).isEqualTo(2);
        assertThat(config.delivery().port()).isEqualTo(25);
    }

    @Test
    void timeOutsAndLimitsAreNoTighterThanTheStandardAsks() throws ConfigProblem { // RFC 5321 §4.5.3
        GatewayConfig config = parse("");
        assertThat(config.delivery().commandTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.delivery().dataTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.listen().limits().commandTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.listen().limits().maxRecipients()).isGreaterThanOrEqualTo(100);
    }

    @Test
    void everyDefaultIsOfItsOwnForm() {
        for (ConfigKey<?> key : ConfigKeys.ALL) {
            if (!key.name().equals("hostname")) {
                assertThat(key.defaultText()).as(key.name()).isNotBlank();
            }
            assertThat(key.meaning()).as(key.name()).isNotBlank();
        }
        assertThat(ConfigKeys.ALL).extracting(ConfigKey::name).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "queue.lifetim = '24h'|test.toml:1: queue.lifetim: there is no such key; did you mean 'queue.lifetime'?",
                "colour = 'red'|test.toml:1: colour: there is no such key",
                "queue.lifetime = '24'|test.toml:1: queue.lifetime: must be: duration such as \"90s\", \"15m\", \"24h\" or"
                        + " \"5d\", from 1s to 30d (not a duration)",
                "queue.lifetime = '31d'|test.toml:1: queue.lifetime: must be: duration such as \"90s\", \"15m\", \"24h\" or"
                        + " \"5d\", from 1s to 30d (out of range)",
                "queue.retry = []|test.toml:1: queue.retry: must be: non-empty list; each a duration such as \"90s\", \"15m\","
                        + " \"24h\" or \"5d\", from 100ms to 1d (empty)",
                "delivery.source-ipv4 = '2001:db8::1'|test.toml:1: delivery.source-ipv4: must be: IPv4 address, or \"\" for none"
                        + " (not an IPv4 address)",
                "reports.address = 'tls@example.com'|test.toml:1: reports.address: reports.domains must say whose TLS reports are"
                        + " taken there",
                "reports.domains = ['example.com']|test.toml:1: reports.domains: there is no way for reports to come: give"
                        + " reports.address or http.addresses",
                "http.addresses = ['127.0.0.1:443']|test.toml:1: http.addresses: HTTPS needs http.certificate-file and"
                        + " http.key-file",
                "reports.retention = '1h'|test.toml:1: reports.retention: must be: duration such as \"90s\", \"15m\", \"24h\" or"
                        + " \"5d\", from 1d to 3650d (out of range)",
                "delivery.port = 0|test.toml:1: delivery.port: must be: integer from 1 to 65535 (out of range)",
                "delivery.ipv6 = 'yes'|test.toml:1: delivery.ipv6: must be: true or false (neither true nor false)",
                "tls.provider = 'openssl'|test.toml:1: tls.provider: must be: one of \"auto\", \"native\", \"jsse\" (not one of"
                        + " these words)",
                "policy.dane = 'maybe'|test.toml:1: policy.dane: must be: one of \"none\", \"opportunistic\" (not one of these"
                        + " words)",
                "hostname = 'a..b'|test.toml:1: hostname: must be: domain name: a label must not be empty (RFC 1035 §2.3.1)",
                "listen.permitted-networks = ['10.0.0.1/8']|test.toml:1: listen.permitted-networks: must be: list; each a"
                        + " network such as \"192.0.2.0/24\" or \"2001:db8::/32\" (address bits are set behind the prefix)"
            })
    void aWrongKeyOrValueIsRefusedWithItsLineAndTheRule(String text, String message) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(ConfigProblem.class).hasMessage(message);
    }

    @Test
    void theLineOfAProblemIsTheKeysOwn() {
        assertThatThrownBy(() -> parse("# a comment\n[queue]\nlifetime = \"1h\"\nconcurrency = 0\n"))
                .hasMessageStartingWith("test.toml:4: queue.concurrency:");
    }

    @Test
    void whatIsNotTomlIsRefusedWithItsLine() {
        assertThatThrownBy(() -> parse("[queue]\nlifetime = \n")).hasMessageStartingWith("test.toml:2: not TOML: ");
    }

    @Test
    void aMissingFileIsOneLine() {
        assertThatThrownBy(() -> ConfigFile.read(folder.resolve("absent.toml")))
                .isInstanceOf(ConfigProblem.class)
                .hasMessageEndingWith("absent.toml: there is no such file");
    }

    @Test
    void aMissingTrustAnchorIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("g.toml"), "dns.trust-anchor-file = \"anchor.key\"\n");
        assertThatThrownBy(() -> ConfigFile.read(file))
                .hasMessage(file + ":1: dns.trust-anchor-file: the file " + folder.resolve("anchor.key")
                        + " does not exist");
    }

    @Test
    void relativePathsAreRelativeToTheFile() throws Exception {
        Path file = Files.writeString(folder.resolve("g.toml"), "spool.directory = \"queue\"\n");
        assertThat(ConfigFile.read(file).spoolDirectory()).isEqualTo(folder.resolve("queue"));
    }

    @Test
    void usersNeedACertificate() throws Exception { // spec Q3
        Files.writeString(folder.resolve("users"), "");
        Path file = Files.writeString(folder.resolve("g.toml"), "listen.users-file = \"users\"\n");
        assertThatThrownBy(() -> ConfigFile.read(file))
                .hasMessageContaining("listen.users-file: passwords are taken over TLS only");
    }

    @Test
    void aCertificateWithoutItsKeyIsRefused() throws Exception {
        Files.writeString(folder.resolve("c.pem"), "");
        Path file = Files.writeString(folder.resolve("g.toml"), "listen.certificate-file = \"c.pem\"\n");
        assertThatThrownBy(() -> ConfigFile.read(file))
                .hasMessageContaining("listen.certificate-file and listen.key-file go together");
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1:25, 127.0.0.1, 25", "127.0.0.1, 127.0.0.1, 25", "[::1]:2525, 0:0:0:0:0:0:0:1, 2525"})
    void endpointsAreReadInBothFamilies(String text, String address, int port) throws ConfigProblem {
        var endpoint = parse("listen.addresses = ['" + text + "']")
                .listen()
                .addresses()
                .getFirst();
        assertThat(endpoint.getAddress().getHostAddress()).isEqualTo(address);
        assertThat(endpoint.getPort()).isEqualTo(port);
    }

    private GatewayConfig parse(String text) throws ConfigProblem {
        return ConfigFile.parse("test.toml", text, folder);
    }

    @Test
    void withoutASenderNoReportsAreSent() throws Exception {
        assertThat(parse("").reports()).isEmpty();
    }

    @Test
    void reportsAreTheOperatorsOwnWhereNothingElseIsSaid(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("k.pem"), "key");
        Path file = Files.writeString(folder.resolve("gatepost.toml"), """
                hostname = 'mx.example.com'
                [reports]
                from = 'tls@reports.example.com'
                dkim-domain = 'example.com'
                dkim-rsa-key-file = 'k.pem'
                """);
        Reports reports = ConfigFile.read(file).reports().orElseThrow();
        assertThat(reports.organization()).isEqualTo("mx.example.com");
        assertThat(reports.contact()).isEqualTo(reports.from());
        assertThat(reports.keys())
                .containsExactly(
                        new DkimKeyFile(DomainName.parse("example.com"), "tlsrpt-rsa", folder.resolve("k.pem")));
        assertThat(reports.privateAddresses()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "from = 'tls@example.com'|:2: reports.from: reports by mail must be signed (RFC 8460 §3): give"
                        + " reports.dkim-rsa-key-file or reports.dkim-ed25519-key-file",
                "from = 'tls@[192.0.2.1]'|:2: reports.from: must be: mailbox such as \"reports@example.com\", or \"\" for none"
                        + " (an address instead of a domain)",
                "information-page = 'http://a.example'|:2: reports.information-page: must be: https URI without fragment, or \"\""
                        + " for none (not such a URI)",
                "information-page = 'https://a.example/#x'|:2: reports.information-page: must be: https URI without fragment, or \"\""
                        + " for none (not such a URI)",
                "from = 'example.com'|:2: reports.from: must be: mailbox such as \"reports@example.com\", or \"\" for none: an"
                        + " '@' must follow the local part (RFC 5321 §4.1.2)",
                "dkim-rsa-selector = 'a_b'|:2: reports.dkim-rsa-selector: must be: one or more labels of letters, digits and"
                        + " hyphens (other characters, or too long)",
                "https-timeout = '1h'|:2: reports.https-timeout: must be: duration such as \"90s\", \"15m\", \"24h\" or \"5d\","
                        + " from 1s to 5m (out of range)",
                "dkim-rsa-key-file = 'absent.pem'|:2: reports.dkim-rsa-key-file: the file FOLDERabsent.pem does not exist"
            })
    void aWrongKeyOfReportsIsRefusedWithItsLine(String text, String message, @TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("gatepost.toml"), "[reports]\n" + text + "\n");
        assertThatThrownBy(() -> ConfigFile.read(file))
                .isInstanceOf(ConfigProblem.class)
                .hasMessage(file + message.replace("FOLDER", folder + "/"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dkim-domain = 'example.org'|reports.dkim-domain: must be the domain of reports.from, example.com, or one above it",
                "dkim-ed25519-key-file = 'k.pem'\\ndkim-ed25519-selector = 'TLSRPT-RSA'|reports.dkim-ed25519-selector: must differ"
                        + " from reports.dkim-rsa-selector"
            })
    void keysOfReportsMustFitTogether(String text, String message, @TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("k.pem"), "key");
        Path file = Files.writeString(folder.resolve("gatepost.toml"), """
                [reports]
                from = 'tls@example.com'
                dkim-rsa-key-file = 'k.pem'
                """ + text.replace("\\n", "\n") + "\n");
        assertThatThrownBy(() -> ConfigFile.read(file)).hasMessageEndingWith(": " + message);
    }
}
