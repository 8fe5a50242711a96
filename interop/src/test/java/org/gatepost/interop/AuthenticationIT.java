// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.interop.GatewaySettings.quoted;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.cli.Main;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients from elsewhere relay once they have said who they are (RFC 4954).
@NeedsPeers
class AuthenticationIT {
    private static final Duration DELIVERY = Duration.ofSeconds(30);
    private static final String SENDER = Destinations.SENDERS.recipient("auth");
    private static final String ELSEWHERE = "127.0.0.66";
    private static final String OWN_NAME = "gateway.senders.test";

    private static GatewayProcess gateway;
    private static String password;

    @BeforeAll
    static void start() {
        var internet = MiniInternet.shared();
        var scratch = Scratch.create("gateway");
        var out = new StringWriter();
        var err = new StringWriter();
        assertThat(Main.run(new PrintWriter(out), new PrintWriter(err), "user", "anna", "--generate"))
                .isZero();
        password = err.toString().strip().replaceFirst("password: ", "");
        var identity = internet.certificates().trusted(OWN_NAME);
        gateway = GatewayProcess.start(
                scratch,
                GatewaySettings.in(internet)
                        .with("listen.permitted-networks", "[\"127.0.0.1/32\"]")
                        .with(
                                "listen.users-file",
                                quoted(scratch.writeOctets("users", out.toString())
                                        .toString()))
                        .with("listen.certificate-file", quoted(identity.chain().toString()))
                        .with("listen.key-file", quoted(identity.key().toString())));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static Swaks.Result swaks(String recipient, String message, String... options) {
        return Swaks.send(
                gateway.address(),
                SENDER,
                recipient,
                message,
                Stream.concat(Stream.of("--local-interface", ELSEWHERE), Stream.of(options))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "LOGIN"})
    void aUserMayRelay(String mechanism) {
        var sent = TestMessages.awkward("auth-" + mechanism);
        var recipient = Destinations.DANE_EE.recipient("auth-" + mechanism.toLowerCase(java.util.Locale.ROOT));

        var result = swaks(
                recipient, sent, "--tls", "--auth", mechanism, "--auth-user", "anna", "--auth-password", password);

        assertThat(result.accepted()).as(result.transcript()).isTrue();
        var stored = MiniInternet.shared().mailbox(Destinations.DANE_EE).awaitMessageFor(recipient, DELIVERY);
        assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
        assertThat(stored.header()).contains(" with ESMTPSA;");
        gateway.awaitLog("client " + ELSEWHERE + " has authenticated as anna", DELIVERY);
    }

    @Test
    void aWrongPasswordIsNone() {
        var recipient = Destinations.PLAIN.recipient("wrong");
        var result = swaks(
                recipient,
                TestMessages.awkward("wrong"),
                "--tls",
                "--auth",
                "PLAIN",
                "--auth-user",
                "anna",
                "--auth-password",
                "guess");
        assertThat(result.accepted()).isFalse();
        assertThat(result.transcript()).contains(" 535 5.7.8 ").doesNotContain("354 ");
    }

    @Test
    void noPasswordIsAskedForInClear() {
        var recipient = Destinations.PLAIN.recipient("clear");
        var result = swaks(
                recipient,
                TestMessages.awkward("clear"),
                "--auth",
                "PLAIN",
                "--auth-user",
                "anna",
                "--auth-password",
                password);
        assertThat(result.accepted()).isFalse();
        assertThat(result.transcript()).doesNotContain("AUTH PLAIN LOGIN").doesNotContain("354 ");
    }

    @Test
    void aSitesPostfixAuthenticates() {
        var sent = TestMessages.awkward("auth-postfix");
        var recipient = Destinations.DANE_EE.recipient("auth-postfix");
        var sasl = """
                smtp_tls_security_level = encrypt
                smtp_sasl_auth_enable = yes
                smtp_sasl_password_maps = static:anna:%s
                smtp_sasl_security_options = noanonymous
                smtp_bind_address = %s
                """.formatted(password, ELSEWHERE);
        try (var site = PostfixSender.start(Scratch.create("site"), gateway.address(), sasl)) {
            var file = Scratch.create("message").writeOctets("message", sent.replace("\r\n", "\n"));

            site.send(SENDER, recipient, file, List.of());

            var stored = MiniInternet.shared().mailbox(Destinations.DANE_EE).awaitMessageFor(recipient, DELIVERY);
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
            assertThat(stored.header()).contains(" with ESMTPSA;");
        }
    }
}
