// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// AUTH (RFC 4954), spec O1 and Q3.
class ServerAuthTest {
    private static final String PLAIN = base64("\0anna\0secret");

    private final RecordingReception reception = new RecordingReception();

    @BeforeEach
    void offer() {
        reception.offersAuthentication = true;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// What is said over TLS, line by line, each when the last was answered.
    private ScriptedConnection overTls(String... lines) {
        var connection = new ScriptedConnection(
                ScriptedInput.of("EHLO x\r\n", "STARTTLS\r\n"),
                Optional.of(ScriptedInput.of(Serve.lines(lines).split("\\|", -1))));
        Serve.run(connection, reception);
        return connection;
    }

    private String codes(String... lines) {
        return Serve.codesIn(overTls(lines).protectedReplies());
    }

    @Test
    void itIsOfferedAndTakenOverTlsOnly() {
        assertThat(Serve.codes(reception, Serve.lines("EHLO x", "AUTH PLAIN " + PLAIN, "QUIT")))
                .isEqualTo("220 250 538 221");
        var connection = overTls("EHLO x", "QUIT");
        assertThat(connection.replies()).doesNotContain("AUTH");
        assertThat(connection.protectedReplies()).contains("AUTH PLAIN LOGIN\r\n");
        assertThat(reception.events).noneMatch(event -> event.startsWith("auth"));
    }

    @Test
    void whereNobodyMayItIsNotImplemented() {
        reception.offersAuthentication = false;
        var connection = overTls("EHLO x", "AUTH PLAIN " + PLAIN, "MAIL FROM:<a@x.example> AUTH=<>", "QUIT");
        assertThat(connection.protectedReplies()).doesNotContain("AUTH PLAIN");
        assertThat(Serve.codesIn(connection.protectedReplies())).isEqualTo("250 502 555 221");
    }

    @Test
    void plainComesWithTheCommandOrWhenAskedFor() {
        assertThat(codes("EHLO x", "auth plain " + PLAIN, "QUIT")).isEqualTo("250 235 221");
        assertThat(codes("EHLO x", "AUTH PLAIN", PLAIN, "QUIT")).isEqualTo("250 334 235 221");
        assertThat(codes("EHLO x", "AUTH PLAIN " + base64("anna\0anna\0secret"), "QUIT"))
                .isEqualTo("250 235 221");
        assertThat(reception.events)
                .filteredOn(event -> event.startsWith("auth"))
                .hasSize(3)
                .containsOnly("auth anna secret");
    }

    @Test
    void loginAsksForNameAndPassword() {
        assertThat(overTls("EHLO x", "AUTH LOGIN", base64("anna"), base64("secret"), "QUIT")
                        .protectedReplies())
                .contains("334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 ");
        assertThat(codes("EHLO x", "AUTH LOGIN " + base64("anna"), base64("secret"), "QUIT"))
                .isEqualTo("250 334 235 221");
        assertThat(reception.events)
                .filteredOn(event -> event.startsWith("auth"))
                .containsOnly("auth anna secret");
    }

    @Test
    void aWrongPasswordMayBeMendedAndASecondUserMayNotFollow() {
        assertThat(codes(
                        "EHLO x",
                        "AUTH PLAIN " + base64("\0anna\0wrong"),
                        "AUTH PLAIN " + PLAIN,
                        "AUTH PLAIN " + PLAIN,
                        "QUIT"))
                .isEqualTo("250 535 235 503 221");
    }

    @Test
    void guessesEndTheConnection() {
        String[] lines = new String[20];
        java.util.Arrays.fill(lines, "AUTH PLAIN " + base64("\0anna\0wrong"));
        lines[0] = "EHLO x";
        assertThat(codes(lines)).endsWith("535 421");
    }

    @Test
    void itHasItsPlaceBetweenEhloAndMail() {
        assertThat(codes("AUTH PLAIN " + PLAIN, "EHLO x", "MAIL FROM:<>", "AUTH PLAIN " + PLAIN, "QUIT"))
                .isEqualTo("503 250 250 503 221");
    }

    @Test
    void theClientMayThinkBetterOfIt() {
        assertThat(codes("EHLO x", "AUTH PLAIN", "*", "AUTH LOGIN", base64("anna"), "*", "NOOP", "QUIT"))
                .isEqualTo("250 334 501 334 334 501 250 221");
        assertThat(reception.events).noneMatch(event -> event.startsWith("auth"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "PLAIN x y", "PLAIN !", "PLAIN =", "PLAIN  =", "LOGIN ="})
    void whatIsMalformedIsRefused(String argument) {
        assertThat(codes("EHLO x", "AUTH " + argument, base64("secret"), "QUIT"))
                .matches("250 (501 500|334 501) 221");
    }

    @ParameterizedTest
    @ValueSource(strings = {"anna\0secret", "\0anna\0sec\0ret", "\0\0secret", "\0anna\0", "", "\0anna", "anna"})
    void messagesThatAreNotPlainAreRefused(String message) {
        assertThat(codes("EHLO x", "AUTH PLAIN", base64(message), "QUIT")).isEqualTo("250 334 501 221");
    }

    @Test
    void whatIsNoUtf8OrTooLongIsRefused() {
        String latin1 = Base64.getEncoder().encodeToString("\0anna\0\u00e4".getBytes(StandardCharsets.ISO_8859_1));
        String longName = base64("\0" + "a".repeat(600) + "\0" + "b".repeat(600));
        assertThat(codes("EHLO x", "AUTH PLAIN " + latin1, "AUTH PLAIN", longName, "NOOP", "QUIT"))
                .isEqualTo("250 501 334 500 250 221");
    }

    @Test
    void nameAndPasswordAreBounded() throws CommandRefusal {
        String most = "a".repeat(1000);
        assertThat(AuthExchange.begin("PLAIN " + base64("\0" + most + "\0" + most))
                        .credentials())
                .isEqualTo(new Credentials(most, most));
        assertThatThrownBy(() -> AuthExchange.begin("PLAIN " + base64("\0" + most + "a\0x"))
                        .credentials())
                .isInstanceOf(CommandRefusal.class);
        assertThatThrownBy(() -> AuthExchange.begin("PLAIN " + base64("\0x\0" + most + "a"))
                        .credentials())
                .isInstanceOf(CommandRefusal.class);
    }

    @Test
    void nobodyActsForAnother() {
        assertThat(codes("EHLO x", "AUTH PLAIN " + base64("boss\0anna\0secret"), "QUIT"))
                .isEqualTo("250 535 221");
    }

    @Test
    void otherMechanismsAreNotOffered() {
        assertThat(codes("EHLO x", "AUTH CRAM-MD5", "AUTH XOAUTH2 abc", "QUIT")).isEqualTo("250 504 504 221");
    }

    @Test
    void whoeverHangsUpWithinIsNobody() {
        assertThat(codes("EHLO x", "AUTH LOGIN " + base64("anna"))).isEqualTo("250 334");
    }

    @Test
    void theSubmitterOfAMessageIsReadAndDropped() { // RFC 4954 §5
        assertThat(codes(
                        "EHLO x",
                        "MAIL FROM:<a@x.example> AUTH=<>",
                        "RSET",
                        "MAIL FROM:<a@x.example> AUTH=e+3Dmc2@example.com",
                        "RSET",
                        "MAIL FROM:<a@x.example> AUTH=",
                        "MAIL FROM:<a@x.example> AUTH",
                        "MAIL FROM:<a@x.example> AUTH=a+zz",
                        "QUIT"))
                .isEqualTo("250 250 250 250 250 501 501 501 221");
    }

    @Test
    void aCrOrLfOfItsOwnEndsIt() { // spec Q3
        assertThat(codes("EHLO x", "AUTH PLAIN", PLAIN + "\nMAIL FROM:<>", "QUIT"))
                .isEqualTo("250 334 500");
    }
}
