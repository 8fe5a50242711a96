// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.interop.GatewaySettings.quoted;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Mail of real senders reaches real receivers through the gateway, unchanged and as protected as they asked.
@NeedsPeers
class RelayIT {
    private static final Duration DELIVERY = Duration.ofSeconds(30);
    private static final String SENDER = Destinations.SENDERS.recipient("relay");
    private static final String OWN_NAME = "gateway.senders.test";

    private static GatewayProcess gateway;

    @BeforeAll
    static void startGateway() {
        var internet = MiniInternet.shared();
        var identity = internet.certificates().trusted(OWN_NAME);
        gateway = GatewayProcess.start(
                Scratch.create("gateway"),
                GatewaySettings.in(internet)
                        .with("listen.permitted-networks", "[\"127.0.0.1/32\"]")
                        .with("listen.certificate-file", quoted(identity.chain().toString()))
                        .with("listen.key-file", quoted(identity.key().toString())));
    }

    @AfterAll
    static void stopGateway() {
        gateway.close();
    }

    static Stream<Arguments> routes() {
        return Stream.of(
                Arguments.of(Destinations.DANE_EE, "DANE"),
                Arguments.of(Destinations.DANE_TA, "DANE"),
                Arguments.of(Destinations.DANE_EE_EXPIRED, "DANE"),
                Arguments.of(Destinations.DANE_FIRST_MX_BAD, "DANE"),
                Arguments.of(Destinations.DANE_EE_EXIM, "DANE"),
                Arguments.of(Destinations.DANE_TA_EXIM, "DANE"),
                Arguments.of(Destinations.STS, "MTA_STS"),
                Arguments.of(Destinations.STS_EXIM, "MTA_STS"),
                Arguments.of(Destinations.STS_AND_DANE, "DANE_AND_MTA_STS"),
                Arguments.of(Destinations.STS_TESTING, "TLS"),
                Arguments.of(Destinations.SELF_SIGNED, "TLS"),
                Arguments.of(Destinations.DANE_UNUSABLE, "TLS"));
    }

    @ParameterizedTest
    @MethodSource("routes")
    void aMessageArrivesIntactOverTheTlsThatWasAskedFor(Destination destination, String protection) {
        var sent = TestMessages.awkward("relay-" + destination.label());
        var recipient = destination.recipient("intact");

        var result = Swaks.send(gateway.address(), SENDER, recipient, sent);

        assertThat(result.accepted()).as(result.transcript()).isTrue();
        var stored = MiniInternet.shared().mailbox(destination).awaitMessageFor(recipient, DELIVERY);
        assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
        assertThat(topReceived(stored)).as("the receiving MTA's own word").containsPattern("TLSv?1\\.3");
        assertThat(stored.header()).containsIgnoringCase("Return-Path: <" + SENDER + ">");
        assertThat(gateway.awaitLog("to <" + recipient + ">", DELIVERY))
                .containsPattern("delivered to " + deliveredTo(destination) + " protected by " + protection + ":");
    }

    @Test
    void aDomainWithoutDemandsAndWithoutStartTlsGetsItsMailAsBefore() {
        var sent = TestMessages.awkward("relay-plain");
        var recipient = Destinations.PLAIN.recipient("intact");

        var result = Swaks.send(gateway.address(), SENDER, recipient, sent);

        assertThat(result.accepted()).as(result.transcript()).isTrue();
        var stored = MiniInternet.shared().mailbox(Destinations.PLAIN).awaitMessageFor(recipient, DELIVERY);
        assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
        assertThat(topReceived(stored)).contains("with ESMTP ").doesNotContain("TLS");
        assertThat(gateway.awaitLog("to <" + recipient + ">", DELIVERY)).contains("protected by NONE:");
    }

    @Test
    void aSitesPostfixHandsItsMailOverWithStartTls() {
        var sent = TestMessages.awkward("relay-sendmail");
        var recipient = Destinations.DANE_EE.recipient("sendmail");
        try (var site = PostfixSender.start(Scratch.create("site"), gateway.address())) {
            var file = Scratch.create("message").writeOctets("message", sent.replace("\r\n", "\n"));

            site.send(SENDER, recipient, file);

            var stored = MiniInternet.shared().mailbox(Destinations.DANE_EE).awaitMessageFor(recipient, DELIVERY);
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
            assertThat(received(stored, "(Gatepost)"))
                    .contains("from sender.example")
                    .contains("with ESMTPS");
            site.awaitLog("status=sent (250 2.0.0 queued as ");
        }
    }

    @Test
    void anInternationalAddressReachesItsMailbox() {
        var localPart = latin1("b\u00fccher");
        var recipient = Destinations.STS.recipient(localPart);
        var sent = String.join(
                "\r\n",
                "Date: Mon, 23 Nov 2026 12:00:00 +0000",
                "From: <" + SENDER + ">",
                "To: <" + recipient + ">",
                "Subject: " + latin1("Gr\u00fc\u00dfe aus \u6771\u4eac"),
                "Message-ID: <smtputf8@sender.example>",
                "",
                latin1("Sch\u00f6nes Wochenende \u2013 bis bald"),
                "");
        try (var site = PostfixSender.start(Scratch.create("site"), gateway.address())) {
            site.sendToHeaderRecipients(
                    SENDER, Scratch.create("message").writeOctets("message", sent.replace("\r\n", "\n")));

            var stored = MiniInternet.shared().mailbox(Destinations.STS).awaitMessageFor(recipient, DELIVERY);
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
            assertThat(received(stored, "(Gatepost)")).contains("with UTF8SMTPS");
            assertThat(topReceived(stored)).contains("with UTF8SMTPS");
        }
    }

    @Test
    void swaksEncryptsItsWayInAndTheGatewayProvesItsName() {
        var sent = TestMessages.awkward("relay-starttls");
        var recipient = Destinations.STS.recipient("starttls");
        var options = List.of(
                "--tls",
                "--tls-verify",
                "--tls-ca-path",
                MiniInternet.shared().authorities().toString());

        var result = Swaks.send(gateway.address(), SENDER, recipient, sent, options);

        assertThat(result.accepted()).as(result.transcript()).isTrue();
        assertThat(result.transcript())
                .contains("TLS started with cipher TLSv1.3")
                .contains("/CN=" + OWN_NAME);
        var stored = MiniInternet.shared().mailbox(Destinations.STS).awaitMessageFor(recipient, DELIVERY);
        assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
        assertThat(received(stored, "(Gatepost)")).contains("with ESMTPS");
    }

    @Test
    void aMessageOfManyMegabytesIsNotABitDifferent() {
        var lines = new StringBuilder(TestMessages.awkward("relay-large"));
        for (int i = 0; lines.length() < 8_000_000; i++) {
            lines.append(i % 7 == 0 ? "." : "")
                    .append(i)
                    .append(" \u00e4".repeat(i % 300))
                    .append("\r\n");
        }
        var sent = lines.toString();
        var recipient = Destinations.STS_AND_DANE.recipient("large");

        var result = Swaks.send(gateway.address(), SENDER, recipient, sent, List.of("--suppress-data"));

        assertThat(result.accepted()).as(result.transcript()).isTrue();
        var stored = MiniInternet.shared().mailbox(Destinations.STS_AND_DANE).awaitMessageFor(recipient, DELIVERY);
        assertThat(stored.holdsIntact(sent)).isTrue();
    }

    @Test
    void recipientsInSeveralDomainsEachGetOneCopy() {
        var sent = TestMessages.awkward("relay-several");
        var destinations = List.of(
                Destinations.DANE_TA,
                Destinations.STS,
                Destinations.STS_EXIM,
                Destinations.PLAIN,
                Destinations.DANE_TA);
        var recipients = List.of(
                Destinations.DANE_TA.recipient("several"),
                Destinations.STS.recipient("several"),
                Destinations.STS_EXIM.recipient("several"),
                Destinations.PLAIN.recipient("several"),
                Destinations.DANE_TA.recipient("another"));

        var result = Swaks.send(gateway.address(), SENDER, String.join(",", recipients), sent);

        assertThat(result.accepted()).as(result.transcript()).isTrue();
        for (int i = 0; i < recipients.size(); i++) {
            var mailbox = MiniInternet.shared().mailbox(destinations.get(i));
            var stored = mailbox.awaitMessageFor(recipients.get(i), DELIVERY);
            assertThat(stored.holdsIntact(sent)).as(stored.text()).isTrue();
        }
        for (int i = 0; i < recipients.size(); i++) {
            gateway.awaitLog("to <" + recipients.get(i) + "> delivered", DELIVERY);
            assertThat(MiniInternet.shared().mailbox(destinations.get(i)).messagesFor(recipients.get(i)))
                    .hasSize(1);
        }
    }

    @Test
    void aClientFromElsewhereIsRefused() {
        var recipient = Destinations.PLAIN.recipient("stranger");
        var sent = TestMessages.awkward("relay-stranger");

        var result = Swaks.send(gateway.address(), SENDER, recipient, sent, List.of("--local-interface", "127.0.0.66"));

        assertThat(result.accepted()).isFalse();
        assertThat(result.transcript()).contains("<** 550 5.7.1 ").doesNotContain("354 ");
        assertThat(gateway.log()).contains("relaying denied: client 127.0.0.66 to plain.test");
    }

    private static String deliveredTo(Destination destination) {
        return Pattern.quote(destination.mxHost() + "[" + MiniInternet.shared().address(destination) + "]");
    }

    /// The `Received` field that the receiving MTA put on top, on one line.
    private static String topReceived(StoredMessage message) {
        return received(message, "");
    }

    /// The first `Received` field with this text, on one line.
    private static String received(StoredMessage message, String text) {
        return message.header()
                .replaceAll("\n[ \t]+", " ")
                .lines()
                .filter(line -> line.startsWith("Received:") && line.contains(text))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no Received field with '" + text + "':\n" + message.text()));
    }

    /// UTF-8, one Latin-1 character for each octet.
    private static String latin1(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
