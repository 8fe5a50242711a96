// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Messages in chunks (RFC 3030).
class ServerChunkingTest {
    private final RecordingReception reception = new RecordingReception();

    private String codes(String afterEnvelope) {
        return Serve.codes(reception, Serve.ENVELOPE + "|" + afterEnvelope).replaceFirst("^220 250 250 250 ?", "");
    }

    private String text() {
        return reception.messages.getFirst().text();
    }

    @Test
    void aMessageMayComeInOneChunkAndItsDotsAreLeftAlone() {
        assertThat(codes("BDAT 16 LAST\r\n..a\r\n.\r\nb\r\n...\r\nNOOP\r\n")).isEqualTo("250 250");
        assertThat(text()).isEqualTo("..a\r\n.\r\nb\r\n...\r\n");
        assertThat(reception.events).containsExactly("helo client.example", "finished", "closed");
    }

    @Test
    void chunksAreJoinedHoweverTheyArriveAndPipelined() {
        String dialogue = "BDAT 3\r\nab\r|BDAT 0\r\nBDAT 2\r\n\nc|BDAT 2 last\r\n\r\nNOOP\r\n";
        assertThat(codes(dialogue)).isEqualTo("250 250 250 250 250");
        assertThat(text()).isEqualTo("ab\r\nc\r\n");
    }

    @Test
    void theLastChunkMayBeEmptyAndAMissingLineEndIsAdded() {
        assertThat(codes("BDAT 3\r\nab.BDAT 0 LAST\r\n")).isEqualTo("250 250");
        assertThat(text()).isEqualTo("ab.\r\n");
    }

    @Test
    void anEmptyMessageIsOne() {
        assertThat(codes("BDAT 0 LAST\r\n")).isEqualTo("250");
        assertThat(reception.messages.getFirst().octets()).isEmpty();
    }

    @Test
    void whatIsAskedOfReportsGoesWithTheContent() {
        Serve.codes(
                reception,
                Serve.lines(
                        "EHLO x",
                        "MAIL FROM:<a@x.example> RET=FULL",
                        "RCPT TO:<b@our.example>",
                        "RCPT TO:<c@our.example> NOTIFY=NEVER",
                        "BDAT 3 LAST",
                        "x"));
        DsnRequest dsn = reception.messages.getFirst().dsn();
        assertThat(dsn.message().ret()).contains(Ret.FULL);
        assertThat(dsn.recipient(0)).isEqualTo(RecipientDsn.NONE);
        assertThat(dsn.recipient(1)).isEqualTo(RecipientDsn.NEVER);
    }

    @Test
    void bareLineBreaksAndNulsRefuseTheMessageAndEndTheSession() {
        for (String bad : List.of("a\nb\r\n", "a\rb\r\n", "a\u0000\r\n", "\n", "\r\r\n", "a\r\n.\n", "a\r")) {
            var fresh = new RecordingReception();
            String replies =
                    Serve.replies(fresh, Serve.ENVELOPE + "|BDAT " + bad.length() + " LAST\r\n" + bad + "NOOP\r\n");
            assertThat(Serve.codesIn(replies)).as(bad).isEqualTo("220 250 250 250 554");
            assertThat(fresh.messages).isEmpty();
            assertThat(fresh.events).containsExactly("helo client.example", "abandoned", "closed");
        }
        assertThat(codes("BDAT 2\r\na\rBDAT 2 LAST\r\nb\nNOOP\r\n")).isEqualTo("250 554");
    }

    @Test
    void octetsOfARefusedChunkAreNeverCommands() {
        String evil = "RCPT TO:<evil@our.example>\r\n";
        String chunk = "BDAT " + evil.length() + " LAST\r\n" + evil;
        assertThat(Serve.codes(reception, "EHLO x\r\n|" + chunk + "NOOP\r\n")).isEqualTo("220 250 503 250");
        reception.unknownRecipients = java.util.Set.of("b@our.example");
        assertThat(Serve.codes(
                        reception,
                        "EHLO x\r\n|MAIL FROM:<a@x.example>\r\nRCPT TO:<b@our.example>\r\n" + chunk + "NOOP\r\n"))
                .isEqualTo("220 250 250 550 554 250");
        assertThat(reception.messages).isEmpty();
    }

    @Test
    void whatFollowsARefusedChunkIsReadAwayAndTheNextTransactionServed() {
        String large = "x".repeat(90) + "\r\n";
        String line = "x".repeat(2001) + "\r\n";
        assertThat(codes("BDAT " + line.length() + "\r\n" + line + "BDAT 92\r\n" + large + "BDAT 92 LAST\r\n" + large
                        + "RSET\r\nMAIL FROM:<c@x.example>\r\nRCPT TO:<b@our.example>\r\nBDAT 3 LAST\r\ny\r\n"))
                .isEqualTo("554 503 503 250 250 250 250");
        assertThat(text()).isEqualTo("y\r\n");
    }

    @Test
    void theSizeLimitHoldsForAllChunksTogether() {
        String half = ("x".repeat(998) + "\r\n").repeat(60);
        String chunk = "BDAT " + half.length() + "\r\n" + half;
        assertThat(codes(chunk + chunk + "NOOP\r\n")).isEqualTo("250 552 250");
    }

    @Test
    void whatHasNoSureEndEndsTheSession() {
        for (String bad : List.of("", "x", "-1", "1 FIRST", "1 LAST LAST", "1LAST", "9999999999999999999")) {
            assertThat(codes("BDAT " + bad + "\r\nNOOP\r\n")).as(bad).isEqualTo("501");
        }
    }

    /// What follows such a line may be the octets that it announced, and must not be read as commands.
    @Test
    void aMalformedLineThatMayAnnounceOctetsEndsTheSession() {
        String evil = "RCPT TO:<evil@our.example>\r\n";
        for (String bad : List.of(
                "BDAT 28 LAST\t",
                "BDAT\t28",
                "bdat 28 \u0000",
                "BDAT\u00a028",
                "BDAT28 LAST",
                "BDAT " + " ".repeat(1500) + "28 LAST")) {
            assertThat(codes(bad + "\r\n" + evil)).as(bad).isEqualTo("500");
        }
        var octets = new ArrayList<byte[]>();
        for (String segment : (Serve.ENVELOPE + "|BDAT 28 \u00ff\r\n" + evil).split("\\|", -1)) {
            octets.add(segment.getBytes(StandardCharsets.ISO_8859_1));
        }
        var connection = new ScriptedConnection(ScriptedInput.ofOctets(octets), Optional.empty());
        Serve.run(connection, reception);
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 250 250 250 500");
    }

    @Test
    void aChunkLargerThanAnyMessageIsNotReadAway() {
        String ahead = "NOOP\r\n".repeat(3);
        assertThat(Serve.codes(reception, "BDAT 999999999999999999\r\n" + ahead))
                .isEqualTo("220 552");
        assertThat(codes("BDAT 100001 LAST\r\n" + ahead)).isEqualTo("552");
        assertThat(reception.events).contains("abandoned");
    }

    @Test
    void chunksOutsideOfATransactionAreReadAwayUpToTheSizeOfAMessageTogether() {
        String chunk = "BDAT 60000\r\n" + "x".repeat(60_000);
        assertThat(Serve.codes(reception, chunk + "NOOP\r\n" + chunk + "NOOP\r\n"))
                .isEqualTo("220 503 250 552");
    }

    @Test
    void aMessageBegunInChunksTakesNeitherDataNorRecipients() {
        assertThat(codes("BDAT 3\r\na\r\n|DATA\r\n|RCPT TO:<c@our.example>\r\n|MAIL FROM:<>\r\n|BDAT 0 LAST\r\n"))
                .isEqualTo("250 503 503 503 250");
        assertThat(reception.messages.getFirst().recipients()).hasSize(1);
    }

    @Test
    void aMessageCutShortIsDropped() {
        for (String end : List.of("", "|RSET\r\n", "|EHLO y\r\n", "|BDAT 9\r\nabc", "|QUIT\r\n")) {
            var fresh = new RecordingReception();
            Serve.replies(fresh, Serve.ENVELOPE + "|BDAT 3\r\na\r\n" + end);
            assertThat(fresh.messages).isEmpty();
            assertThat(fresh.events).contains("abandoned", "closed").doesNotContain("finished");
        }
    }

    @Test
    void aStoreThatFailsIsALocalError() {
        reception.storeFails = true;
        assertThat(codes("BDAT 3 LAST\r\na\r\n|NOOP\r\n")).isEqualTo("451 250");
    }

    @Test
    void chunksOfNothingEndTheSession() {
        assertThat(codes("BDAT 0\r\n".repeat(200))).contains(" 421").doesNotContain("421 ");
    }

    @Test
    void aClientThatDripsChunksIsTimedOut() throws IOException {
        String octets = "x".repeat(510) + "\r\n";
        assertThat(repliesToManyChunks(List.of("BDAT 512\r\n", octets))).contains("\r\n421 4.4.2 ");
        assertThat(repliesToManyChunks(List.of("BDAT 512\r\n" + octets))).contains("\r\n421 4.4.2 ");
    }

    private String repliesToManyChunks(List<String> chunk) throws IOException {
        var segments = new ArrayList<String>(List.of(Serve.ENVELOPE.split("\\|")));
        for (int i = 0; i < 90; i++) {
            segments.addAll(chunk);
        }
        return serve(segments, Duration.ofSeconds(10));
    }

    /// A pause between two chunks is bounded as any wait for a command is, and charged to no chunk.
    @Test
    void aClientMayPauseBetweenChunks() throws IOException {
        var segments = new ArrayList<String>(List.of(Serve.ENVELOPE.split("\\|")));
        for (int i = 0; i < 4; i++) {
            segments.add("BDAT 512\r\n");
            segments.add("x".repeat(510) + "\r\n");
        }
        segments.add("BDAT 0 LAST\r\n");
        assertThat(Serve.codesIn(serve(segments, Duration.ofSeconds(59))))
                .isEqualTo("220 250 250 250 250 250 250 250 250");
    }

    /// @param step by which time goes on whenever it is asked for
    private String serve(List<String> segments, Duration step) throws IOException {
        var now = new ArrayList<>(List.of(Instant.parse("2026-11-23T00:00:00Z")));
        var connection = ScriptedConnection.sending(segments.toArray(String[]::new));
        new SmtpServerSession(connection, Serve.options(), reception, () -> {
                    Instant instant = now.getFirst();
                    now.set(0, instant.plus(step));
                    return instant;
                })
                .run();
        return connection.replies();
    }

    @Test
    void aMessageBegunIsTakenToItsEndByAStoppedSession() throws IOException {
        var segments = new ArrayList<String>(List.of(Serve.ENVELOPE.split("\\|")));
        segments.addAll(List.of("BDAT 3\r\na\r\n", "BDAT 3\r\nb\r\n", "BDAT 3 LAST\r\nc\r\n", "NOOP\r\n"));
        var connection = ScriptedConnection.sending(segments.toArray(String[]::new));
        var session = new AtomicReference<SmtpServerSession>();
        session.set(new SmtpServerSession(connection, Serve.options(), reception, () -> {
            if (connection.replies().contains(" so far")) {
                session.get().stop();
            }
            return Instant.EPOCH;
        }));
        session.get().run();
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 250 250 250 250 250 250 421");
        assertThat(text()).isEqualTo("a\r\nb\r\nc\r\n");
    }
}
