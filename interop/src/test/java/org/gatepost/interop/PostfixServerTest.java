// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

@NeedsPeers
class PostfixServerTest {
    private static final Duration DELIVERY = Duration.ofSeconds(20);

    @Test
    void storesAMessageFromSwaksByteForByte() {
        var sent = TestMessages.awkward("plain-to-postfix");
        try (var server =
                PostfixServer.start(Scratch.create("postfix"), SmtpListener.plain("127.20.0.1", "mx.intact.example"))) {
            var result = Swaks.send(
                    new InetSocketAddress("127.20.0.1", 25), "sender@sender.example", "a@intact.example", sent);

            assertThat(result.accepted()).as(result.transcript()).isTrue();
            var stored = server.mailbox().awaitMessageFor("a@intact.example", DELIVERY);
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
            assertThat(stored.header()).contains("Return-Path: <sender@sender.example>");
        }
    }

    @Test
    void severalInstancesRunAtOnceAndEachHostShowsItsOwnCertificate() {
        var certificates = LabCertificates.create(Scratch.create("certificates"), Instant.now());
        var first = SmtpListener.startTls("127.20.0.1", "mx1.example", certificates.trusted("mx1.example"));
        var second = SmtpListener.startTls("127.20.0.2", "mx2.example", certificates.trusted("mx2.example"));
        var other = SmtpListener.startTls("127.20.0.3", "mx3.example", certificates.trusted("mx3.example"));
        var sent = TestMessages.awkward("over-tls");
        try (var server = PostfixServer.start(Scratch.create("postfix"), first, second);
                var another = PostfixServer.start(Scratch.create("postfix"), other)) {
            for (var host : List.of(first, second, other)) {
                var recipient = "user@" + host.hostname();
                var options = List.of(
                        "--tls",
                        "--tls-verify",
                        "--tls-ca-path",
                        certificates.authority().chain().toString());

                var result = Swaks.send(host.endpoint(), "sender@sender.example", recipient, sent, options);

                assertThat(result.accepted()).as(result.transcript()).isTrue();
                assertThat(result.transcript()).contains("/CN=" + host.hostname());
                var mailbox = host.equals(other) ? another.mailbox() : server.mailbox();
                var stored = mailbox.awaitMessageFor(recipient, DELIVERY);
                assertThat(stored.header()).contains("using TLSv1.3");
                assertThat(stored.holdsIntact(sent)).isTrue();
            }
        }
    }

    @Test
    void aHostOfOldTlsReallySpeaksIt() {
        var address = MiniInternet.shared().address(Destinations.STS_TLS_1_1);
        var client = Command.of(Scratch.create("client"), "openssl s_client -starttls smtp -connect " + address + ":25")
                .with("OPENSSL_CONF", "/dev/null");

        var old = client.and("-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0").run();
        var modern = client.and("-tls1_2").run();

        assertThat(old.output()).contains("Protocol  : TLSv1.1").contains("Cipher    : ECDHE");
        assertThat(modern.exit()).as(modern.output()).isNotZero();
    }

    @Test
    void sendmailOfASiteReachesTheRelayHost() {
        var sent = TestMessages.awkward("from-sendmail");
        var relay = SmtpListener.plain("127.20.0.1", "relay.example");
        try (var server = PostfixServer.start(Scratch.create("postfix"), relay);
                var site = PostfixSender.start(Scratch.create("site"), relay.endpoint())) {
            var file = Scratch.create("message").writeOctets("message", sent.replace("\r\n", "\n"));

            site.send("sender@sender.example", "b@intact.example", file);

            var stored = server.mailbox().awaitMessageFor("b@intact.example", DELIVERY);
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
            site.awaitLog("relay=127.20.0.1[127.20.0.1]:25");
        }
    }
}
