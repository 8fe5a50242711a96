// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReplyTest {
    @Test
    void theFirstDigitDecides() {
        assertThat(Reply.of(354, "", "").isPositive()).isTrue();
        assertThat(Reply.of(450, "", "").isTransient()).isTrue();
        assertThat(Reply.of(550, "", "").isPermanent()).isTrue();
        assertThat(Reply.of(550, "", "").isPositive()).isFalse();
        assertThat(Reply.of(421, "", "").isClosing()).isTrue();
    }

    @Test
    void codesOutsideTheRangeAreRefused() {
        assertThatThrownBy(() -> Reply.of(199, "", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Reply.of(600, "", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Reply.of(550, "5.7", "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itPrintsOnOneLineWithoutControlCharacters() {
        assertThat(Reply.of(550, "5.7.1", "no\nnever")).hasToString("550 5.7.1 no never");
        assertThat(new Reply(550, Optional.empty(), List.of("a\u001b[31m\r\nb")))
                .hasToString("550 a?[31m??b");
        assertThat(Reply.of(250, "", "")).hasToString("250");
    }

    @Test
    void enhancedStatusCodesAreReadStrictly() { // RFC 3463 §2
        assertThat(EnhancedStatusCode.parse("5.7.321")).isEqualTo(new EnhancedStatusCode(5, 7, 321));
        assertThat(EnhancedStatusCode.parse("2.0.0")).hasToString("2.0.0");
        for (String bad : List.of("3.0.0", "5.7", "5.07.1", "5.7.1000", "5.7.1 ", "", "5.7.x", "٥.7.1", "5.٧.1")) {
            assertThatThrownBy(() -> EnhancedStatusCode.parse(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void limitsBelowTheStandardAreRefused() {
        ServerOptions good = Serve.options();
        assertThat(ServerOptions.defaults(good.hostname()).maximumRecipients()).isGreaterThanOrEqualTo(100);
        assertThatThrownBy(() -> new ServerOptions(
                        good.hostname(), 1, 1, 511, 1000, 1, good.commandTimeout(), good.dataTimeout()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maximumCommandLine");
    }

    @Test
    void sizeLimitsThatSayNothingAreNone() { // RFC 1870 §3
        for (String line : List.of("SIZE", "SIZE 0", "SIZE x", "SIZE 1234567890123456789012", "SIZED 5")) {
            assertThat(new Capabilities(List.of(line)).sizeLimit()).isEmpty();
        }
    }
}
