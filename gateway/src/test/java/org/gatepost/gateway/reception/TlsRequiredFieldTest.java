// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 8689 §3.
class TlsRequiredFieldTest {
    @ParameterizedTest
    @CsvSource({
        "'Subject: x|TLS-Required: No||body|', true",
        "'tls-required:no|Subject: x||', true",
        "'TLS-Required:|  No|Subject: x||', true",
        "'TLS-Required: Nothing||', false",
        "'TLS-Required: No maybe||', false",
        "'TLS-Required: Yes||', false",
        "'TLS-Required:||', false",
        "'TLS-Required : No||', false",
        "'X-TLS-Required: No||', false",
        "'Subject: a| TLS-Required: No||', false",
        "'TLS-Required: No|TLS-Required: No||', false",
        "'TLS-Required: No|TLS-Required: Yes||', false",
        "'TLS-Required: No| but not really||', false",
        "'|TLS-Required: No|', false"
    })
    void onlyOnePlainFieldOfTheHeaderCounts(String text, boolean expected) throws IOException {
        byte[] content = text.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII);
        for (int piece = 1; piece <= content.length; piece++) {
            ByteArrayOutputStream passedOn = new ByteArrayOutputStream();
            TlsRequiredField field = new TlsRequiredField(passedOn);
            for (int i = 0; i < content.length; i += piece) {
                field.write(content, i, Math.min(piece, content.length - i));
            }
            assertThat(field.saysNo()).as("in pieces of " + piece).isEqualTo(expected);
            assertThat(passedOn.toByteArray()).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @CsvSource({"'TLS-Required: No', '                    '", "'TLS-Required: No', 'x'"})
    void whatIsBeyondTheBoundIsNoPlainField(String line, String filler) throws IOException {
        TlsRequiredField field = new TlsRequiredField(new ByteArrayOutputStream());
        String folded = ("\r\n " + filler).repeat(10_000) + "\r\n z\r\n\r\n";
        field.write((line + folded).getBytes(StandardCharsets.US_ASCII));
        assertThat(field.saysNo()).isFalse();
    }

    @Test
    void aLongLineIsNoPlainField() throws IOException {
        TlsRequiredField field = new TlsRequiredField(new ByteArrayOutputStream());
        field.write(("TLS-Required: No" + " ".repeat(500) + "way\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        assertThat(field.saysNo()).isFalse();
    }
}
