// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is read of a header while it passes: `TLS-Required` (RFC 8689 §3) and the number of `Received` fields.
class HeaderFieldsTest {
    private static HeaderFields fields(ByteArrayOutputStream passedOn) {
        return new HeaderFields(passedOn, Set.of("tls-required", "received"));
    }

    private static boolean saysNo(HeaderFields fields) {
        return fields.only("tls-required")
                .filter(value -> value.strip().equalsIgnoreCase("no"))
                .isPresent();
    }

    private interface Check {
        void judge(HeaderFields fields, String description);
    }

    private static void inPieces(String text, Check check) throws IOException {
        byte[] content = text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        for (int piece = 1; piece <= content.length; piece++) {
            ByteArrayOutputStream passedOn = new ByteArrayOutputStream();
            HeaderFields fields = fields(passedOn);
            for (int i = 0; i < content.length; i += piece) {
                fields.write(content, i, Math.min(piece, content.length - i));
            }
            check.judge(fields, "in pieces of " + piece);
            assertThat(passedOn.toByteArray()).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'Subject: x|TLS-Required: No||body|', true",
        "'tls-required:no|Subject: x||', true",
        "'TLS-Required:|  No|Subject: x||', true",
        "' folded|TLS-Required: No||', true",
        "'X : obsolete|TLS-Required: No||', true",
        "'TLS-Required: Nothing||', false",
        "'TLS-Required: No maybe||', false",
        "'TLS-Required: Yes||', false",
        "'TLS-Required:||', false",
        "'TLS-Required : No||', false",
        "'TLS-Required: No|TLS-Required : Yes||', false",
        "'Subject: \u0085|TLS-Required: No||', true",
        "'X-TLS-Required: No||', false",
        "'Subject: a| TLS-Required: No||', false",
        "'TLS-Required: No|TLS-Required: No||', false",
        "'TLS-Required: No|TLS-Required: Yes||', false",
        "'TLS-Required: No| but not really||', false",
        "'Hello,|TLS-Required: No|', false",
        "'Subject: x|Hello, you|TLS-Required: No|', false",
        "':|TLS-Required: No|', false",
        "'|TLS-Required: No|', false"
    })
    void onlyOnePlainFieldOfTheHeaderCounts(String text, boolean expected) throws IOException {
        inPieces(
                text,
                (fields, description) ->
                        assertThat(saysNo(fields)).as(description).isEqualTo(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "'Received: a|Subject: x||body|', 1",
        "'Received: a|RECEIVED: b| folded received: no|received:c||', 3",
        "'Subject: Received: no|X-Received: no|Received-SPF: no||Received: in the body|', 0",
        "'Received : obsolete|Received: a|', 2",
        "'Received: \u0085|Received: a|', 2",
        "'Received: a|no field|Received: b|', 1",
        "'|Received: a', 0"
    })
    void onlyReceivedFieldsOfTheHeaderCount(String text, int expected) throws IOException {
        inPieces(
                text,
                (fields, description) ->
                        assertThat(fields.count("received")).as(description).isEqualTo(expected));
    }

    @ParameterizedTest
    @CsvSource({"'TLS-Required: No', '                    '", "'TLS-Required: No', 'x'"})
    void whatIsBeyondTheBoundIsNoPlainField(String line, String filler) throws IOException {
        HeaderFields fields = fields(new ByteArrayOutputStream());
        String folded = ("\r\n " + filler).repeat(10_000) + "\r\n z\r\n\r\n";
        fields.write((line + folded).getBytes(StandardCharsets.US_ASCII));
        assertThat(saysNo(fields)).isFalse();
    }

    @Test
    void aLongLineIsNoPlainField() throws IOException {
        HeaderFields fields = fields(new ByteArrayOutputStream());
        fields.write(("TLS-Required: No" + " ".repeat(500) + "way\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        assertThat(saysNo(fields)).isFalse();
    }
}
