// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

@NeedsPeers
class EximServerTest {

    @Test
    void storesAMessageThatCameOverStartTlsByteForByte() {
        var certificates = LabCertificates.create(Scratch.create("certificates"), Instant.now());
        var host = SmtpListener.startTls("127.20.0.1", "mx.exim.example", certificates.trusted("mx.exim.example"));
        var sent = TestMessages.awkward("to-exim");
        try (var server = EximServer.start(Scratch.create("exim"), host)) {
            var options = List.of(
                    "--tls",
                    "--tls-verify",
                    "--tls-ca-path",
                    certificates.authority().chain().toString());

            var result = Swaks.send(host.endpoint(), "sender@sender.example", "c@exim.example", sent, options);

            assertThat(result.accepted()).as(result.transcript()).isTrue();
            assertThat(result.transcript()).contains("/CN=mx.exim.example");
            var stored = server.mailbox().awaitMessageFor("c@exim.example", Duration.ofSeconds(20));
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
            assertThat(stored.header()).contains("TLS1.3");
        }
    }

    @Test
    void offersStartTlsOnlyWhereThereIsACertificate() {
        var plain = SmtpListener.plain("127.20.0.2", "plain.exim.example");
        try (var server = EximServer.start(Scratch.create("exim"), plain)) {
            var sent = TestMessages.awkward("plain-to-exim");

            var result = Swaks.send(plain.endpoint(), "sender@sender.example", "d@exim.example", sent);

            assertThat(result.accepted()).as(result.transcript()).isTrue();
            assertThat(result.transcript()).doesNotContain("STARTTLS").contains("220 plain.exim.example");
            assertThat(server.mailbox()
                            .awaitMessageFor("d@exim.example", Duration.ofSeconds(20))
                            .holdsIntact(sent))
                    .isTrue();
        }
    }
}
