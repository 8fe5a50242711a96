// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The canonical forms of RFC 6376 §3.4.
class SignedMessageTest {
    private static SignedMessage message(String text) {
        return SignedMessage.of(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String hash(String canonical) throws Exception {
        return Base64.getEncoder()
                .encodeToString(
                        MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, textBlock = """
            |\\r\\n|
            \\r\\n\\r\\n|\\r\\n|
            a|a\\r\\n|a\\r\\n
            a\\r\\n|a\\r\\n|a\\r\\n
            a\\r\\n\\r\\n\\r\\n|a\\r\\n|a\\r\\n
            \\r\\na\\r\\n\\r\\nb\\r\\n|\\r\\na\\r\\n\\r\\nb\\r\\n|\\r\\na\\r\\n\\r\\nb\\r\\n
            \\040 c \\t d\\t\\r\\n \\t\\r\\n|\\040 c \\t d\\t\\r\\n \\t\\r\\n|\\040c d\\r\\n
            """)
    void bodiesAreHashedInTheirCanonicalForm(String body, String simple, String relaxed) throws Exception {
        SignedMessage message = message("A: b\r\n\r\n" + unescaped(body));
        assertThat(message.bodyHash(false)).isEqualTo(hash(unescaped(simple)));
        assertThat(message.bodyHash(true)).isEqualTo(hash(unescaped(relaxed)));
    }

    private static String unescaped(@org.jspecify.annotations.Nullable String text) {
        return text == null ? "" : text.translateEscapes();
    }

    private static String signed(String canonicalization, String names, String message) throws InvalidSignature {
        String own = "DKIM-Signature:  v=1; a=rsa-sha256;\r\n\td=a.example; s=s;c=" + canonicalization + ";h=" + names
                + ";bh=YQ==; b=Y\r\n Q==; t=1\r\n";
        SignedMessage.Field field = new SignedMessage.Field(own);
        DkimSignature signature = DkimSignature.parse(field.value(), Instant.EPOCH);
        return new String(message(own + message).signed(signature, field), StandardCharsets.ISO_8859_1);
    }

    @Test
    void fieldsAreTakenFromTheLastOneUpAndMissingOnesAreNothing() throws InvalidSignature { // RFC 6376 §5.4.2
        String message = "From: x\r\nA:  one\r\nB: b\r\n\tfolded \r\nA: two\r\n\r\nA: body\r\n";
        assertThat(signed("simple/simple", "a : from : nothing : A : a : b", message))
                .startsWith("A: two\r\nFrom: x\r\nA:  one\r\nB: b\r\n\tfolded \r\nDKIM-Signature:");
    }

    @Test
    void relaxedFieldsAreOnOneLineWithSingleSpaces() throws InvalidSignature { // RFC 6376 §3.4.2
        assertThat(signed("relaxed/simple", "from:b", "From : X \r\nB:\tb\r\n\t folded  \r\n\r\n"))
                .isEqualTo("from:X\r\nb:b folded\r\ndkim-signature:v=1; a=rsa-sha256; d=a.example; s=s;"
                        + "c=relaxed/simple;h=from:b;bh=YQ==; b=; t=1");
    }

    @Test
    void theSignatureStandsWithoutItsValueAndItsLineEnd() throws InvalidSignature { // RFC 6376 §3.5, §3.7
        assertThat(signed("simple/simple", "from", "From: x\r\n\r\n"))
                .isEqualTo(
                        "From: x\r\nDKIM-Signature:  v=1; a=rsa-sha256;\r\n\td=a.example; s=s;c=simple/simple;h=from;"
                                + "bh=YQ==; b=; t=1");
    }
}
