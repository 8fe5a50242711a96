// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.Set;
import org.gatepost.names.Mailbox;
import org.junit.jupiter.api.Test;

class SmtpServerSessionTest {
    private final RecordingReception reception = new RecordingReception();

    @Test
    void aMessageGoesInOctetForOctet() {
        String replies =
                Serve.replies(reception, Serve.ENVELOPE + "|DATA\r\n|Subject: x\r\n\r\n..dot\r\n.\r\n|QUIT\r\n");

        assertThat(Serve.codesIn(replies)).isEqualTo("220 250 250 250 354 250 221");
        assertThat(reception.messages).singleElement().satisfies(message -> {
            assertThat(message.text()).isEqualTo("Subject: x\r\n\r\n.dot\r\n");
            assertThat(message.recipients()).containsExactly(Mailbox.parse("b@our.example"));
            assertThat(message.parameters().reversePath()).contains(Mailbox.parse("a@client.example"));
        });
        assertThat(reception.events).containsExactly("helo client.example", "finished", "closed");
    }

    @Test
    void ehloListsWhatIsOfferedAndNoStartTlsWhereThereIsNone() {
        assertThat(Serve.replies(reception, "EHLO [192.0.2.1]\r\n").lines())
                .containsExactly(
                        "220 mx.our.example ESMTP Gatepost",
                        "250-mx.our.example",
                        "250-PIPELINING",
                        "250-SIZE 100000",
                        "250-8BITMIME",
                        "250-SMTPUTF8",
                        "250-ENHANCEDSTATUSCODES",
                        "250-CHUNKING",
                        "250 DSN");
        reception.offersDsn = false;
        assertThat(Serve.replies(reception, "EHLO [192.0.2.1]\r\n")).endsWith("250 CHUNKING\r\n");
    }

    @Test
    void heloIsAnsweredOnOneLineAndServesAsWell() {
        assertThat(Serve.codes(
                        reception, "HELO x\r\n|MAIL FROM:<>\r\n|RCPT TO:<b@our.example>\r\n|DATA\r\n|x\r\n.\r\n"))
                .isEqualTo("220 250 250 250 354 250");
        assertThat(reception.messages.getFirst().parameters().reversePath()).isEmpty();
    }

    @Test
    void aPipelinedGroupIsAnsweredInOneWrite() {
        var connection = ScriptedConnection.sending(
                "EHLO x\r\n", "MAIL FROM:<a@x.example>\r\nRCPT TO:<b@our.example>\r\nDATA\r\n", "hi\r\n.\r\nQUIT\r\n");

        Serve.run(connection, reception);

        assertThat(connection.writes()).hasSize(5);
        assertThat(Serve.codesIn(connection.writes().get(2))).isEqualTo("250 250 354");
        assertThat(Serve.codesIn(connection.writes().get(3))).isEqualTo("250");
        assertThat(reception.messages).hasSize(1);
    }

    @Test
    void repliesLeaveBeforeTheServerWaitsForTheRestOfALine() {
        var connection = ScriptedConnection.sending("NOOP\r\nNO", "OP\r\n");

        Serve.run(connection, reception);

        assertThat(connection.writes()).hasSize(3).element(1).isEqualTo("250 2.0.0 OK\r\n");
    }

    @Test
    void commandsOutOfOrderAreRefused() {
        assertThat(Serve.codes(
                        reception,
                        Serve.lines(
                                "MAIL FROM:<a@x.example>",
                                "EHLO x",
                                "RCPT TO:<b@our.example>",
                                "DATA",
                                "MAIL FROM:<a@x.example>",
                                "MAIL FROM:<a@x.example>",
                                "DATA")))
                .isEqualTo("220 503 250 503 503 250 503 554");
    }

    @Test
    void verbsAreKnownInAnyCaseAndUnknownOnesAreToldFromUnimplementedOnes() {
        assertThat(Serve.codes(
                        reception,
                        Serve.lines(
                                "eHlO x",
                                "nOOp",
                                "vrfy someone",
                                "help",
                                "EXPN list",
                                "AUTH PLAIN",
                                "XYZZY",
                                "",
                                "quit  ")))
                .isEqualTo("220 250 250 252 214 502 502 500 500 221");
    }

    @Test
    void vrfySaysTheSameOfEveryName() {
        reception.unknownRecipients = Set.of("nobody@our.example");
        String[] lines = Serve.replies(reception, "EHLO x\r\n|VRFY nobody@our.example\r\n|VRFY b@our.example\r\n")
                .split("\r\n", -1);
        assertThat(lines[lines.length - 2]).startsWith("252").isEqualTo(lines[lines.length - 3]);
    }

    @Test
    void resetAndANewEhloAbandonTheTransaction() {
        assertThat(Serve.codes(reception, Serve.ENVELOPE + "|RSET\r\n|DATA\r\n|MAIL FROM:<>\r\n|EHLO y\r\n|DATA\r\n"))
                .isEqualTo("220 250 250 250 250 503 250 250 503");
        assertThat(reception.events).containsExactly("helo client.example", "abandoned", "abandoned", "helo y");
    }

    @Test
    void aLostConnectionAbandonsTheTransactionOnce() {
        Serve.replies(reception, Serve.ENVELOPE + "|DATA\r\n|half a mess");
        assertThat(reception.messages).isEmpty();
        assertThat(reception.events).containsExactly("helo client.example", "closed", "abandoned");
    }

    @Test
    void aBrokenConnectionIsNoErrorOfOurs() {
        var connection = new ScriptedConnection(
                ScriptedInput.failing(new IOException("reset"), "EHLO x\r\n", "MAIL FROM:<>\r\n"), Optional.empty());
        Serve.run(connection, reception);
        assertThat(reception.events).containsExactly("helo x", "abandoned");
    }

    @Test
    void aTimeOutIsToldAndAbandons() {
        var connection = new ScriptedConnection(
                ScriptedInput.failing(new InterruptedIOException(), "EHLO x\r\n", "MAIL FROM:<>\r\n"),
                Optional.empty());
        Serve.run(connection, reception);
        assertThat(connection.replies()).endsWith("421 4.4.2 mx.our.example waited too long; closing\r\n");
        assertThat(reception.events).contains("abandoned");
    }

    @Test
    void refusedRecipientsLeaveTheOthers() {
        reception.unknownRecipients = Set.of("no@our.example");
        assertThat(Serve.codes(reception, Serve.ENVELOPE + "|RCPT TO:<no@our.example>\r\n|DATA\r\n|x\r\n.\r\n"))
                .isEqualTo("220 250 250 250 550 354 250");
        assertThat(reception.messages.getFirst().recipients()).containsExactly(Mailbox.parse("b@our.example"));
    }

    @Test
    void aRepeatedRecipientIsTakenOnceAndTooManyAreDeferred() {
        String script = Serve.lines(
                "EHLO x",
                "MAIL FROM:<>",
                "RCPT TO:<1@our.example>",
                "RCPT TO:<1@OUR.example>",
                "RCPT TO:<2@our.example>",
                "RCPT TO:<3@our.example>",
                "RCPT TO:<4@our.example>",
                "DATA",
                "x",
                ".");
        String replies = Serve.replies(reception, script);
        assertThat(Serve.codesIn(replies)).isEqualTo("220 250 250 250 250 250 250 452 354 250");
        assertThat(replies).contains("452 4.5.3 ");
        assertThat(reception.messages.getFirst().recipients()).hasSize(3);
    }

    @Test
    void tooManyErrorsEndTheSession() {
        String replies = Serve.replies(reception, "X\r\n|X\r\n|X\r\n|X\r\n|X\r\n|X\r\n|QUIT\r\n");
        assertThat(Serve.codesIn(replies)).isEqualTo("220 500 500 500 500 500 500 421");
        assertThat(replies).contains("421 4.7.0 ");
    }

    @Test
    void idleCommandsAreNotEndless() {
        assertThat(Serve.codes(reception, "EHLO x\r\n|" + "NOOP\r\n".repeat(1000)))
                .endsWith(" 250 421");
    }

    @Test
    void refusedRecipientsDoNotCountAsErrorsOfTheClient() {
        reception.unknownRecipients = Set.of("no@our.example");
        assertThat(Serve.codes(
                        reception,
                        Serve.ENVELOPE + "|" + "RCPT TO:<no@our.example>\r\n".repeat(20) + "DATA\r\n|x\r\n.\r\n"))
                .endsWith("550 354 250");
    }

    @Test
    void aLongCommandLineIsRefusedAndTheNextOneServed() {
        assertThat(Serve.codes(reception, "NOOP " + "x".repeat(1017) + "\r\nNOOP " + "x".repeat(1018) + "\r\nNOOP\r\n"))
                .isEqualTo("220 250 500 250");
    }

    @Test
    void anEndlessCommandLineEndsTheSession() {
        var connection = ScriptedConnection.sending("x".repeat(10_000_000));
        Serve.run(connection, reception);
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 500");
    }

    @Test
    void controlCharactersAndBadUtf8AreRefused() {
        assertThat(Serve.codes(reception, "NOOP \u0000\r\nNOOP \t\r\nNOOP \u001b[1m\r\nNOOP\r\n"))
                .isEqualTo("220 500 500 500 250");
        var connection = new ScriptedConnection(
                ScriptedInput.ofOctets(
                        java.util.List.of(new byte[] {'N', 'O', 'O', 'P', ' ', (byte) 0xc3, '\r', '\n'})),
                Optional.empty());
        Serve.run(connection, reception);
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 500");
    }

    @Test
    void aBareLineBreakInACommandEndsTheSessionAndNothingAfterItIsServed() {
        assertThat(Serve.codes(reception, "EHLO x\nMAIL FROM:<>\r\nNOOP\r\n")).isEqualTo("220 500");
        assertThat(Serve.codes(reception, "EHLO x\r|MAIL FROM:<>\r\nNOOP\r\n")).isEqualTo("220 500");
        assertThat(Serve.codes(reception, "x".repeat(2000) + "\nNOOP\r\n")).isEqualTo("220 500");
        assertThat(reception.events).isEmpty();
    }

    @Test
    void aLineEndMayComeInTwoReads() {
        assertThat(Serve.codes(reception, "NOOP\r|\nNOOP\r\n")).isEqualTo("220 250 250");
    }

    @Test
    void otherProtocolsEndTheSession() {
        assertThat(Serve.codes(reception, "GET / HTTP/1.1\r\nNOOP\r\n")).isEqualTo("220 554");
    }

    @Test
    void contentSentAheadOfTheReplyToDataIsNeverReadAsCommands() {
        assertThat(Serve.codes(reception, "EHLO x\r\n|DATA\r\nMAIL FROM:<evil@x.example>\r\n.\r\n"))
                .isEqualTo("220 250 554");
        assertThat(reception.events).containsExactly("helo x");
    }

    @Test
    void aDefectOfTheReceptionDefersTheMailAndReachesTheCaller() {
        reception.onFinish = () -> {
            throw new IllegalStateException("defect");
        };
        var connection = ScriptedConnection.sending((Serve.ENVELOPE + "|DATA\r\n|x\r\n.\r\n|NOOP\r\n").split("\\|"));
        assertThatThrownBy(() -> Serve.run(connection, reception)).isInstanceOf(IllegalStateException.class);
        assertThat(connection.replies()).endsWith("421 4.3.0 Internal defect; try again later\r\n");
        assertThat(reception.events).endsWith("closed", "abandoned");
    }

    @Test
    void aReplyOfTheReceptionCannotForgeASecondOne() {
        reception.onFinish = () -> new Reply(550, Optional.empty(), java.util.List.of("no\r\n250 yes\u00e9"));
        assertThat(Serve.replies(reception, Serve.ENVELOPE + "|DATA\r\n|x\r\n.\r\n"))
                .endsWith("550 no??250 yes?\r\n");
    }

    @Test
    void aLongReplyIsFolded() {
        reception.onFinish = () -> Reply.of(550, "5.7.1", "x".repeat(1200));
        String replies = Serve.replies(reception, Serve.ENVELOPE + "|DATA\r\n|x\r\n.\r\n");
        assertThat(replies.lines()).allMatch(line -> line.length() <= 510);
        assertThat(replies.lines().filter(line -> line.startsWith("550"))).hasSize(3);
    }

    @Test
    void aStoppedSessionSaysSoAfterTheCommandBeingServed() throws IOException {
        var connection = ScriptedConnection.sending("NOOP\r\n", "NOOP\r\n");
        var session = new SmtpServerSession(connection, Serve.options(), reception);
        session.stop();
        session.run();
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 250 421");
    }
}
