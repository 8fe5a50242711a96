// SPDX-License-Identifier: Apache-2.0
package org.gatepost.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MailboxTest { // RFC 5321 §4.1.2
    @ParameterizedTest
    @ValueSource(
            strings = {
                "user@example.com",
                "User+tag@example.com",
                "a.b.c@example.com",
                "!#$%&'*+-/=?^_`{|}~@example.com",
                "\"quoted string\"@example.com",
                "\"a@b\"@example.com",
                "\"esc\\\"aped\"@example.com",
                "user@[192.0.2.1]",
                "user@[IPv6:2001:db8:0:0:0:0:0:1]",
                "пользователь@example.com"
            })
    void validMailboxesKeepTheirSpelling(String text) {
        assertThat(Mailbox.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "@example.com",
                "user",
                "user@",
                ".user@example.com",
                "user.@example.com",
                "us..er@example.com",
                "us er@example.com",
                "us\r\ner@example.com",
                "user@exam ple.com",
                "user@example.com.",
                "\"open@example.com",
                "\"ctl\u0001\"@example.com",
                "\"end\\",
                "user@[192.0.2.256]",
                "user@[192.0.2.1",
                "user@[::1]",
                "user@a@b"
            })
    void malformedMailboxesAreRefused(String text) {
        assertThatThrownBy(() -> Mailbox.parse(text)).isInstanceOf(NameSyntaxException.class);
    }

    @Test
    void lengthsAreBounded() { // RFC 5321 §4.5.3.1
        assertThat(Mailbox.parse("a".repeat(64) + "@example.com").localPart()).hasSize(64);
        assertThatThrownBy(() -> Mailbox.parse("a".repeat(65) + "@example.com"))
                .isInstanceOf(NameSyntaxException.class);
        String domain = ("a".repeat(62) + ".").repeat(3) + "example";
        assertThat(Mailbox.parse("a".repeat(57) + "@" + domain).toString()).hasSize(254);
        assertThatThrownBy(() -> Mailbox.parse("a".repeat(58) + "@" + domain)).isInstanceOf(NameSyntaxException.class);
        assertThatThrownBy(() -> Mailbox.parse("é".repeat(33) + "@example.com"))
                .isInstanceOf(NameSyntaxException.class);
    }

    @Test
    void theDomainIsComparedAsANameAndTheLocalPartAsOctets() {
        assertThat(Mailbox.parse("a@EXAMPLE.com")).isEqualTo(Mailbox.parse("a@example.com"));
        assertThat(Mailbox.parse("A@example.com")).isNotEqualTo(Mailbox.parse("a@example.com"));
    }

    @Test
    void onlyANonAsciiLocalPartNeedsSmtpUtf8() { // RFC 6531 §3.2: the domain can go as A-labels
        assertThat(Mailbox.parse("ü@example.com").needsSmtpUtf8()).isTrue();
        assertThat(Mailbox.parse("u@bücher.example").needsSmtpUtf8()).isFalse();
    }
}
