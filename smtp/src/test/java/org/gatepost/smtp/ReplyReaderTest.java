// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplyReaderTest {
    private static Reply read(String... segments) throws IOException {
        return new ReplyReader(ScriptedInput.of(segments)).read(Phase.MAIL);
    }

    @Test
    void linesAreJoinedAndEnhancedCodesTakenOff() throws IOException {
        assertThat(read("550-5.7.1 first\r\n550 5.7.1 second\r\n")).isEqualTo(Reply.of(550, "5.7.1", "first\nsecond"));
    }

    @Test
    void textMayBeMissing() throws IOException {
        assertThat(read("250\r\n").lines()).containsExactly("");
        assertThat(read("250 \r\n").lines()).containsExactly("");
        assertThat(read("250-\r\n250\r\n").lines()).containsExactly("", "");
        assertThat(read("250 2.1.0\r\n")).isEqualTo(Reply.of(250, "2.1.0", ""));
    }

    @Test
    void aLineMayEndInLineFeedAlone() throws IOException {
        assertThat(read("250-a\n250 b\n").lines()).containsExactly("a", "b");
    }

    @Test
    void anEnhancedCodeOfAnotherClassIsText() throws IOException {
        assertThat(read("550 4.7.1 odd\r\n")).isEqualTo(Reply.of(550, "", "4.7.1 odd"));
        assertThat(read("550 5.7.01 odd\r\n").enhanced()).isEmpty();
        assertThat(read("550 5.7.1odd\r\n").enhanced()).isEmpty();
    }

    @Test
    void theGreetingAndEhloHaveNoEnhancedCode() throws IOException {
        assertThat(new ReplyReader(ScriptedInput.of("220 2.0.0 name\r\n"))
                        .read(Phase.BANNER)
                        .text())
                .isEqualTo("2.0.0 name");
    }

    @Test
    void textIsUtf8OrElseLatin1() throws IOException {
        assertThat(read("250 Grüße\r\n").text()).isEqualTo("Grüße");
        var latin = ScriptedInput.ofOctets(List.of(new byte[] {'2', '5', '0', ' ', (byte) 0xfc, '\r', '\n'}));
        assertThat(new ReplyReader(latin).read(Phase.MAIL).text()).isEqualTo("ü");
    }

    @Test
    void whatIsNoReplyIsAProtocolError() {
        for (String bad : List.of(
                "\r\n",
                "25\r\n",
                "2 50 x\r\n",
                "150 x\r\n",
                "650 x\r\n",
                "250x\r\n",
                "250_x\r\n",
                "٢50 x\r\n",
                "HTTP/1.1 400 Bad Request\r\n",
                "250-a\r\n251 b\r\n",
                "250-a\r\nx\r\n",
                " 250 x\r\n",
                "SSH-2.0-x\r\n")) {
            assertThatThrownBy(() -> read(bad)).as(bad).isInstanceOf(SmtpProtocolException.class);
        }
    }

    @Test
    void linesAndTheirNumberAreBounded() throws IOException {
        assertThat(read("250 " + "x".repeat(2040) + "\r\n").text()).hasSize(2040);
        assertThatThrownBy(() -> read("250 " + "x".repeat(5000) + "\r\n")).isInstanceOf(SmtpProtocolException.class);
        assertThat(read("250-x\r\n".repeat(127) + "250 x\r\n").lines()).hasSize(128);
        assertThatThrownBy(() -> read("250-x\r\n".repeat(128) + "250 x\r\n")).isInstanceOf(SmtpProtocolException.class);
    }

    @Test
    void anEndlessLineIsRefusedEarly() {
        var input = ScriptedInput.of("250 x", "x".repeat(4096), "x".repeat(100_000_000 / 100));
        assertThatThrownBy(() -> new ReplyReader(input).read(Phase.MAIL)).isInstanceOf(SmtpProtocolException.class);
        assertThat(input.isExhausted()).isFalse();
    }

    @Test
    void anEndBeforeTheReplyIsCompleteIsTold() {
        for (String half : List.of("", "2", "250 ok", "250-ok\r\n")) {
            assertThatThrownBy(() -> read(half)).isInstanceOf(EOFException.class);
        }
    }
}
