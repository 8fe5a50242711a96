// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.gateway.config.Network;
import org.gatepost.gateway.users.PasswordHash;
import org.gatepost.gateway.users.Users;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.BodyReceiver;
import org.gatepost.smtp.Credentials;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MailParameters;
import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;
import org.gatepost.smtp.Reply;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope.Handling;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ClientReceptionTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Mailbox RECIPIENT = Mailbox.parse("b@example.org");
    private static final DsnRequest ASKED = new DsnRequest(MessageDsn.NONE, List.of(RecipientDsn.NEVER));

    private final AtomicInteger arrivals = new AtomicInteger();

    private Optional<Users> users = Optional.empty();

    @TempDir
    private Path directory;

    private EmbeddedStore store;

    @BeforeEach
    void openStore() {
        store = EmbeddedStore.open(directory);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void aStrangerMayNotRelay() {
        assertThat(reception("192.0.2.1", false).recipient(RECIPIENT)).isEqualTo(relayed());
        assertThat(reception("198.51.100.1", false).recipient(RECIPIENT).toString())
                .startsWith("550 5.7.1 ");
    }

    private static Reply relayed() {
        return Reply.of(250, "2.1.5", "recipient ok");
    }

    @Test
    void anAddressLiteralIsRefused() { // RFC 5321 §4.1.3: no policy can be looked up for it
        Mailbox literal = Mailbox.parse("b@[192.0.2.9]");

        assertThat(reception("192.0.2.1", false).recipient(literal).toString()).startsWith("550 5.1.2 ");
    }

    @Test
    void theTraceFieldIsOnTopAndTheRestUntouched() throws IOException { // RFC 5321 §4.4
        assertThat(takeIn(reception("192.0.2.1", false), "Subject: x\r\n\r\nhello\r\n"))
                .isEqualTo(Reply.of(250, "2.0.0", "queued as 00000001"));

        assertThat(stored())
                .isEqualTo("Received: from client.example ([192.0.2.1])\r\n\tby gateway.example (Gatepost) with ESMTP;"
                        + "\r\n\tMon, 23 Nov 2026 12:00:00 +0000\r\nSubject: x\r\n\r\nhello\r\n");
        assertThat(arrivals).hasValue(1);
    }

    @Test
    void theTraceFieldTellsOfEncryptionAndIpv6() throws IOException { // RFC 3848, RFC 5321 §4.1.3
        takeIn(reception("2001:db8::1", true), "\r\n");

        assertThat(stored()).contains("([IPv6:2001:db8:0:0:0:0:0:1])").contains(" with ESMTPS;");
    }

    @Test
    void aMessageThatTravelsInCirclesIsRefused() { // RFC 5321 §6.3
        String hop = "Received: from a by b\r\n";

        assertThat(takeIn(reception("192.0.2.1", false), hop.repeat(11) + "\r\n")
                        .toString())
                .startsWith("554 5.4.6 ");
        assertThat(store.spool().depth().messages()).isZero();
        assertThat(arrivals).hasValue(0);
        assertThat(takeIn(reception("192.0.2.1", false), hop.repeat(10) + "\r\n")
                        .isPositive())
                .isTrue();
    }

    @Test
    void whatTheSenderAsksOfTlsAndReportsIsKept() { // RFC 8689 §4.1, RFC 3461 §5.1
        String waived = "TLS-Required: No\r\n\r\nhello\r\n";
        takeIn(reception("192.0.2.1", true), false, "Subject: x\r\n\r\nhello\r\n");
        takeIn(reception("192.0.2.1", true), false, waived);
        takeIn(reception("192.0.2.1", true), true, waived);

        assertThat(store.spool().list(new MessageId(0), 10))
                .extracting(entry -> entry.message().envelope().handling())
                .containsExactly(Handling.USUAL, Handling.TLS_NOT_REQUIRED, Handling.TLS_REQUIRED);
        assertThat(store.spool().list(new MessageId(0), 10))
                .allSatisfy(
                        entry -> assertThat(entry.message().envelope().dsn()).isEqualTo(ASKED));
    }

    @Test
    void onlyWhoMayRelayIsOfferedReports() {
        assertThat(reception("192.0.2.1", false).offersDsn()).isTrue();
        assertThat(reception("198.51.100.1", false).offersDsn()).isFalse();
    }

    private ClientReception receptionWithUser() throws Exception {
        Path file = directory.resolve("users");
        Files.writeString(file, "anna:" + PasswordHash.of("secret", new SecureRandom()) + "\n");
        users = Optional.of(Users.open(file));
        return reception("198.51.100.1", true);
    }

    @Test
    void aStrangerWhoProvesWhoHeIsMayRelay() throws Exception { // spec O1
        ClientReception reception = receptionWithUser();
        assertThat(reception.recipient(RECIPIENT).toString())
                .startsWith("550 5.7.1 ")
                .contains("not authenticated");
        assertThat(reception.authenticate(new Credentials("anna", "wrong")).toString())
                .startsWith("535 5.7.8 ");
        assertThat(reception.recipient(RECIPIENT).toString()).startsWith("550 5.7.1 ");
        assertThat(reception.offersDsn())
                .as("who authenticates asks no second time")
                .isTrue();

        assertThat(reception.authenticate(new Credentials("anna", "secret")).toString())
                .startsWith("235 2.7.0 ");
        assertThat(reception.recipient(RECIPIENT)).isEqualTo(relayed());
        takeIn(reception, "\r\n");
        assertThat(store.spool()
                        .list(new MessageId(0), 1)
                        .getFirst()
                        .message()
                        .envelope()
                        .client())
                .isEqualTo("client.example [198.51.100.1] as anna");
        assertThat(stored()).contains(" with ESMTPSA;"); // RFC 3848
    }

    @Test
    void threeWrongPasswordsEndTheConnection() throws Exception {
        ClientReception reception = receptionWithUser();
        assertThat(List.of(1, 2, 3))
                .extracting(i -> reception
                        .authenticate(new Credentials("anna", "wrong" + i))
                        .code())
                .containsExactly(535, 535, 421);
    }

    @Test
    void aNameForgesNoLineOfTheLog() throws Exception {
        var log = new ListAppender<ILoggingEvent>();
        var logger = (Logger) LoggerFactory.getLogger(ClientReception.class);
        log.start();
        logger.addAppender(log);
        try {
            receptionWithUser().authenticate(new Credentials("anna from 203.0.113.9\r\nfaked", "wrong"));
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .startsWith("client 198.51.100.1: wrong user name or password: ")
                .doesNotContainPattern("\\R");
    }

    private ClientReception reception(String client, boolean encrypted) {
        var intake = new MessageIntake(
                DomainName.parse("gateway.example"),
                List.of(Network.parse("192.0.2.0/24"), Network.parse("2001:db8::/32")),
                users,
                10,
                store.spool(),
                () -> NOW,
                arrivals::incrementAndGet,
                Optional.empty());
        var reception = new ClientReception(intake, InetAddress.ofLiteral(client), () -> encrypted);
        reception.heloSeen("client.example");
        return reception;
    }

    private static Reply takeIn(ClientReception reception, String content) {
        return takeIn(reception, false, content);
    }

    private static Reply takeIn(ClientReception reception, boolean requireTls, String content) {
        reception.mail(
                new MailParameters(Optional.empty(), OptionalLong.empty(), false, false, MessageDsn.NONE, requireTls));
        try (BodyReceiver body = reception.content(List.of(RECIPIENT), ASKED)) {
            body.stream().write(content.getBytes(StandardCharsets.US_ASCII));
            return body.finish();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String stored() throws IOException {
        QueuedRecipient only = store.spool().lease(NOW, 10).getFirst();
        try (InputStream content = store.spool().content(only.message())) {
            return new String(content.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
