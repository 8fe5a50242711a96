// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.gatepost.names.Mailbox;
import org.junit.jupiter.api.Test;

class EnvelopeGrammarTest {
    private static final EnvelopeGrammar.Offer ALL = new EnvelopeGrammar.Offer(true, true, true);
    private static final EnvelopeGrammar.Offer LEAST = new EnvelopeGrammar.Offer(false, false, false);

    private final EnvelopeGrammar grammar = new EnvelopeGrammar(Serve.options());

    private MailParameters mail(String argument) throws CommandRefusal {
        return grammar.mail(argument, ALL);
    }

    private EnvelopeGrammar.Recipient recipient(String argument, boolean smtpUtf8) throws CommandRefusal {
        return grammar.recipient(argument, smtpUtf8, ALL);
    }

    private void mailIsRefused(String argument, String codes) {
        assertThatThrownBy(() -> mail(argument))
                .as(argument)
                .isInstanceOfSatisfying(
                        CommandRefusal.class,
                        e -> assertThat(e.reply().toString()).startsWith(codes + " "));
    }

    private void recipientIsRefused(String argument, String codes) {
        assertThatThrownBy(() -> recipient(argument, false))
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
            assertThat(recipient(example.getKey(), false).mailbox()).hasToString(example.getValue());
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
        MailParameters parameters = mail("FROM:<a@x.example> body=8BitMime SIZE=100000  SMTPUTF8");
        assertThat(parameters.declaredSize()).hasValue(100_000);
        assertThat(parameters.eightBitMime()).isTrue();
        assertThat(parameters.smtpUtf8()).isTrue();
        assertThat(mail("FROM:<> BODY=7BIT").eightBitMime()).isFalse();
        assertThat(mail("FROM:<>").reversePath()).isEmpty();
    }

    @Test
    void parametersThatAreUnknownOrMalformedAreRefused() {
        mailIsRefused("FROM:<> SOLICIT=x", "555 5.5.4");
        mailIsRefused("FROM:<> NOTIFY=NEVER", "555 5.5.4");
        recipientIsRefused("TO:<b@our.example> RET=HDRS", "555 5.5.4");
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
            "REQUIRETLS=yes",
            "RET",
            "RET=BODY",
            "ENVID=",
            "ENVID=a+2",
            "ENVID=a+2b",
            "ENVID=+2a",
            "ENVID=" + "x".repeat(101),
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
        assertThat(mail("FROM:<ü@x.example> SMTPUTF8").reversePath()).contains(Mailbox.parse("ü@x.example"));
        assertThat(recipient("TO:<u@ü.example>", true).mailbox()).hasToString("u@xn--tda.example");
    }

    @Test
    void whatIsAskedOfReportsIsReadAndKeptAsReceived() throws CommandRefusal { // RFC 3461 §4
        MailParameters parameters = mail("FROM:<a@x.example> ret=hdrs ENVID=QQ+2B314 REQUIRETLS");
        assertThat(parameters.dsn().ret()).contains(Ret.HDRS);
        assertThat(parameters.dsn().envelopeId()).contains("QQ+314");
        assertThat(parameters.dsn().parameters()).containsExactly("RET=HDRS", "ENVID=QQ+2B314");
        assertThat(parameters.requireTls()).isTrue();
        RecipientDsn dsn = recipient("TO:<b@x.example> NOTIFY=delay,Success ORCPT=rfc822;b+2Bc@x.example", false)
                .dsn();
        assertThat(dsn.notifyOn()).containsExactly(Notify.SUCCESS, Notify.DELAY);
        assertThat(dsn.original().orElseThrow().address()).isEqualTo("b+c@x.example");
        assertThat(dsn.parameters()).containsExactly("NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;b+2Bc@x.example");
        assertThat(recipient("TO:<b@x.example>", false).dsn()).isEqualTo(RecipientDsn.NONE);
    }

    @Test
    void malformedRequestsForReportsAreRefused() {
        for (String bad : new String[] {
            "NOTIFY",
            "NOTIFY=",
            "NOTIFY=SOMETIMES",
            "NOTIFY=NEVER,FAILURE",
            "NOTIFY=SUCCESS,",
            "ORCPT",
            "ORCPT=b@x.example",
            "ORCPT=;b@x.example",
            "ORCPT=rfc822;",
            "ORCPT=rf(c;b@x.example",
            "ORCPT=rfc822;b+2bx",
            "ORCPT=rfc822;b+",
            "ORCPT=rfc822;" + "b".repeat(500)
        }) {
            recipientIsRefused("TO:<b@x.example> " + bad, "501 5.5.4");
        }
        recipientIsRefused("TO:<b@x.example> ORCPT=rfc822;ü@x.example", "501 5.5.4");
        recipientIsRefused("TO:<b@x.example> ORCPT=utf-8;ü@x.example", "553 5.6.7");
    }

    @Test
    void internationalOriginalRecipientsAreShownDecoded() throws CommandRefusal { // RFC 6533 §3
        for (String spelled : new String[] {"ü@x.example", "\\x{FC}@x.example", "+5Cx{FC}@x.example"}) {
            assertThat(recipient("TO:<b@x.example> ORCPT=utf-8;" + spelled, true)
                            .dsn()
                            .original()
                            .orElseThrow()
                            .address())
                    .isEqualTo("ü@x.example");
        }
    }

    @Test
    void whoSaysNothingHearsOfFailureAndDelay() {
        assertThat(RecipientDsn.NONE.wants(Notify.FAILURE)).isTrue();
        assertThat(RecipientDsn.NONE.wants(Notify.DELAY)).isTrue();
        assertThat(RecipientDsn.NONE.wants(Notify.SUCCESS)).isFalse();
        assertThat(RecipientDsn.NEVER.wants(Notify.FAILURE)).isFalse();
        RecipientDsn success = RecipientDsn.NONE.with("NOTIFY", "SUCCESS");
        assertThat(success.wants(Notify.SUCCESS)).isTrue();
        assertThat(success.wants(Notify.FAILURE)).isFalse();
    }

    @Test
    void whatIsNotOfferedIsRefused() {
        for (String argument : new String[] {"FROM:<> RET=HDRS", "FROM:<> ENVID=x", "FROM:<> REQUIRETLS"}) {
            assertThatThrownBy(() -> grammar.mail(argument, LEAST)).hasMessageContaining("not offered");
        }
        for (String argument : new String[] {"TO:<b@x.example> NOTIFY=NEVER", "TO:<b@x.example> ORCPT=rfc822;b"}) {
            assertThatThrownBy(() -> grammar.recipient(argument, false, LEAST)).hasMessageContaining("not offered");
        }
    }
}
