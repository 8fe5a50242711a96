// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
    /// From the password and salt of RFC 7677 §3; that the keys are its keys is what the next test shows.
    private static final String PENCIL = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
            + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void thePasswordOfTheStandardsExampleMatchesAndNoOther() {
        PasswordHash hash = PasswordHash.parse(PENCIL);
        assertThat(hash.matches("pencil", 0)).isTrue();
        assertThat(hash.matches("pencil", 10_000)).as("as slowly as others").isTrue();
        assertThat(hash.matches("Pencil", 10_000)).isFalse();
        assertThat(hash.matches("", 0)).isFalse();
        assertThat(hash.matches("pencil\0", 0)).isFalse();
        assertThat(hash).hasToString(PENCIL);
    }

    /// RFC 7677 §3 gives the server's signature over an exchange; only the right server key makes it.
    @Test
    void theServerKeyMakesTheSignatureOfTheStandardsExample() throws Exception {
        String nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        String exchange =
                "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" + nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=" + nonce;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(
                Base64.getDecoder().decode(PENCIL.substring(PENCIL.lastIndexOf(':') + 1)), "HmacSHA256"));
        assertThat(Base64.getEncoder().encodeToString(mac.doFinal(exchange.getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    @Test
    void oneThatIsMadeIsReadAgainAndDiffersFromTheNext() {
        PasswordHash made = PasswordHash.of("gr\u00fcn", RANDOM);
        PasswordHash read = PasswordHash.parse(made.toString());
        assertThat(read.matches("gr\u00fcn", 0)).isTrue();
        assertThat(read.matches("gru\u0308n", 0))
                .as("typed another way (RFC 8265 §4.2)")
                .isTrue();
        assertThat(read.matches("grun", 0)).isFalse();
        assertThat(PasswordHash.of("gr\u00fcn", RANDOM)).doesNotHaveToString(made.toString());
    }

    @Test
    void anySpaceIsASpace() {
        assertThat(PasswordHash.of("a b", RANDOM).matches("a\u00a0b", 0)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\tb", "a\0"})
    void whatCannotBeAPasswordIsRefused(String password) {
        assertThatThrownBy(() -> PasswordHash.of(password, RANDOM)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatClientsCannotSayIsRefused() {
        assertThat(PasswordHash.of("a".repeat(1000), RANDOM)).isNotNull();
        assertThatThrownBy(() -> PasswordHash.of("a".repeat(1001), RANDOM))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==$a:b",
                "SCRAM-SHA-256$4096:$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$4095:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$999999999:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
                "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",
                "{PLAIN}secret"
            })
    void whatIsNoHashIsRefusedWithoutBeingShown(String text) {
        assertThatThrownBy(() -> PasswordHash.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }
}
