// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;
import org.junit.jupiter.api.Test;

/// The client towards servers that offer CHUNKING, DSN and REQUIRETLS.
class ChunkingTransferTest {
    private static final String OK = "250 2.0.0 ok\r\n";
    private static final String BOTH = "250-mx.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n";
    private static final String CHUNKS = "250-mx.example\r\n250 CHUNKING\r\n";
    private static final String FIELD = "A: b\r\n";
    private static final String MAIL = FIELD + "hi\r\n";

    private static ScriptedServer server(String ehlo, String... replies) {
        var all = new ArrayList<>(List.of(ScriptedServer.BANNER, ehlo));
        all.addAll(List.of(replies));
        return ScriptedServer.replying(all.toArray(String[]::new));
    }

    private static TransferResult transfer(SmtpClientSession session, String... recipients) throws IOException {
        return session.transfer(ScriptedServer.message(MAIL, recipients));
    }

    @Test
    void theChunkFollowsTheRepliesToTheEnvelopeAndIsSentAsItIs() throws IOException { // RFC 3030 §2
        var server = server(BOTH, OK + OK + "550 5.1.1 unknown\r\n", OK, OK);
        TransferResult result =
                server.greeted().transfer(ScriptedServer.message("A: b\r\n.hi\r\n", "b@x.example", "c@x.example"));
        assertThat(server.sentInTransfer()).hasSize(3).last().isEqualTo("BDAT 5 LAST\r\n.hi\r\n");
        assertThat(result.delivered(0)).isTrue();
        assertThat(result.delivered(1)).isFalse();
        assertThat(result.commandForRecipient(1)).isEqualTo("RCPT");
    }

    @Test
    void nothingIsSentWithoutARecipient() throws IOException {
        var server = server(BOTH, OK + "550 5.1.1 unknown\r\n", OK, OK + OK, OK, OK);
        SmtpClientSession session = server.greeted();
        assertThat(transfer(session, "b@x.example").commandForRecipient(0)).isEqualTo("RCPT");
        assertThat(server.sentInTransfer()).hasSize(1);
        assertThat(transfer(session, "b@x.example").delivered(0)).isTrue();
        assertThat(server.sentInTransfer().get(1)).isEqualTo("RSET\r\n");
    }

    @Test
    void withoutPipeliningTheChunkFollowsTheLastReply() throws IOException {
        var server = server(CHUNKS, OK, OK, OK, OK);
        assertThat(transfer(server.greeted(), "b@x.example").delivered(0)).isTrue();
        assertThat(server.sentInTransfer())
                .containsExactly(
                        "MAIL FROM:<a@client.example>\r\n",
                        "RCPT TO:<b@x.example>\r\n",
                        "BDAT 6\r\nA: b\r\n",
                        "BDAT 4 LAST\r\nhi\r\n");
    }

    @Test
    void aRefusedChunkDecidesAndTheTransactionIsReset() throws IOException { // RFC 3030 §2
        var server = server(BOTH, OK + OK, "552 5.3.4 too large\r\n", OK, OK + OK, OK, OK);
        SmtpClientSession session = server.greeted();
        TransferResult refused = transfer(session, "b@x.example");
        assertThat(refused.forRecipient(0)).isEqualTo(Reply.of(552, "5.3.4", "too large"));
        assertThat(refused.commandForRecipient(0)).isEqualTo("message");
        assertThat(transfer(session, "b@x.example").delivered(0)).isTrue();
        assertThat(server.sentInTransfer().get(2)).isEqualTo("RSET\r\n");
    }

    /// Where nobody knows what a chunk is, its octets may be read as commands: they must be none.
    @Test
    void untilAChunkWasTakenOnlyALineThatIsNoCommandGoesInOne() throws IOException {
        var filter = server(BOTH, OK + OK, "502 5.5.1 what?\r\n");
        SmtpClientSession session = filter.greeted();
        assertThat(transfer(session, "b@x.example").forRecipient(0).code()).isEqualTo(502);
        assertThat(session.knowsChunking()).isFalse();
        assertThat(filter.received()).endsWith("BDAT 6\r\nA: b\r\n");

        for (String content :
                List.of("MAIL FROM:<c@x.example>\r\n\r\n", "hi\r\n", FIELD, "A: b\r\r\nhi\r\n", ":\r\nx\r\n")) {
            var server = server(BOTH, OK + OK, "354 go\r\n", OK);
            try {
                server.greeted().transfer(ScriptedServer.message(content, "b@x.example"));
            } catch (ContentSourceException unfit) {
                assertThat(content).contains("\r\r");
            }
            assertThat(server.received()).as(content).contains("\r\nDATA\r\n").doesNotContain("BDAT");
        }
    }

    @Test
    void whoHasTakenAChunkGetsTheNextMessageInOne() throws IOException {
        var server = server(BOTH, OK + OK, OK, "552 no\r\n", OK, OK + OK, OK);
        SmtpClientSession session = server.greeted();
        assertThat(transfer(session, "b@x.example").forRecipient(0).code()).isEqualTo(552);
        assertThat(session.knowsChunking()).isTrue();
        assertThat(transfer(session, "b@x.example").delivered(0)).isTrue();
        assertThat(server.sent()).last().isEqualTo("BDAT 10 LAST\r\n" + MAIL);
    }

    /// It cannot answer what it came before.
    @Test
    void aReplyBeforeItsCommandIsNone() throws IOException {
        for (var server : List.of(
                server(BOTH, OK + OK + OK, "554 no\r\n"),
                server(BOTH, OK + OK, OK + OK, "554 no\r\n"),
                server(ScriptedServer.PIPELINING, OK + OK + "354 go\r\n250 ok\r\n", "554 no\r\n"),
                server(ScriptedServer.PLAIN, OK, OK, "354 go\r\n250 ok\r\n", "554 no\r\n"),
                server(ScriptedServer.PLAIN, OK + OK, OK, "354 go\r\n", "554 no\r\n"))) {
            SmtpClientSession session = server.greeted();
            assertThatThrownBy(() -> transfer(session, "b@x.example"))
                    .isInstanceOf(SmtpProtocolException.class)
                    .hasMessageContaining("without a command");
            assertThat(session.isOpen()).isFalse();
        }
    }

    @Test
    void aServerThatClosesBeforeTheContentGetsNone() throws IOException {
        for (var server : List.of(
                server(BOTH, OK + OK + "421 closing\r\n"),
                server(BOTH, OK + OK, OK + "421 closing\r\n"),
                server(ScriptedServer.PIPELINING, OK + OK + "354 go\r\n421 closing\r\n"))) {
            assertThat(transfer(server.greeted(), "b@x.example").forRecipient(0).code())
                    .isEqualTo(421);
            assertThat(server.received()).doesNotContain("hi");
        }
    }

    @Test
    void aRefusedMailDecidesForAll() throws IOException {
        var server = server(BOTH, "550 5.7.1 no\r\n503 no\r\n", OK, OK + OK, OK, OK);
        SmtpClientSession session = server.greeted();
        assertThat(transfer(session, "b@x.example").commandForRecipient(0)).isEqualTo("MAIL");
        assertThat(transfer(session, "b@x.example").delivered(0)).isTrue();
    }

    @Test
    void aServerThatClosesAnswersAllTheRest() throws IOException {
        var server = server(BOTH, OK + "421 4.3.2 closing\r\n");
        SmtpClientSession session = server.greeted();
        TransferResult result = transfer(session, "b@x.example", "c@x.example");
        assertThat(result.forRecipient(0).code()).isEqualTo(421);
        assertThat(result.forRecipient(1).code()).isEqualTo(421);
        assertThat(session.isOpen()).isFalse();

        TransferResult late = transfer(server(CHUNKS, OK, OK, "421 closing\r\n").greeted(), "b@x.example");
        assertThat(late.commandForRecipient(0)).isEqualTo("message");
    }

    @Test
    void aMessageIsInDoubtOnceItsChunkIsComplete() throws IOException { // RFC 1047
        assertThat(isInDoubt(server(BOTH, OK + OK, OK))).isTrue();
        assertThat(isInDoubt(server(BOTH, OK + OK))).isFalse();
        assertThat(isInDoubt(server(BOTH, OK))).isFalse();
    }

    private static boolean isInDoubt(ScriptedServer server) throws IOException {
        SmtpClientSession session = server.greeted();
        try {
            transfer(session, "b@x.example");
            throw new AssertionError("the connection was not lost");
        } catch (ConnectionLostException e) {
            return e.messageInDoubt();
        }
    }

    @Test
    void contentThatIsUnfitOrNotOfTheAnnouncedSizeIsNotCompleted() throws IOException {
        for (String end : List.of("a\nb", "a\rb", "a\u0000b", "ab\r", "a\r\r\n", "ab", "abcde\r\n")) {
            String bad = FIELD + end;
            var server = server(CHUNKS, OK, OK, OK, OK);
            SmtpClientSession session = server.greeted();
            var transaction = new MailTransaction(
                    Optional.empty(),
                    List.of(Mailbox.parse("b@x.example")),
                    end.length() < 3 || end.length() > 5 ? FIELD.length() + 4 : bad.length(),
                    false,
                    false,
                    () -> new ByteArrayInputStream(bad.getBytes(StandardCharsets.UTF_8)));
            assertThatThrownBy(() -> session.transfer(transaction)).as(bad).isInstanceOf(ContentSourceException.class);
            assertThat(session.isOpen()).isFalse();
        }
    }

    /// A chunk is complete with its last octet, so whatever speaks against the content must be known before.
    @Test
    void theLastOctetIsHeldBackUntilTheWholeSourceIsReadAndFit() {
        String lines = ("x:" + "x".repeat(28) + "\r\n").repeat(1024);
        var failing = ScriptedInput.failing(new IOException("the checksum does not match"), lines);
        assertThat(contentThatArrivesOf(new BufferedInputStream(failing))).isLessThan(32_736);
        assertThat(contentThatArrivesOf(octets(lines.substring(0, 32_767) + "\r")))
                .isLessThan(32_736);
        assertThat(contentThatArrivesOf(new SequenceInputStream(octets(lines), octets("x"))))
                .isLessThan(32_736);
    }

    private static InputStream octets(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static int contentThatArrivesOf(InputStream source) {
        var server = server(CHUNKS, OK, OK, OK, OK);
        var transaction = new MailTransaction(
                Optional.empty(), List.of(Mailbox.parse("b@x.example")), 32_768, false, false, () -> source);
        assertThatThrownBy(() -> server.greeted().transfer(transaction)).isInstanceOf(ContentSourceException.class);
        String command = "BDAT 32736 LAST\r\n";
        return server.received().length() - server.received().indexOf(command) - command.length();
    }

    @Test
    void requestsForReportsAndRequireTlsGoWhereTheyAreOffered() throws IOException { // RFC 3461 §5.2, RFC 8689 §4.2.1
        var dsn = new DsnRequest(
                MessageDsn.NONE.with("RET", "HDRS").with("ENVID", "id+2B7"),
                List.of(RecipientDsn.NEVER, RecipientDsn.NONE.with("ORCPT", "rfc822;o@x.example")));
        var transaction = new MailTransaction(
                Optional.empty(),
                List.of(Mailbox.parse("b@x.example"), Mailbox.parse("c@x.example")),
                MAIL.length(),
                false,
                false,
                () -> new ByteArrayInputStream(MAIL.getBytes(StandardCharsets.UTF_8)),
                dsn,
                true);
        var server = server(
                "250-mx.example\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-DSN\r\n250 REQUIRETLS\r\n",
                OK + OK + OK,
                OK,
                OK);
        server.greeted().transfer(transaction);
        assertThat(server.sentInTransfer().getFirst().lines())
                .containsExactly(
                        "MAIL FROM:<> REQUIRETLS RET=HDRS ENVID=id+2B7",
                        "RCPT TO:<b@x.example> NOTIFY=NEVER",
                        "RCPT TO:<c@x.example> ORCPT=rfc822;o@x.example");
        var plain = server(BOTH, OK + OK + OK, OK, OK);
        plain.greeted().transfer(transaction);
        assertThat(plain.sentInTransfer().getFirst().lines())
                .containsExactly("MAIL FROM:<>", "RCPT TO:<b@x.example>", "RCPT TO:<c@x.example>");
    }
}
