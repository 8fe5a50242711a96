// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServerContentTest {
    private final RecordingReception reception = new RecordingReception();

    private String codesFor(String content) {
        return Serve.codes(reception, Serve.ENVELOPE + "|DATA\r\n|" + content + "|NOOP\r\n");
    }

    @Test
    void dotsAreUnstuffedAtLineStartsOnly() {
        codesFor("a.b\r\n.\t.\r\n...\r\n..\r\n .\r\n.\r\n");
        assertThat(reception.messages.getFirst().text()).isEqualTo("a.b\r\n\t.\r\n..\r\n.\r\n .\r\n");
    }

    @Test
    void anEmptyMessageIsOne() {
        assertThat(codesFor(".\r\n")).endsWith("354 250 250");
        assertThat(reception.messages.getFirst().octets()).isEmpty();
    }

    @Test
    void theEndIsFoundHoweverTheOctetsArrive() {
        String content = "..x\r\n.\r\n";
        for (int i = 1; i < content.length(); i++) {
            codesFor(content.substring(0, i) + "|" + content.substring(i));
        }
        codesFor(String.join("|", content.split("")));
        assertThat(reception.messages)
                .hasSize(content.length())
                .allSatisfy(message -> assertThat(message.text()).isEqualTo(".x\r\n"));
    }

    @Test
    void bareLineBreaksAndNulsRefuseTheMessageAtItsTrueEndAndEndTheSession() {
        for (String bad : List.of(
                "a\nb",
                "a\rb",
                "a\u0000b",
                "\n",
                "\r\r\n",
                "\n.\n",
                "\r.\r",
                "\n.\r\n",
                "\r.\r\n",
                "x\r\n.\n",
                "x\r\n.\r",
                "x\r\n.\r\r\n",
                "x\r\n\u0000.\r\n",
                "x\n\r\n",
                "x\n\r.\r\n")) {
            var fresh = new RecordingReception();
            String smuggled = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<b@our.example>\r\n";
            String replies =
                    Serve.replies(fresh, Serve.ENVELOPE + "|DATA\r\n|first" + bad + smuggled + "\r\n.\r\n|NOOP\r\n");
            assertThat(Serve.codesIn(replies)).isEqualTo("220 250 250 250 354 554");
            assertThat(replies).contains("554 5.6.0 ");
            assertThat(fresh.messages).isEmpty();
            assertThat(fresh.events).containsExactly("helo client.example", "abandoned", "closed");
        }
    }

    @Test
    void aClientThatWaitsForTheReplyToAFalseEndIsToldWhyThereIsNone() {
        var connection = new ScriptedConnection(
                ScriptedInput.failing(new InterruptedIOException(), (Serve.ENVELOPE + "|DATA\r\n|x\n.\n").split("\\|")),
                Optional.empty());
        Serve.run(connection, reception);
        assertThat(connection.replies()).contains("\r\n554 5.6.0 ");
        assertThat(reception.messages).isEmpty();
    }

    @Test
    void aMessageOverTheLimitIsReadToItsEndAndRefused() {
        String line = "x".repeat(998) + "\r\n";
        assertThat(codesFor("\r\n" + line.repeat(99) + "x".repeat(996) + "\r\n.\r\n"))
                .endsWith("354 250 250");
        assertThat(codesFor("\r\n" + line.repeat(99) + "x".repeat(997) + "\r\n.\r\n"))
                .endsWith("354 552 250");
        assertThat(codesFor("\r\n" + line.repeat(1000) + ".\r\n")).endsWith("354 552 250");
        assertThat(reception.messages).hasSize(1);
        assertThat(reception.messages.getFirst().octets()).hasSize(100_000);
    }

    @Test
    void stuffedDotsDoNotCountAsSize() {
        assertThat(codesFor("\r\n" + "..\r\n".repeat(33_332) + ".\r\n")).endsWith("354 250 250");
        assertThat(reception.messages.getFirst().octets()).hasSize(2 + 3 * 33_332);
    }

    @Test
    void longLinesPassUpToTheLimit() {
        assertThat(codesFor("\r\n" + "x".repeat(1998) + "\r\n.\r\n")).endsWith("354 250 250");
        assertThat(codesFor("\r\n" + "x".repeat(1999) + "\r\n.\r\n")).endsWith("354 554 250");
        assertThat(codesFor("\r\n" + "x".repeat(90_000) + "|x\r\n.\r\n")).endsWith("354 554 250");
    }

    @Test
    void eightBitContentPassesWithoutAnnouncement() {
        codesFor("Grüße\r\n.\r\n");
        assertThat(reception.messages.getFirst().text()).isEqualTo("Grüße\r\n");
    }

    @Test
    void aHeaderWithoutEndIsRefused() {
        var large = new ServerOptions(
                Serve.options().hostname(), 1 << 20, 3, 1024, 2000, 5, Duration.ofMinutes(5), Duration.ofMinutes(3));
        String fields = ("X: " + "y".repeat(95) + "\r\n").repeat(2700);
        assertThat(codesWith(large, fields + "\r\n.\r\n")).endsWith("354 552");
        assertThat(codesWith(large, "\r\n" + fields + ".\r\n")).endsWith("354 250");
    }

    private String codesWith(ServerOptions options, String content) {
        var connection = ScriptedConnection.sending((Serve.ENVELOPE + "|DATA\r\n|" + content).split("\\|"));
        try {
            new SmtpServerSession(connection, options, reception).run();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return Serve.codesIn(connection.replies());
    }

    @Test
    void aFailingStoreDefersTheMessageAndTheSessionGoesOn() {
        reception.storeFails = true;
        assertThat(codesFor("x\r\n.\r\n")).endsWith("354 451 250");
        assertThat(reception.events).containsExactly("helo client.example", "abandoned", "closed");
    }

    @Test
    void aNegativeFinishIsTheReply() {
        reception.onFinish = () -> Reply.of(452, "4.3.1", "Full");
        assertThat(codesFor("x\r\n.\r\n")).endsWith("354 452 250");
        assertThat(reception.events).containsExactly("helo client.example", "finished", "closed");
    }

    @Test
    void aClientThatDripsItsMessageIsTimedOut() throws java.io.IOException {
        assertTimedOut("x", 1000);
    }

    /// It sends more in a second than is asked of it, and never the end of what is refused long since.
    @Test
    void aMessageWithoutEndIsTimedOut() throws java.io.IOException {
        assertTimedOut(("x".repeat(78) + "\r\n").repeat(50), 10_000);
    }

    private void assertTimedOut(String segment, int times) throws java.io.IOException {
        var now = new ArrayList<>(List.of(Instant.parse("2026-11-23T00:00:00Z")));
        var segments = new ArrayList<String>(List.of(Serve.ENVELOPE.split("\\|")));
        segments.add("DATA\r\n");
        for (int i = 0; i < times; i++) {
            segments.add(segment);
        }
        var connection = ScriptedConnection.sending(segments.toArray(String[]::new));
        new SmtpServerSession(connection, Serve.options(), reception, () -> {
                    Instant instant = now.getFirst();
                    now.set(0, instant.plusSeconds(3));
                    return instant;
                })
                .run();
        assertThat(connection.replies()).contains("\r\n421 4.4.2 ");
    }
}
