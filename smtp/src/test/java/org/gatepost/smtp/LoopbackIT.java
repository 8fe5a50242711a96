// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.mail.Address;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Whole conversations over sockets: an independent client (Angus Mail) with our server, and both halves of ours.
class LoopbackIT {
    private final RecordingReception reception = new RecordingReception();

    private static Session session(int port, boolean utf8) {
        var properties = new Properties();
        properties.setProperty(
                "mail.smtp.host", InetAddress.getLoopbackAddress().getHostAddress());
        properties.setProperty("mail.smtp.port", Integer.toString(port));
        properties.setProperty("mail.smtp.localhost", "angus.example");
        properties.setProperty("mail.smtp.from", "sender@angus.example");
        properties.setProperty("mail.smtp.sendpartial", "true");
        properties.setProperty("mail.mime.allowutf8", Boolean.toString(utf8));
        return Session.getInstance(properties);
    }

    private static MimeMessage message(Session session, String text) throws MessagingException {
        var message = new MimeMessage(session);
        message.setFrom(new InternetAddress("sender@angus.example"));
        message.setSubject("A message");
        message.setText(text, "UTF-8");
        message.setHeader("Content-Transfer-Encoding", "8bit");
        return message;
    }

    @Test
    void angusSendsSeveralMessagesOverOneConnection() throws Exception {
        try (var server = new LoopbackServer(reception)) {
            Session session = session(server.port(), false);
            Address[] to = InternetAddress.parse("b@our.example,\"odd one\"@our.example");
            try (Transport transport = session.getTransport("smtp")) {
                transport.connect();
                transport.sendMessage(message(session, ".\r\n..two\r\nGrüße\r\n"), to);
                transport.sendMessage(message(session, "second, without line end"), to);
            }
        }
        assertThat(reception.messages).hasSize(2);
        assertThat(reception.messages.getFirst().text()).endsWith("\r\n\r\n.\r\n..two\r\nGrüße\r\n");
        assertThat(reception.messages.getFirst().recipients()).hasSize(2);
        // Angus never says BODY=8BITMIME: 8-bit content must pass without it.
        assertThat(reception.messages.getFirst().parameters().eightBitMime()).isFalse();
        assertThat(reception.messages.getLast().text()).endsWith("second, without line end\r\n");
        assertThat(reception.events).first().isEqualTo("helo angus.example");
    }

    @Test
    void angusSeesWhichRecipientWasRefused() throws Exception {
        reception.unknownRecipients = Set.of("no@our.example");
        try (var server = new LoopbackServer(reception)) {
            Session session = session(server.port(), false);
            MimeMessage message = message(session, "x\r\n");
            message.setRecipients(Message.RecipientType.TO, "b@our.example, no@our.example");
            assertThatThrownBy(() -> Transport.send(message)).isInstanceOfSatisfying(SendFailedException.class, e -> {
                assertThat(e.getInvalidAddresses()).hasSize(1);
                assertThat(e.getValidSentAddresses()).hasSize(1);
            });
        }
        assertThat(reception.messages).hasSize(1);
    }

    @Test
    void angusSendsToAnInternationalAddress() throws Exception {
        try (var server = new LoopbackServer(reception)) {
            Session session = session(server.port(), true);
            var address = new InternetAddress();
            address.setAddress("δοκιμή@παράδειγμα.example");
            try (Transport transport = session.getTransport("smtp")) {
                transport.connect();
                transport.sendMessage(message(session, "x\r\n"), new Address[] {address});
            }
        }
        assertThat(reception.messages).singleElement().satisfies(message -> {
            assertThat(message.parameters().smtpUtf8()).isTrue();
            assertThat(message.recipients()).singleElement().satisfies(mailbox -> {
                assertThat(mailbox.localPart()).isEqualTo("δοκιμή");
                assertThat(mailbox.host().toString()).isEqualTo("xn--hxajbheg2az3al.example");
            });
        });
    }

    @Test
    void bothHalvesOfOursUnderstandEachOther() throws IOException {
        reception.unknownRecipients = Set.of("no@our.example");
        String content = "Subject: x\r\n\r\n" + ".dots\r\n..\r\n.\r\n".repeat(5000);
        try (var server = new LoopbackServer(reception);
                var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            SmtpClientSession session = SmtpClientSession.open(
                    socket.getInputStream(),
                    socket.getOutputStream(),
                    phase -> socket.setSoTimeout((int) phase.timeout().toMillis()));
            session.ehlo("client.example");
            for (int i = 0; i < 3; i++) {
                TransferResult result =
                        session.transfer(ScriptedServer.message(content, "b@our.example", "no@our.example"));
                assertThat(result.delivered(0)).isTrue();
                assertThat(result.forRecipient(1)).isEqualTo(Reply.of(550, "5.1.1", "No such user"));
            }
            TransferResult none = session.transfer(ScriptedServer.message(content, "no@our.example"));
            assertThat(none.commandForRecipient(0)).isEqualTo("RCPT");
            assertThat(session.transfer(ScriptedServer.message("x", "c@our.example"))
                            .delivered(0))
                    .isTrue();
            session.quit();
        }
        assertThat(reception.messages).hasSize(4);
        assertThat(reception.messages.getFirst().text()).isEqualTo(content);
    }
}
