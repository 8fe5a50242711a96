// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;
import org.junit.jupiter.api.Test;

class TransferTest {
    private static final String OK = "250 2.0.0 ok\r\n";

    private static ScriptedServer pipelining(String... replies) {
        return server(ScriptedServer.PIPELINING, replies);
    }

    private static ScriptedServer plain(String... replies) {
        return server(ScriptedServer.PLAIN, replies);
    }

    private static ScriptedServer server(String ehlo, String... replies) {
        var all = new java.util.ArrayList<>(List.of(ScriptedServer.BANNER, ehlo));
        all.addAll(List.of(replies));
        return ScriptedServer.replying(all.toArray(String[]::new));
    }

    private static TransferResult transfer(ScriptedServer server, String... recipients) throws IOException {
        return ScriptedServer.transfer(server.greeted(), recipients);
    }

    @Test
    void withPipeliningTheEnvelopeIsOneWrite() throws IOException {
        var server = pipelining(OK + OK + OK + "354 go\r\n", "250 2.6.0 queued\r\n");

        TransferResult result = transfer(server, "b@x.example", "c@x.example");

        assertThat(server.sentInTransfer()).hasSize(2).last().isEqualTo("hi\r\n.\r\n");
        assertThat(server.sentInTransfer().getFirst().lines())
                .containsExactly(
                        "MAIL FROM:<a@client.example> SIZE=4",
                        "RCPT TO:<b@x.example>",
                        "RCPT TO:<c@x.example>",
                        "DATA");
        assertThat(result.delivered(0)).isTrue();
        assertThat(result.forRecipient(1)).isEqualTo(Reply.of(250, "2.6.0", "queued"));
        assertThat(result.commandForRecipient(1)).isEqualTo("message");
    }

    @Test
    void withoutPipeliningEachCommandWaitsForItsReply() throws IOException {
        var server = plain(OK, OK, "354 go\r\n", OK);
        assertThat(transfer(server, "b@x.example").delivered(0)).isTrue();
        assertThat(server.sentInTransfer())
                .containsExactly(
                        "MAIL FROM:<a@client.example>\r\n", "RCPT TO:<b@x.example>\r\n", "DATA\r\n", "hi\r\n.\r\n");
    }

    @Test
    void theListenerHearsEachPhase() throws IOException {
        var server = plain(OK, OK, "354 go\r\n", OK);
        transfer(server, "b@x.example");
        assertThat(server.phases().stream().distinct())
                .containsExactly(
                        Phase.BANNER, Phase.EHLO, Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.CONTENT, Phase.MESSAGE);
    }

    @Test
    void eachRecipientHasItsOwnReply() throws IOException {
        TransferResult result = transfer(
                pipelining(OK + "550 5.1.1 unknown\r\n" + OK + "452 4.5.3 too many\r\n" + "354 go\r\n", OK),
                "b@x.example",
                "c@x.example",
                "d@x.example");
        assertThat(result.forRecipient(0)).isEqualTo(Reply.of(550, "5.1.1", "unknown"));
        assertThat(result.commandForRecipient(0)).isEqualTo("RCPT");
        assertThat(result.delivered(1)).isTrue();
        assertThat(result.forRecipient(2).isTransient()).isTrue();
    }

    @Test
    void aRefusedMailDecidesForAllAndTheFollowingRepliesAreReadAway() throws IOException {
        var server =
                pipelining("550 5.7.1 no\r\n503 mail first\r\n503 rcpt first\r\n", OK + OK + OK + "354 go\r\n", OK);
        SmtpClientSession session = server.greeted();

        TransferResult result = ScriptedServer.transfer(session, "b@x.example");

        assertThat(result.recipients()).isEmpty();
        assertThat(result.forRecipient(0)).isEqualTo(Reply.of(550, "5.7.1", "no"));
        assertThat(result.commandForRecipient(0)).isEqualTo("MAIL");
        assertThat(session.isOpen()).isTrue();
    }

    @Test
    void whenAllRecipientsAreRefusedA354IsAnsweredByTheDotAlone() throws IOException { // RFC 2920 §3.1
        var server = pipelining(OK + "550 no\r\n550 no\r\n354 go\r\n", "554 no recipients\r\n");
        TransferResult result = transfer(server, "b@x.example", "c@x.example");
        assertThat(server.sentInTransfer().getLast()).isEqualTo(".\r\n");
        assertThat(result.forRecipient(1)).isEqualTo(Reply.of(550, "", "no"));
    }

    @Test
    void withoutPipeliningNoDataFollowsWhenAllRecipientsAreRefused() throws IOException {
        var server = plain(OK, "550 no\r\n");
        TransferResult result = transfer(server, "b@x.example");
        assertThat(result.data()).isEmpty();
        assertThat(server.sentInTransfer()).hasSize(2);
    }

    @Test
    void noContentGoesToAServerThatRefusedMailAndYetAwaitsIt() throws IOException {
        var server = pipelining("550 no\r\n" + OK + "354 go\r\n");
        SmtpClientSession session = server.greeted();
        assertThat(ScriptedServer.transfer(session, "b@x.example").mail().code())
                .isEqualTo(550);
        assertThat(server.sentInTransfer()).hasSize(1);
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void aRefusedDataDecidesForTheAcceptedRecipients() throws IOException {
        TransferResult result =
                transfer(pipelining(OK + "550 no\r\n" + OK + "451 4.3.0 later\r\n"), "b@x.example", "c@x.example");
        assertThat(result.commandForRecipient(0)).isEqualTo("RCPT");
        assertThat(result.commandForRecipient(1)).isEqualTo("DATA");
        assertThat(result.forRecipient(1).code()).isEqualTo(451);
        assertThat(result.end()).isEmpty();
    }

    @Test
    void a421StandsForEveryReplyThatIsNotComing() throws IOException {
        for (var server :
                List.of(pipelining(OK + OK + "421 4.3.2 closing\r\n"), plain(OK, OK, "421 4.3.2 closing\r\n"))) {
            SmtpClientSession session = server.greeted();
            TransferResult result = ScriptedServer.transfer(session, "b@x.example", "c@x.example", "d@x.example");
            assertThat(result.recipients()).extracting(Reply::code).containsExactly(250, 421, 421);
            assertThat(result.forRecipient(0)).isEqualTo(Reply.of(421, "4.3.2", "closing"));
            assertThat(result.commandForRecipient(0)).isEqualTo("DATA");
            assertThat(session.isOpen()).isFalse();
        }
    }

    @Test
    void aReusedSessionResetsATransactionLeftOpenAndOnlyThat() throws IOException {
        var server = plain(OK, "550 no\r\n", OK, OK, OK, "354 go\r\n", OK, OK, OK, "354 go\r\n", OK);
        SmtpClientSession session = server.greeted();
        ScriptedServer.transfer(session, "b@x.example");
        assertThat(ScriptedServer.transfer(session, "c@x.example").delivered(0)).isTrue();
        assertThat(ScriptedServer.transfer(session, "d@x.example").delivered(0)).isTrue();
        assertThat(server.sent()).filteredOn("RSET\r\n"::equals).hasSize(1);
        assertThat(server.sentInTransfer().get(2)).isEqualTo("RSET\r\n");
    }

    @Test
    void aServerGoneBetweenTwoTransfersRefusesAtMail() throws IOException {
        var server = plain(OK, OK, "354 go\r\n", OK + "421 4.4.2 idle\r\n");
        SmtpClientSession session = server.greeted();
        ScriptedServer.transfer(session, "b@x.example");
        assertThat(ScriptedServer.transfer(session, "b@x.example")
                        .forRecipient(0)
                        .code())
                .isEqualTo(421);
    }

    @Test
    void aConnectionLostAfterTheFinalDotLeavesTheMessageInDoubt() throws IOException {
        SmtpClientSession session = plain(OK, OK, "354 go\r\n").greeted();
        assertThatThrownBy(() -> session.transfer(ScriptedServer.message("hi\r\n", "b@x.example")))
                .isInstanceOfSatisfying(
                        ConnectionLostException.class,
                        e -> assertThat(e.messageInDoubt()).isTrue());
    }

    @Test
    void aConnectionLostBeforeTheContentLeavesNoDoubt() throws IOException {
        SmtpClientSession session = plain(OK, OK).greeted();
        assertThatThrownBy(() -> session.transfer(ScriptedServer.message("hi\r\n", "b@x.example")))
                .isInstanceOfSatisfying(ConnectionLostException.class, e -> {
                    assertThat(e.messageInDoubt()).isFalse();
                    assertThat(e.phase()).isEqualTo(Phase.DATA);
                });
    }

    @Test
    void aReplyThatCutsTheContentShortIsHeard() throws IOException {
        var server = plain(OK, OK, "354 go\r\n", "552 5.3.4 too large\r\n");
        SmtpClientSession session = server.greeted();
        MailTransaction message = contentOf(() -> {
            server.failWrites(new IOException("broken pipe"));
            return new ByteArrayInputStream(new byte[0]);
        });
        TransferResult result = session.transfer(message);
        assertThat(result.end()).contains(Reply.of(552, "5.3.4", "too large"));
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void a421LeftOnAConnectionThatTakesNoMoreIsHeard() throws IOException {
        var server = plain("421 4.4.2 idle\r\n");
        SmtpClientSession session = server.greeted();
        server.failWrites(new IOException("broken pipe"));
        assertThat(ScriptedServer.transfer(session, "b@x.example")
                        .forRecipient(0)
                        .code())
                .isEqualTo(421);
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void aWriteThatFailsWithoutA421IsALostConnection() throws IOException {
        var server = plain("550 5.7.1 unrelated\r\n");
        SmtpClientSession session = server.greeted();
        server.failWrites(new IOException("broken pipe"));
        assertThatThrownBy(() -> session.transfer(ScriptedServer.message("hi\r\n", "b@x.example")))
                .isInstanceOfSatisfying(
                        ConnectionLostException.class,
                        e -> assertThat(e.phase()).isEqualTo(Phase.MAIL));
    }

    @Test
    void contentThatCannotBeReadIsNotFinished() throws IOException {
        var server = plain(OK, OK, "354 go\r\n", OK);
        SmtpClientSession session = server.greeted();
        assertThatThrownBy(() -> session.transfer(contentOf(() -> {
                    throw new IOException("gone");
                })))
                .isInstanceOf(ContentSourceException.class);
        session.quit();
        assertThat(String.join("", server.sent())).doesNotContain(".\r\n").doesNotContain("QUIT");
    }

    @Test
    void contentThatASloppyServerCouldSplitIsNotSent() throws IOException {
        for (String bad : List.of("a\n.\nb", "a\r.\rb", "a\r\n.\r\r\n", "a\r\n\u0000.\r\n", "\n", "x\r")) {
            var server = plain(OK, OK, "354 go\r\n", OK);
            SmtpClientSession session = server.greeted();
            assertThatThrownBy(() -> session.transfer(ScriptedServer.message(bad, "b@x.example")))
                    .isInstanceOf(ContentSourceException.class);
            assertThat(session.isOpen()).isFalse();
            assertThat(server.sentInTransfer()).last().isEqualTo("DATA\r\n");
        }
    }

    private static MailTransaction contentOf(ContentSource source) {
        return new MailTransaction(Optional.empty(), List.of(Mailbox.parse("b@x.example")), 0, false, false, source);
    }

    @Test
    void repliesThatDoNotFitTheCommandAreProtocolErrors() throws IOException {
        for (var server : List.of(
                plain("354 go\r\n"),
                plain(OK, "354 go\r\n"),
                plain(OK, OK, "250 ok\r\n"),
                plain(OK, OK, "354 go\r\n", "354 more\r\n"),
                plain("what?\r\n"))) {
            SmtpClientSession session = server.greeted();
            assertThatThrownBy(() -> session.transfer(ScriptedServer.message("hi\r\n", "b@x.example")))
                    .isInstanceOf(SmtpProtocolException.class);
            assertThat(session.isOpen()).isFalse();
        }
    }

    @Test
    void parametersAreSentOnlyWhereOffered() throws IOException {
        var message = new MailTransaction(
                Optional.empty(),
                List.of(Mailbox.parse("ü@x.example")),
                0,
                true,
                true,
                java.io.InputStream::nullInputStream);
        var server = pipelining(OK + OK + "354 go\r\n", OK);
        server.greeted().transfer(message);
        assertThat(server.sentInTransfer().getFirst())
                .startsWith("MAIL FROM:<> SIZE=0 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<ü@x.example>\r\n");

        SmtpClientSession old = plain().greeted();
        assertThatThrownBy(() -> old.transfer(message)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void manyRecipientsGoInGroupsSoThatNeitherSideBlocks() throws IOException {
        int count = 250;
        var server = pipelining(OK.repeat(100), OK.repeat(100), OK.repeat(51) + "354 go\r\n", OK);
        var recipients = Collections.nCopies(count, "b@x.example").toArray(String[]::new);
        TransferResult result = transfer(server, recipients);
        assertThat(result.recipients()).hasSize(count);
        assertThat(result.delivered(count - 1)).isTrue();
        assertThat(server.sentInTransfer()).hasSize(4);
    }
}
