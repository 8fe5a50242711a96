// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServerStartTlsTest {
    private final RecordingReception reception = new RecordingReception();

    private static ScriptedConnection clientSending(String clear, String encrypted) {
        return new ScriptedConnection(
                ScriptedInput.of(clear.split("\\|", -1)), Optional.of(ScriptedInput.of(encrypted.split("\\|", -1))));
    }

    @Test
    void theStateInClearIsForgottenAndStartTlsIsOfferedOnlyOnce() { // RFC 3207 §4.2
        var connection = clientSending(
                "EHLO x\r\n|MAIL FROM:<a@x.example>\r\n|STARTTLS\r\n",
                "MAIL FROM:<a@x.example>\r\n|EHLO y\r\n|DATA\r\n|STARTTLS\r\n|QUIT\r\n");

        Serve.run(connection, reception);

        assertThat(connection.replies()).contains("250 STARTTLS\r\n").endsWith("220 2.0.0 Ready to start TLS\r\n");
        assertThat(Serve.codesIn(connection.protectedReplies())).isEqualTo("503 250 503 503 221");
        assertThat(connection.protectedReplies()).doesNotContain("STARTTLS");
        assertThat(reception.events).containsExactly("helo x", "abandoned", "helo y");
    }

    @Test
    void commandsInjectedAfterStartTlsAreNeverServed() { // CVE-2011-0411
        var connection = clientSending(
                "EHLO x\r\n|STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@x.example>\r\n", "EHLO y\r\n|QUIT\r\n");

        Serve.run(connection, reception);

        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 250 554");
        assertThat(connection.encrypted()).isFalse();
        assertThat(reception.events).containsExactly("helo x");
    }

    @Test
    void halfACommandInjectedAfterStartTlsIsRefusedAsWell() {
        var connection = clientSending("EHLO x\r\n|STARTTLS\r\nMA", "IL FROM:<>\r\n");
        Serve.run(connection, reception);
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 250 554");
        assertThat(connection.encrypted()).isFalse();
    }

    @Test
    void aFailedHandshakeEndsTheSessionWithoutAWordInClear() {
        var connection = clientSending("EHLO x\r\n|STARTTLS\r\n|NOOP\r\n", "");
        connection.handshakeFails = true;
        Serve.run(connection, reception);
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 250 220");
    }

    @Test
    void startTlsThatIsNotOfferedOrHasAnArgumentIsRefused() {
        assertThat(Serve.codes(reception, "EHLO x\r\n|STARTTLS\r\n|NOOP\r\n")).isEqualTo("220 250 502 250");
        var connection = clientSending("EHLO x\r\n|STARTTLS now\r\n", "");
        Serve.run(connection, reception);
        assertThat(Serve.codesIn(connection.replies())).isEqualTo("220 250 501");
    }

    @Test
    void requireTlsIsOfferedAndTakenOverTlsOnly() { // RFC 8689 §2
        var connection = clientSending(
                "EHLO x\r\n|MAIL FROM:<a@x.example> REQUIRETLS\r\n|STARTTLS\r\n",
                "EHLO x\r\n|MAIL FROM:<a@x.example> REQUIRETLS\r\nRCPT TO:<b@our.example>\r\nDATA\r\n|x\r\n.\r\n|QUIT\r\n");

        Serve.run(connection, reception);

        assertThat(connection.replies()).doesNotContain("REQUIRETLS").contains("\r\n555 5.5.4 ");
        assertThat(connection.protectedReplies()).contains("250 REQUIRETLS\r\n");
        assertThat(Serve.codesIn(connection.protectedReplies())).isEqualTo("250 250 250 354 250 221");
        assertThat(reception.messages.getFirst().parameters().requireTls()).isTrue();
    }
}
