// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.Connector.Exemption;
import org.gatepost.gateway.config.Connector.Pace;
import org.gatepost.gateway.config.Connector.SmartHost;
import org.gatepost.names.DomainName;
import org.gatepost.policy.MechanismUse;
import org.gatepost.policy.MxPattern;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.TlsDemand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The `[[connector]]` tables (spec O6).
class ConnectorTablesTest {
    private static final String HEAD = "[[connector]]\nname = 'a'\ndomains = ['example.com']\n";

    private static GatewayConfig parse(String text) throws ConfigProblem {
        return ConfigFile.parse("test.toml", text, Path.of("/"));
    }

    private static Connector only(String text) throws ConfigProblem {
        List<Connector> connectors = parse(text).connectors();
        assertThat(connectors).hasSize(1);
        return connectors.getFirst();
    }

    private static DomainName name(String text) {
        return DomainName.parse(text);
    }

    @Test
    void withoutTablesThereAreNoConnectors() throws ConfigProblem {
        assertThat(parse("").connectors()).isEmpty();
    }

    @Test
    void whatAConnectorDoesNotSayIsAsWithoutIt() throws ConfigProblem {
        Connector connector = only("queue.lifetime = '2d'\nqueue.retry = ['1m']\npolicy.dane = 'none'\n" + HEAD);
        assertThat(connector)
                .isEqualTo(new Connector(
                        "a",
                        List.of(new DomainPattern(false, name("example.com"))),
                        List.of(),
                        new OperatorDemand(
                                Optional.of("a"),
                                new TlsDemand.Opportunistic(),
                                MechanismUse.NONE,
                                MechanismUse.OPPORTUNISTIC,
                                false),
                        new Pace(List.of(Duration.ofMinutes(1)), Duration.ofDays(2), Optional.empty()),
                        Optional.empty()));
    }

    @Test
    void everyKeyIsRead() throws ConfigProblem {
        Connector connector = only("""
                [[connector]]
                name = "partner"
                domains = ["Example.com", "*.example.com", "*"]
                smart-hosts = ["relay.example.net", "[mx.example.net]:587"]
                tls = "domain-validation"
                tls-name = "*.example.net"
                dane = "mandatory"
                mta-sts = "opportunistic"
                dane-suffices = true
                retry = ["5m", "10m"]
                lifetime = "48h"
                concurrency = 3
                reason = "they asked for it"
                expires = 2026-12-31
                """);
        assertThat(connector)
                .isEqualTo(new Connector(
                        "partner",
                        List.of(
                                new DomainPattern(false, name("example.com")),
                                new DomainPattern(true, name("example.com")),
                                new DomainPattern(true, DomainName.ROOT)),
                        List.of(
                                new SmartHost(name("relay.example.net"), true, Optional.empty()),
                                new SmartHost(name("mx.example.net"), false, Optional.of(587))),
                        new OperatorDemand(
                                Optional.of("partner"),
                                new TlsDemand.DomainValidation(new MxPattern(true, name("example.net"))),
                                MechanismUse.MANDATORY,
                                MechanismUse.OPPORTUNISTIC,
                                true),
                        new Pace(
                                List.of(Duration.ofMinutes(5), Duration.ofMinutes(10)),
                                Duration.ofDays(2),
                                Optional.of(3)),
                        Optional.of(new Exemption("they asked for it", LocalDate.of(2026, 12, 31)))));
    }

    @ParameterizedTest
    @CsvSource({"none, 0", "opportunistic, 1", "encryption, 2", "certificate-validation, 3"})
    void everyLevelOfTlsIsRead(String word, int strictness) throws ConfigProblem {
        Connector connector = only(
                HEAD + "tls = '" + word + "'\ndane = 'none'\nmta-sts = 'none'\nreason = 'x'\nexpires = '2026-12-31'\n");
        assertThat(connector.demand().tls().strictness()).isEqualTo(strictness);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tsl = 'none'|test.toml:4: connector.tsl: there is no such key; did you mean 'connector.tls'?",
                "concurrency = 0|test.toml:4: connector.concurrency: must be: integer from 1 to 10000 (out of range)",
                "tls = 'maybe'|test.toml:4: connector.tls: must be: one of \"none\", \"opportunistic\", \"encryption\","
                        + " \"certificate-validation\", \"domain-validation\" (not one of these words)",
                "tls = 'domain-validation'|test.toml:4: connector.tls: tls = \"domain-validation\" and tls-name go together",
                "tls-name = 'a.example'|test.toml:4: connector.tls-name: tls = \"domain-validation\" and tls-name go together",
                "dane = 'none'|test.toml:4: connector.dane: \"none\" demands less than usual, so reason and expires must be given",
                "mta-sts = 'none'|test.toml:4: connector.mta-sts: \"none\" demands less than usual, so reason and expires must be"
                        + " given",
                "tls = 'none'|test.toml:4: connector.tls: \"none\" goes with dane = \"none\" and mta-sts = \"none\", for both"
                        + " demand TLS",
                "reason = 'x'|test.toml:4: connector.reason: reason and expires go together",
                "expires = 2026-12-31|test.toml:4: connector.expires: reason and expires go together",
                "expires = '2026-13-01'|test.toml:4: connector.expires: must be: day such as 2026-12-31, or \"\" for none (not a"
                        + " day)",
                "smart-hosts = ['192.0.2.1']|test.toml:4: connector.smart-hosts: must be: list; each a host such as"
                        + " \"relay.example.com\", \"[relay.example.com]\" or \"[relay.example.com]:587\", at most 10 (a host name,"
                        + " not an address)"
            })
    void aWrongKeyOrValueIsRefusedWithItsLineAndTheRule(String line, String message) {
        assertThatThrownBy(() -> parse(HEAD + line + "\n"))
                .isInstanceOf(ConfigProblem.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:0", "a:65536", "[a", "a]", "[2001:db8::1]", "a b", "", ".", "a:b"})
    void whatIsNoSmartHostIsRefused(String host) {
        assertThatThrownBy(() -> parse(HEAD + "smart-hosts = ['" + host + "']\n"))
                .hasMessageStartingWith("test.toml:4: connector.smart-hosts: must be: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.", ".", "a..b", "*example.com", "a.*.com", ""})
    void whatIsNoDomainIsRefused(String domain) {
        assertThatThrownBy(() -> parse("[[connector]]\nname = 'a'\ndomains = ['" + domain + "']\n"))
                .hasMessageStartingWith("test.toml:3: connector.domains: must be: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.com", "*", "*.", "a..b"})
    void aNameTooWideForACertificateIsRefused(String name) {
        assertThatThrownBy(() -> parse(HEAD + "tls = 'domain-validation'\ntls-name = '" + name + "'\n"))
                .hasMessageStartingWith("test.toml:5: connector.tls-name: must be: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dane = 'none'|reason = 'x'\\nexpires = 2026-12-31",
                "mta-sts = 'mandatory'|",
            })
    void daneCannotSufficeWhereItIsOffOrMtaStsMandatory(String line, @org.jspecify.annotations.Nullable String more) {
        String text = HEAD + line + "\n" + (more == null ? "" : more.replace("\\n", "\n")) + "\ndane-suffices = true\n";
        assertThatThrownBy(() -> parse(text))
                .hasMessageEndingWith(": connector.dane-suffices: goes neither with dane = \"none\" nor with mta-sts ="
                        + " \"mandatory\"");
    }

    /// What `[policy]` has off already is no exemption.
    @Test
    void onlyLessThanUsualNeedsAnExemption() throws ConfigProblem {
        assertThat(only("policy.mta-sts = 'none'\n" + HEAD + "mta-sts = 'none'\n")
                        .exemption())
                .isEmpty();
    }

    @Test
    void whatMustBeGivenIsNamedAtTheTable() {
        assertThatThrownBy(() -> parse("\n[[connector]]\nname = 'a'\n"))
                .hasMessageStartingWith("test.toml:2: connector.domains: must be given: non-empty list; each a domain");
    }

    @Test
    void namesAndDomainsStandOnce() {
        assertThatThrownBy(() -> parse(HEAD + "[[connector]]\nname = 'a'\ndomains = ['b.test']\n"))
                .hasMessage("test.toml:5: connector.name: another connector has that name");
        assertThatThrownBy(() -> parse(HEAD + "[[connector]]\nname = 'b'\ndomains = ['x.test', 'EXAMPLE.com']\n"))
                .hasMessage("test.toml:6: connector.domains: example.com stands already in connector 'a'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[connector]\nname = 'a'\n", "connector = 7\n", "connector = ['a']\n"})
    void connectorsAreAnArrayOfTables(String text) {
        assertThatThrownBy(() -> parse(text))
                .hasMessage("test.toml:1: connector: each connector is a table of its own, headed [[connector]]");
    }

    @Test
    void everyKeyIsDocumented() {
        assertThat(ConnectorKeys.ALL).extracting(ConfigKey::name).doesNotHaveDuplicates();
        assertThat(ConnectorKeys.ALL)
                .allSatisfy(key -> assertThat(key.meaning()).as(key.name()).isNotBlank());
    }
}
