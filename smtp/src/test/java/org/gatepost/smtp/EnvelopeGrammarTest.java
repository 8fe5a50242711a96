// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.gatepost.names.Mailbox;
import org.junit.jupiter.api.Test;

class EnvelopeGrammarTest {
    private final EnvelopeGrammar grammar = new EnvelopeGrammar(Serve.options());

    private void mailIsRefused(String argument, String codes) {
        assertThatThrownBy(() -> grammar.mail(argument))
                .as(argument)
                .isInstanceOfSatisfying(
                        CommandRefusal.class,
                        e -> assertThat(e.reply().toString()).startsWith(codes + " "));
    }

    private void recipientIsRefused(String argument, String codes) {
        assertThatThrownBy(() -> grammar.recipient(argument, false))
                .as(argument)
                .isInstanceOfSatisfying(
                        CommandRefusal.class,
                        e -> assertThat(e.reply().toString()).startsWith(codes + " "));
    }

    @Test
    void mailboxesOfEveryFormAreTaken() throws CommandRefusal { // RFC 5321 §4.1.2
        for (var example : Map.of(
                        "TO:<b@our.example>", "b@our.example",
                        "to:<B@OUR.Example>", "B@our.example",
                        "TO: <b@our.example>", "b@our.example",
                        "TO:<\"a b>\\\"@c\"@our.example>", "\"a b>\\\"@c\"@our.example",
                        "TO:<b@[192.0.2.1]>", "b@[192.0.2.1]",
                        "TO:<b@[IPv6:2001:db8::1]>", "b@[IPv6:2001:db8:0:0:0:0:0:1]",
                        "TO:<@one.example,@two.example:b@our.example>", "b@our.example",
                        "TO:<Postmaster>", "Postmaster@mx.our.example",
                        "TO:<b+tag/x=1@our.example>", "b+tag/x=1@our.example")
                .entrySet()) {
            assertThat(grammar.recipient(example.getKey(), false)).hasToString(example.getValue());
        }
    }

    @Test
    void malformedPathsAreRefused() {
        for (String bad : new String[] {
            "TO:b@our.example",
            "TO:<b@our.example",
            "TO:<>",
            "TO:<b>",
            "TO:<b@>",
            "TO:<@our.example>",
            "TO:<b@a b>",
            "TO:<b@our.example.>",
            "TO:<b..c@our.example>",
            "TO:<.b@our.example>",
            "TO:<b@-@c>",
            "TO:<\"b@our.example>",
            "TO:<@one.example:>",
            "TO:<@one.example b@our.example>",
            "TO:<one.example:b@our.example>",
            "TO:<@one..example:b@our.example>",
            "TO:<@one.example,two.example:b@our.example>",
            "TO:< b@our.example>",
            "TO:<b@our.example >",
            "TO:<<b@our.example>",
            "TO:<b@[300.1.1.1]>",
            "TO:<b@[1.2.3.4>",
            "TO:",
            "TO:<" + "x".repeat(65) + "@our.example>"
        }) {
            recipientIsRefused(bad, "501 5.1.3");
        }
        mailIsRefused("FROM:<a>", "501 5.1.7");
        mailIsRefused("FROM:<postmaster>", "501 5.1.7");
        mailIsRefused("FRM:<a@x.example>", "501 5.5.4");
        mailIsRefused("FROM:<a@x.example>SIZE=1", "501 5.5.4");
        mailIsRefused("", "501 5.5.4");
    }

    @Test
    void parametersAreRead() throws CommandRefusal {
        MailParameters parameters = grammar.mail("FROM:<a@x.example> body=8BitMime SIZE=100000  SMTPUTF8");
        assertThat(parameters.declaredSize()).hasValue(100_000);
        assertThat(parameters.eightBitMime()).isTrue();
        assertThat(parameters.smtpUtf8()).isTrue();
        assertThat(grammar.mail("FROM:<> BODY=7BIT").eightBitMime()).isFalse();
        assertThat(grammar.mail("FROM:<>").reversePath()).isEmpty();
    }

    @Test
    void parametersThatAreUnknownOrMalformedAreRefused() {
        mailIsRefused("FROM:<> RET=HDRS", "555 5.5.4");
        mailIsRefused("FROM:<> AUTH=<>", "555 5.5.4");
        recipientIsRefused("TO:<b@our.example> NOTIFY=NEVER", "555 5.5.4");
        for (String bad : new String[] {
            "SIZE",
            "SIZE=",
            "SIZE=x",
            "SIZE=-1",
            "SIZE=1=2",
            "SIZE=٣",
            "SIZE=1 SIZE=1",
            "BODY=BINARYMIME",
            "BODY",
            "SMTPUTF8=yes",
            "=1",
            "-X=1",
            "SIZE=123456789012345678901"
        }) {
            mailIsRefused("FROM:<> " + bad, "501 5.5.4");
        }
    }

    @Test
    void sizesOverTheLimitAreRefused() { // RFC 1870 §6.1
        mailIsRefused("FROM:<> SIZE=100001", "552 5.3.4");
        mailIsRefused("FROM:<> SIZE=99999999999999999999", "552 5.3.4");
    }

    @Test
    void nonAsciiAddressesNeedTheParameter() throws CommandRefusal { // RFC 6531 §3.5
        mailIsRefused("FROM:<ü@x.example>", "553 5.6.7");
        mailIsRefused("FROM:<u@ü.example>", "553 5.6.7");
        recipientIsRefused("TO:<ü@our.example>", "553 5.6.7");
        assertThat(grammar.mail("FROM:<ü@x.example> SMTPUTF8").reversePath()).contains(Mailbox.parse("ü@x.example"));
        assertThat(grammar.recipient("TO:<u@ü.example>", true)).hasToString("u@xn--tda.example");
    }
}
