// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import org.xbill.DNS.dnssec.ValidatingResolver;

/// The whole lab, seen through an independent validator and a client of the test's own.
class LabTest {
    @SuppressWarnings("NullAway.Init")
    private static Lab lab;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        var scenarios = Stream.concat(Scenarios.all().stream(), Scenarios.bulk(50).stream());
        lab = Lab.start(folder, scenarios.toList(), InstantSource.system());
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    private static Scenario scenario(String id) {
        return Scenarios.all().stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static Message ask(String name, int type) throws IOException {
        var plain = new SimpleResolver(lab.dnsAddress());
        plain.setTimeout(Duration.ofSeconds(20));
        var validating = new ValidatingResolver(plain);
        try (var anchor = Files.newInputStream(lab.trustAnchorFile())) {
            validating.loadTrustAnchors(anchor);
        }
        return validating.send(Message.newQuery(Record.newRecord(Name.fromString(name + "."), type, DClass.IN)));
    }

    private static List<String> data(Message message, int type) {
        return message.getSection(Section.ANSWER).stream()
                .filter(record -> record.getType() == type)
                .map(Record::rdataToString)
                .toList();
    }

    private static String status(Message message) {
        boolean secure = message.getHeader().getFlag(Flags.AD);
        return Rcode.string(message.getRcode()) + (secure ? " secure" : "");
    }

    @Test
    void aSignedDomainIsSecureDownToItsTlsaRecord() throws IOException {
        assertThat(status(ask("dane-311.test", Type.MX))).isEqualTo("NOERROR secure");
        Message tlsa = ask("_" + lab.smtpPort() + "._tcp.mx1.dane-311.test", Type.TLSA);
        assertThat(status(tlsa)).isEqualTo("NOERROR secure");

        CertifiedKey shown =
                lab.domain(scenario("dane-311")).hosts().getFirst().behaviour().certified();
        assertThat(data(tlsa, Type.TLSA))
                .hasSize(1)
                .first()
                .asString()
                .isEqualToIgnoringCase(TlsaKind.EE_KEY.data(shown));
    }

    @Test
    void tamperingIsBogusInSignedDomainsAndBelievedInOthers() throws IOException {
        assertThat(status(ask("dane-bogus-mx.test", Type.MX))).isEqualTo("SERVFAIL");
        assertThat(status(ask("dane-forged-mx.test", Type.MX))).isEqualTo("SERVFAIL");
        assertThat(data(ask("sts-forged-mx.test", Type.MX), Type.MX)).containsExactly("5 mx.attacker.test.");
        assertThat(data(ask("mx1.sts-forged-address.test", Type.A), Type.A))
                .containsExactly(lab.attacker().address().getAddress().getHostAddress());
    }

    @Test
    void domainsPublishWhatTheirRowSays() throws IOException {
        assertThat(data(ask("null-mx.test", Type.MX), Type.MX)).containsExactly("0 .");
        assertThat(status(ask("no-domain.test", Type.MX))).isEqualTo("NXDOMAIN secure");
        assertThat(data(ask("no-mx.test", Type.MX), Type.MX)).isEmpty();
        assertThat(data(ask("no-mx.test", Type.A), Type.A)).hasSize(1);
        assertThat(data(ask("no-mx-no-address.test", Type.A), Type.A)).isEmpty();
        assertThat(data(ask("alias.sts-cname-mx.test", Type.A), Type.A)).hasSize(1);
        assertThat(status(ask("dane-signed-host.test", Type.MX))).isEqualTo("NOERROR");
        assertThat(status(ask("mx1.dane-signed-host-mail.test", Type.A))).isEqualTo("NOERROR secure");
        assertThat(data(ask("dane-second-mx.test", Type.MX), Type.MX)).hasSize(2);
        assertThat(data(ask("_mta-sts.sts-good.test", Type.TXT), Type.TXT)).containsExactly("\"v=STSv1; id=1\"");
        assertThat(data(ask("bulk-050.test", Type.MX), Type.MX)).containsExactly("10 mx1.bulk-050.test.");
    }

    @Test
    void faultsOfPrimedScenariosWaitUntilTheyAreApplied() throws IOException {
        Scenario primed = scenario("policy-down-stripped");
        MxHost host = lab.domain(primed).hosts().getFirst();
        PolicyHost policy = lab.domain(primed).policyHost().orElseThrow();
        new Socket(policy.address().getAddress(), policy.address().getPort()).close();
        assertThat(host.behaviour().startTls()).isEqualTo(StartTls.OFFERED);

        lab.apply(primed);

        assertThat(host.behaviour().startTls()).isEqualTo(StartTls.STRIPPED);
        assertThatThrownBy(() -> new Socket(
                                policy.address().getAddress(), policy.address().getPort())
                        .close())
                .isInstanceOf(ConnectException.class);
        assertThat(data(ask("_mta-sts.policy-down-stripped.test", Type.TXT), Type.TXT))
                .containsExactly("\"v=STSv1; id=2\"");
    }

    @Test
    void everyReachableHostGreetsWithItsNameOnAnAddressOfItsOwn() throws IOException {
        var addresses = lab.allHosts().map(MxHost::address).toList();
        assertThat(addresses).doesNotHaveDuplicates().allMatch(address -> address.getPort() == lab.smtpPort());
        for (MxHost host : lab.allHosts().toList()) {
            Reception reception = host.behaviour().reception();
            if (reception != Reception.UNREACHABLE
                    && reception != Reception.NEVER_ANSWERS
                    && reception != Reception.CLOSES_AT_ONCE) {
                try (var client = new TestClient(host)) {
                    assertThat(client.line()).isEqualTo("220 " + host.name() + " ESMTP");
                }
            }
        }
    }

    @Test
    void theWitnessTellsWhatWasReadInClear() throws IOException {
        MxHost host = lab.domain(scenario("plain-clear")).hosts().getFirst();
        try (var client = new TestClient(host)) {
            client.reply();
            client.deliver("a marker 4711\r\n");
        }
        assertThat(lab.readInClear("a marker 4711")).containsExactly(host.name());
        assertThat(lab.readInClear("a marker 4712")).isEmpty();
    }

    @Test
    void theWitnessTellsWhetherTlsaWasAsked() throws IOException {
        assertThat(lab.tlsaWasAsked(scenario("unsigned-notimp"))).isFalse();
        ask("_" + lab.smtpPort() + "._tcp.mx1.dane-tlsa-servfail.test", Type.TLSA);
        assertThat(lab.tlsaWasAsked(scenario("dane-tlsa-servfail"))).isTrue();
        assertThat(lab.tlsaWasAsked(scenario("unsigned-notimp"))).isFalse();
    }

    @Test
    void theSenderHasAnInboxForWhatComesBack() throws Exception {
        MxHost host = lab.sender().hosts().getFirst();
        assertThat(host.name()).isEqualTo(DomainName.parse("mx1.sender.test"));
        try (var client = new TestClient(host)) {
            client.reply();
            client.deliver("returned\r\n");
        }
        assertThat(host.inbox().await(all -> all.size() == 1, Duration.ofSeconds(20)))
                .isTrue();
    }
}
