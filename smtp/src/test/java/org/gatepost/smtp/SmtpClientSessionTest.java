// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.junit.jupiter.api.Test;

class SmtpClientSessionTest {
    @Test
    void aRefusingBannerIsAValue() throws IOException {
        SmtpClientSession session =
                ScriptedServer.replying("554 5.7.1 go away\r\n").open();
        assertThat(session.banner()).isEqualTo(Reply.of(554, "", "5.7.1 go away"));
    }

    @Test
    void a421BannerEndsTheSession() throws IOException {
        var server = ScriptedServer.replying("421 busy\r\n");
        SmtpClientSession session = server.open();
        assertThat(session.isOpen()).isFalse();
        session.quit();
        assertThat(server.sent()).isEmpty();
    }

    @Test
    void ehloLearnsTheCapabilities() throws IOException {
        SmtpClientSession session = ScriptedServer.replying(
                        ScriptedServer.BANNER, "250-mx\r\n250-size 1234\r\n250-AUTH=LOGIN\r\n250 StartTLS \r\n")
                .greeted();
        assertThat(session.capabilities().offers("STARTTLS")).isTrue();
        assertThat(session.capabilities().offers("AUTH")).isFalse();
        assertThat(session.capabilities().offers("mx")).isFalse();
        assertThat(session.capabilities().sizeLimit()).hasValue(1234);
    }

    @Test
    void heloFollowsWhenEhloIsRefusedForGood() throws IOException {
        var server = ScriptedServer.replying(ScriptedServer.BANNER, "502 no\r\n", "250 hello\r\n");
        SmtpClientSession session = server.open();
        assertThat(session.ehlo("me.example").code()).isEqualTo(250);
        assertThat(server.sent()).containsExactly("EHLO me.example\r\n", "HELO me.example\r\n");
        assertThat(session.capabilities()).isEqualTo(Capabilities.NONE);
    }

    @Test
    void heloDoesNotFollowWhenEhloIsDeferred() throws IOException {
        var server = ScriptedServer.replying(ScriptedServer.BANNER, "450 later\r\n");
        assertThat(server.open().ehlo("me.example").isTransient()).isTrue();
        assertThat(server.sent()).hasSize(1);
    }

    @Test
    void afterStartTlsNothingLearnedInClearCounts() throws IOException {
        SmtpClientSession session = ScriptedServer.replying(
                        ScriptedServer.BANNER, "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n")
                .greeted();

        assertThat(session.startTls().code()).isEqualTo(220);
        assertThatThrownBy(() -> session.ehlo("me.example")).isInstanceOf(IllegalStateException.class);

        session.continueOver(ScriptedInput.of("250 mx\r\n"), new ByteArrayOutputStream());
        assertThat(session.capabilities()).isEqualTo(Capabilities.NONE);
        assertThat(session.ehlo("me.example").code()).isEqualTo(250);
    }

    @Test
    void octetsInClearAfterTheReplyToStartTlsAreInjection() throws IOException {
        SmtpClientSession session = ScriptedServer.replying(
                        ScriptedServer.BANNER, ScriptedServer.PLAIN, "220 go\r\n250 injected\r\n")
                .greeted();
        assertThatThrownBy(session::startTls)
                .isInstanceOfSatisfying(
                        SmtpProtocolException.class, e -> assertThat(e.phase()).isEqualTo(Phase.STARTTLS));
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void halfALineAfterTheReplyToStartTlsIsInjectionToo() throws IOException {
        SmtpClientSession session = ScriptedServer.replying(ScriptedServer.BANNER, ScriptedServer.PLAIN, "220 go\r\n2")
                .greeted();
        assertThatThrownBy(session::startTls).isInstanceOf(SmtpProtocolException.class);
    }

    @Test
    void aRefusedStartTlsLeavesTheSessionOpen() throws IOException {
        SmtpClientSession session = ScriptedServer.replying(
                        ScriptedServer.BANNER, ScriptedServer.PLAIN, "454 4.7.0 not now\r\n")
                .greeted();
        assertThat(session.startTls()).isEqualTo(Reply.of(454, "4.7.0", "not now"));
        assertThat(session.isOpen()).isTrue();
    }

    @Test
    void aReplyThatNobodyAskedForIsAProtocolErrorUnlessIt421() throws IOException {
        SmtpClientSession confused =
                ScriptedServer.replying(ScriptedServer.BANNER + "250 what?\r\n").open();
        assertThatThrownBy(() -> confused.ehlo("me.example")).isInstanceOf(SmtpProtocolException.class);

        SmtpClientSession closing =
                ScriptedServer.replying(ScriptedServer.BANNER + "421 bye\r\n").open();
        assertThat(closing.ehlo("me.example").code()).isEqualTo(421);
        assertThat(closing.isOpen()).isFalse();
    }

    @Test
    void aLostConnectionNamesPhaseAndKind() {
        assertThatThrownBy(() -> ScriptedServer.replying("220-half").open())
                .isInstanceOfSatisfying(ConnectionLostException.class, e -> {
                    assertThat(e.phase()).isEqualTo(Phase.BANNER);
                    assertThat(e.kind()).isEqualTo(ConnectionLostException.Kind.CLOSED);
                    assertThat(e.messageInDoubt()).isFalse();
                });
        var slow = new ScriptedServer(ScriptedInput.failing(new InterruptedIOException(), ScriptedServer.BANNER));
        assertThatThrownBy(slow::greeted).isInstanceOfSatisfying(ConnectionLostException.class, e -> {
            assertThat(e.phase()).isEqualTo(Phase.EHLO);
            assertThat(e.kind()).isEqualTo(ConnectionLostException.Kind.TIMED_OUT);
        });
        var reset = new ScriptedServer(ScriptedInput.failing(new IOException("reset"), ScriptedServer.BANNER));
        assertThatThrownBy(reset::greeted)
                .isInstanceOfSatisfying(
                        ConnectionLostException.class,
                        e -> assertThat(e.kind()).isEqualTo(ConnectionLostException.Kind.BROKEN));
    }

    @Test
    void quitNeverThrows() throws IOException {
        var server = ScriptedServer.replying(ScriptedServer.BANNER);
        SmtpClientSession session = server.open();
        session.quit();
        session.quit();
        assertThat(server.sent()).containsExactly("QUIT\r\n");
    }

    @Test
    void aNameCannotSmuggleACommand() throws IOException {
        SmtpClientSession session =
                ScriptedServer.replying(ScriptedServer.BANNER).open();
        assertThatThrownBy(() -> session.ehlo("x\r\nMAIL FROM:<>")).isInstanceOf(IllegalArgumentException.class);
    }
}
